"""A second engine behind the joint, kept in plain lists and looked through from end to end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from summitqa.article import Article, Passage
from summitqa.encoder import Encoder, Floats, Ints
from summitqa.errors import ArticleUnknownError
from summitqa.lexical import words
from summitqa.snapshot import Blocks, Hits, Postings
from summitqa_index.vectors import PassageVectors, embed, sentence_vectors


@dataclass(frozen=True)
class Held:
    """A passage, with the stems of each of its sentences, and of what stands above it."""

    article: Article
    passage: Passage
    vectors: PassageVectors
    stems: Sequence[Sequence[str]]
    above: frozenset[str]

    @property
    def firsts(self) -> list[int]:
        """Where the tokens of each sentence begin, and their end."""
        return [*self.vectors.firsts.tolist(), len(self.vectors.pieces)]


def held(article: Article, passage: Passage, vectors: PassageVectors) -> Held:
    texts = [article.text[one.start : one.end] for one in passage.sentences]
    above = words(" ".join([article.title, *passage.heading]))
    return Held(
        article,
        passage,
        vectors,
        [[word.stem for word in words(text)] for text in texts],
        frozenset(word.stem for word in above),
    )


class Memory:
    """A snapshot of articles."""

    def __init__(
        self, articles: Sequence[Article], vectors: Iterable[PassageVectors],
        facts: Mapping[str, Any], version: str = "memory",
    ) -> None:  # fmt: skip
        self.version, self.facts = version, facts
        self.articles = {article.slug: article for article in articles}
        self.held = [
            held(*one, made) for one, made in zip(passages(articles), vectors, strict=True)
        ]
        texts = [one.text + " " + one.title for one in articles]
        texts += [" ".join(one.passage.heading) for one in self.held]
        self.words = sorted({word.folded for text in texts for word in words(text)})
        self.vocabulary = {word.stem for text in texts for word in words(text)}
        self.languages = {article.language for article in articles}

    @classmethod
    def of(cls, articles: Sequence[Article], encoder: Encoder) -> "Memory":
        """Embed articles."""
        vectors = (embed(encoder, *one) for one in passages(articles))
        return cls(articles, vectors, {"model": "fake", "checksum": encoder.checksum})

    @property
    def slugs(self) -> list[str]:
        return list(self.articles)

    def scope(self, article: str | None) -> "MemoryScope":
        if article is not None:
            self.article(article)
        own = [n for n, one in enumerate(self.held) if article in (None, one.article.slug)]
        return MemoryScope(self, own[0], len(own))

    def article(self, slug: str) -> Article:
        if slug not in self.articles:
            raise ArticleUnknownError(f"No article is called {slug!r}.")
        return self.articles[slug]

    def titles(self, typed: str, count: int) -> list[tuple[str, str]]:
        wanted = typed.casefold().strip()
        found = [(one.slug, one.title) for one in self.articles.values()
                 if wanted in one.title.casefold() or wanted in one.slug]  # fmt: skip
        return found[:count]


@dataclass(frozen=True)
class MemoryScope:
    """Some passages of it in a row."""

    shelf: Memory
    first: int
    passages: int

    @cached_property
    def own(self) -> list[tuple[int, Held]]:
        return [(self.first + n, self.shelf.held[self.first + n]) for n in range(self.passages)]

    @cached_property
    def sentences(self) -> list[tuple[int, int, Sequence[str]]]:
        """Each sentence's number, its passage's, and its stems."""
        before = sum(len(one.stems) for one in self.shelf.held[: self.first])
        flat = [(number, stems) for number, one in self.own for stems in one.stems]
        return [(before + n, number, stems) for n, (number, stems) in enumerate(flat)]

    @property
    def mean_words(self) -> float:
        return float(np.asarray([len(one[2]) for one in self.sentences], np.float32).mean())

    def search(self, stems: Sequence[str], vector: Floats, count: int) -> Hits:
        stored = np.concatenate([sentence_vectors(one.vectors) for _, one in self.own])
        cosines = stored.astype(np.float16).astype(np.float32) @ vector
        best = np.argsort(-cosines, kind="stable")[:count]
        return Hits(
            [self._postings(stem) for stem in stems],
            ints(self.sentences[place][0] for place in best),
            ints(self.sentences[place][1] for place in best),
            cosines[best],
        )

    def _postings(self, stem: str) -> Postings:
        rows = [(*one, Counter(one[2])[stem]) for one in self.sentences if stem in one[2]]
        return Postings(
            ints(row[0] for row in rows),
            ints(row[1] for row in rows),
            ints(row[3] for row in rows),
            ints(len(row[2]) for row in rows),
            ints(number for number, one in self.own if stem in one.above),
        )

    def holding(self, pieces: Ints) -> Ints:
        return ints(sum(one in held.vectors.pieces for _, held in self.own) for one in pieces)

    def standing(self, stems: Sequence[str]) -> Ints:
        found = [self._postings(stem) for stem in stems]
        return ints(len(one.sentences) + len(one.above) for one in found)

    def forms(self, initial: str) -> Sequence[str]:
        return [word for word in self.shelf.words if word[0] == initial]

    def read(self, passages: Ints) -> Blocks:
        chosen = [self.shelf.held[number] for number in passages.tolist()]
        wanted = set(passages.tolist())
        own = [one for one in self.sentences if one[1] in wanted]
        counts = [int(n) for one in chosen for n in np.diff(one.firsts)]
        sizes = [len(one.stems) for one in chosen]
        return Blocks(
            passages,
            ints(np.cumsum([0, *sizes[:-1]])),
            ints(one[0] for one in own),
            ints(len(one[2]) for one in own),
            np.cumsum([0, *counts]),
            np.concatenate([one.vectors.tokens for one in chosen]),
            np.concatenate([one.vectors.scales for one in chosen]),
        )

    def cite(self, passages: Sequence[int]) -> list[tuple[Article, Passage]]:
        return [(self.shelf.held[one].article, self.shelf.held[one].passage) for one in passages]


def passages(articles: Sequence[Article]) -> list[tuple[Article, Passage]]:
    return [(article, passage) for article in articles for passage in article.passages]


def ints(numbers: Any) -> Ints:
    return np.asarray(list(numbers), np.int32)
