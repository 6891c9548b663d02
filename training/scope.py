"""Passages that are searched together, as what training needs of them: tokens and words."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from tokenizers import Encoding, Tokenizer

from benchmarks.corpus import Asked
from summitqa.article import Article, Passage
from summitqa.context import heading_of
from summitqa.encoder import LONGEST_BEFORE, Floats, Ints, plain
from summitqa.evidence import LEAST_WEIGHT
from summitqa.folder.lexicon import Lexicon
from summitqa.lexical import content_words, inverse_frequency, words
from summitqa.snapshot import Postings
from summitqa.weighing import Term, along, weigh_words

LONGEST = 254
START, END = 101, 102  # of BERT's vocabulary: [CLS] and [SEP]

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage's tokens: ``given`` to the model, with its context before it.

    ``body``: where the passage's own tokens begin in ``given``; ``owners``: for each of them the
    number of its sentence within the scope.
    """

    given: Tokens
    body: int
    owners: Ints


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question, as tokens and words, and what answers it in a scope: nothing, perhaps.

    ``heard``: which of its tokens are compared, ``shares``: how much each of those counts (sum 1);
    ``bm25``: (s,) by sentence, ``headings``: (p,) by passage; ``passages`` and ``sentences``: those
    that answer.
    """

    text: str
    given: Tokens
    heard: Ints
    shares: Floats
    bm25: Floats
    headings: Floats
    passages: tuple[int, ...]
    sentences: tuple[int, ...]


@dataclass(slots=True)
class Scope:
    """The p passages and s sentences of some articles.

    ``places``: the number of each passage by its article's slug and its own number there;
    ``firsts``: (p,) the first sentence of each; ``texts``: (s,); ``headings``: (p,).
    """

    units: list[Unit] = field(default_factory=list)
    homes: list[tuple[Article, Passage]] = field(default_factory=list)
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    firsts: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)

    def sentences(self, passage: int) -> range:
        """Give the numbers of a passage's sentences."""
        end = self.firsts[passage + 1] if passage + 1 < len(self.firsts) else len(self.texts)
        return range(self.firsts[passage], end)

    def holder(self, sentence: int) -> int:
        """Give the number of the passage that holds a sentence."""
        return bisect_right(self.firsts, sentence) - 1

    @classmethod
    def of(cls, articles: Iterable[Article], tokenizer: Tokenizer) -> "Scope":
        """Take all passages of the articles."""
        scope = cls()
        for article in articles:
            for passage in article.passages:
                scope._add(article, passage, tokenizer)
        return scope

    def _add(self, article: Article, passage: Passage, tokenizer: Tokenizer) -> None:
        heading = heading_of(article, passage)
        before = encoded(tokenizer, heading).ids[:LONGEST_BEFORE]
        text = article.text[passage.start : passage.end]
        found = encoded(tokenizer, text)
        kept = LONGEST - len(before) - 1
        begins = [one.start - passage.start for one in passage.sentences]
        places = np.asarray([start for start, _ in found.offsets[:kept]])
        owners = np.maximum(np.searchsorted(begins, places, side="right") - 1, 0)
        self.places[article.slug, passage.number] = len(self.units)
        self.firsts.append(len(self.texts))
        given = (START, *before, END, *found.ids[:kept], END)
        owned = (owners + len(self.texts)).astype(np.int32)
        self.units.append(Unit(given, len(before) + 2, owned))
        self.texts += [article.text[one.start : one.end] for one in passage.sentences]
        self.headings.append(heading)
        self.homes.append((article, passage))


class Searched:
    """A scope with its words counted, so that questions can be put to it."""

    def __init__(self, scope: Scope, tokenizer: Tokenizer) -> None:
        self.scope = scope
        self._tokenizer = tokenizer
        self._sentences = Lexicon.build(scope.texts)
        self._headings = Lexicon.build(scope.headings)
        self._holding: dict[int, int] = {}
        for unit in scope.units:
            for piece in set(unit.given[unit.body : -1]):
                self._holding[piece] = self._holding.get(piece, 0) + 1
        counts = np.add.reduceat(self._sentences.lengths, scope.firsts)
        self.lengths: Floats = np.log(np.maximum(counts, 1)).astype(np.float32)

    def wanted(self, asked: Asked) -> Wanted:
        """Put a question to the scope."""
        given = encoded(self._tokenizer, asked.text).ids[:LONGEST]
        weights = np.sqrt([self._rarity(self._holding.get(piece, 0)) for piece in given])
        heard = np.flatnonzero(weights >= LEAST_WEIGHT * weights.max())
        bm25, headings = self._words(asked.text)
        passages = tuple(self.scope.places[place] for place in asked.places)
        return Wanted(
            asked.text,
            (START, *given, END),
            heard.astype(np.int32),
            (weights[heard] / weights[heard].sum()).astype(np.float32),
            bm25,
            headings,
            passages,
            tuple(self._answering(asked, passages)),
        )

    def _answering(self, asked: Asked, passages: Sequence[int]) -> Iterable[int]:
        for passage in passages:
            for sentence in self.scope.sentences(passage):
                if asked.answered_by(self.scope.texts[sentence]):
                    yield sentence

    def _rarity(self, holding: int) -> float:
        return float(inverse_frequency(len(self.scope.units), holding))

    def _words(self, text: str) -> tuple[Floats, Floats]:
        """Score sentences and headings by the question's content words."""
        stems = list(dict.fromkeys(word.stem for word in content_words(words(text))))
        held = [self._postings(stem) for stem in stems]
        mean = float(self._sentences.lengths.astype(np.float32).mean())
        found = weigh_words([Term.of(one, len(self.scope.units), mean) for one in held])
        sizes = (len(self.scope.texts), len(self.scope.units))
        sentences, passages = (np.arange(size, dtype=np.int32) for size in sizes)
        return (
            along(found.sentences, found.bm25, sentences),
            along(found.passages, found.headings, passages),
        )

    def _postings(self, stem: str) -> Postings:
        rows, counts = self._sentences.postings(stem, 0, len(self.scope.texts))
        holders = np.searchsorted(self.scope.firsts, rows, side="right") - 1
        above, _ = self._headings.postings(stem, 0, len(self.scope.units))
        lengths = self._sentences.lengths[rows]
        return Postings(rows, holders.astype(np.int32), counts, lengths, above)


def encoded(tokenizer: Tokenizer, text: str) -> Encoding:
    """Tokenize as serving does, without special tokens."""
    return tokenizer.encode(plain(text), add_special_tokens=False)
