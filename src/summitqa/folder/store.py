"""One immutable version of the index on disk: articles, vectors, words.

Every file is checked against the manifest before any of it is used. Small files are read
once and exactly the bytes that were checked are parsed. Large ones stay on the disk: what is
quoted, and token vectors, are read where they are needed and held to what was checked; what is
only computed with is mapped, and looked at no more once the file has changed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summitqa.article import Article, Passage, Sentence
from summitqa.encoder import Ints
from summitqa.errors import IndexDamagedError, UnreadableError
from summitqa.files import MANIFEST, Manifest, damaged, read_manifest
from summitqa.folder.held import hold_verified, map_verified
from summitqa.folder.lexicon import Lexicon
from summitqa.folder.mapped import Mapped
from summitqa.folder.nearest import load_index
from summitqa.folder.records import Records, Slugs, published
from summitqa.folder.scope import FolderScope
from summitqa.folder.tables import Tables
from summitqa.folder.tokens import Tokens
from summitqa.snapshot import unknown_article

ARTICLES, TEXT, TABLES, TOKENS, LEXICON, VECTORS = (
    "articles.jsonl",
    "text.utf8",
    "tables.npz",
    "tokens.i8",
    "lexicon.npz",
    "sentences.faiss",
)
FILES = (ARTICLES, TEXT, TABLES, TOKENS, LEXICON, VECTORS)


@dataclass(frozen=True, eq=False)
class Store:
    """An open version, which is a snapshot. Articles, passages, sentences count from 0 here.

    ``mapped`` are the files that are to be checked before what lies in them is looked at.
    """

    folder: Path
    version: str
    manifest: Manifest
    records: Records
    tables: Tables
    tokens: Tokens
    lexicon: Lexicon
    vectors: Any
    mapped: Sequence[Mapped]
    _made: Callable[[int], Article]

    @classmethod
    def open(cls, folder: Path, version: str = "") -> "Store":
        """Open a version, checked file by file, and then what the files say against each other.

        ``version`` is its id where that is not the name of its folder.

        Raises IndexDamagedError, naming the file, or IndexMismatchError for another format.
        """
        manifest = read_manifest(folder)
        raw = {name: map_verified(folder, manifest, name) for name in (TABLES, LEXICON, VECTORS)}
        with _naming(folder, MANIFEST):
            dimension, headings = _facts(manifest)
        with _naming(folder, TABLES):
            tables = Tables.load(raw[TABLES])
            _counted(manifest, tables)
        with _naming(folder, ARTICLES):
            records = Records(hold_verified(folder, manifest, ARTICLES))
        with _naming(folder, TEXT):
            text = hold_verified(folder, manifest, TEXT)
            tables.fit(_lengths(records, text), len(headings))
        with _naming(folder, TOKENS):
            tokens = Tokens(hold_verified(folder, manifest, TOKENS), dimension)
            if len(tokens) != len(tables.pieces):
                raise ValueError("another number of tokens")
        with _naming(folder, LEXICON):
            headed = len(records) + len(headings)
            lexicon = Lexicon.load(raw[LEXICON], len(tables.sentence_spans), headed)
        with _naming(folder, VECTORS):
            vectors = load_index(raw[VECTORS], len(tables.sentence_spans), dimension)
        mapped = [one for one in raw.values() if isinstance(one, Mapped)]
        # The cache goes with the store, so that a swapped-out version leaves nothing behind.
        article = lru_cache(maxsize=256)(_Shelf(records, tables, headings, text).article)
        return cls(
            folder, version or folder.name, manifest, records, tables, tokens, lexicon, vectors,
            mapped, article,
        )  # fmt: skip

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What the manifest says, and the bytes of all files."""
        return {**self.manifest.facts, "bytes": sum(one for one, _ in self.manifest.files.values())}

    @property
    def slugs(self) -> Sequence[str]:
        """The slug of each article."""
        return Slugs(self.records)

    @property
    def languages(self) -> frozenset[str]:
        """The languages of its articles."""
        return self.records.languages

    @property
    def vocabulary(self) -> "Vocabulary":
        """The stems of all words."""
        return Vocabulary(self)

    @property
    def headings(self) -> int:
        """How many paths of headings there are."""
        return len(self.manifest.facts["headings"])

    @cached_property
    def mean_words(self) -> float:
        """How many words a sentence of the whole shelf has on average."""
        return self._whole.averaged()

    @property
    def _whole(self) -> FolderScope:
        return FolderScope(self, 0, len(self.tables.passages) - 1)

    def scope(self, article: str | None) -> FolderScope:
        """Give an article or the whole shelf to search."""
        if article is None:
            return self._whole
        self.check()
        number = self.number(article)
        return FolderScope(self, *self.tables.articles[number : number + 2].tolist())

    def article(self, slug: str) -> Article:
        """Give an article by its slug."""
        return self.nth(self.number(slug))

    def nth(self, number: int) -> Article:
        """Give an article by its number, its passages and sentences with it."""
        self.check()
        return self._made(number)

    def titles(self, typed: str, count: int) -> list[tuple[str, str]]:
        """Give (slug, title) of the articles whose title or slug holds what was typed."""
        numbers = self.records.holding(typed.casefold().strip())
        found = [self.records[number] for number, _ in zip(numbers, range(count), strict=False)]
        return [(str(record["slug"]), str(record["title"])) for record in found]

    def number(self, slug: str) -> int:
        """Give an article's number; ArticleUnknownError where the shelf has none of that slug."""
        number = self.records.number(slug)
        if number is None:
            raise unknown_article(slug, self.slugs)
        return number

    def check(self) -> None:
        """Raise IndexDamagedError where a file that is mapped has changed."""
        for file in self.mapped:
            file.check()

    def headed(self, stem: str) -> tuple[Ints, Ints]:
        """Give the articles whose title holds a stem, and the heading paths that do.

        The lexicon numbers titles after the sentences, and heading paths after the titles.
        """
        titles = len(self.tables.sentence_spans)
        paths, end = titles + len(self.records), len(self.lexicon.lengths)
        (titled, _), (under, _) = (
            self.lexicon.postings(stem, *bounds) for bounds in ((titles, paths), (paths, end))
        )
        return titled - titles, under - paths

    def home(self, passage: int) -> tuple[Article, Passage]:
        """Give a passage with the article that holds it."""
        self.check()
        firsts = self.tables.articles
        # Of another type it would have all of them copied to its own.
        number = int(np.searchsorted(firsts, firsts.dtype.type(passage), side="right")) - 1
        article = self.nth(number)
        return article, article.passages[passage - int(firsts[number])]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The stems of a store."""

    store: Store

    def __contains__(self, stem: object) -> bool:
        self.store.check()
        return stem in self.store.lexicon.vocabulary


@contextmanager
def _naming(folder: Path, name: str) -> Iterator[None]:
    """Turn whatever goes wrong with a file's content into the error that names the file."""
    try:
        yield
    except (IndexDamagedError, UnreadableError):
        raise
    except Exception as error:  # no library says what it raises on bytes that are wrong
        raise damaged(folder, [name]) from error


def _facts(manifest: Manifest) -> tuple[int, list[tuple[str, ...]]]:
    """Give the dimension and the heading paths; every other fact is looked at, too."""
    facts = manifest.facts
    for name, kind in (("model", str), ("checksum", str), ("built_at", str), ("sources", list)):
        if not isinstance(facts[name], kind):
            raise TypeError(name)
    counts = [facts[name] for name in ("dimension", "articles", "passages", "sentences")]
    if not all(isinstance(count, int) and 0 < count < 1 << 40 for count in counts):
        raise ValueError(counts)
    return counts[0], [tuple(str(one) for one in path) for path in facts["headings"]]


def _counted(manifest: Manifest, tables: Tables) -> None:
    counted = [len(starts) - 1 for starts in (tables.articles, tables.passages, tables.sentences)]
    if counted != [manifest.facts[name] for name in ("articles", "passages", "sentences")]:
        raise ValueError(f"{counted} is not what the manifest counts")


def _lengths(records: Records, text: Any) -> NDArray[np.int64]:
    """Give the characters of each article, which lie end to end in the UTF-8 ``text``."""
    if records.ends[-1] != len(text):
        raise ValueError("texts do not lie end to end")
    bounds = pairwise(records.ends.tolist())
    return np.fromiter((len(text[start:end].decode()) for start, end in bounds), np.int64)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What articles are made from; knows no store, so that a cache of articles keeps none alive."""

    records: Sequence[dict[str, Any]]
    tables: Tables
    headings: Sequence[tuple[str, ...]]
    text: Any

    def article(self, number: int) -> Article:
        record = self.records[number]
        first, last = self.tables.articles[number : number + 2].tolist()
        start, end = record["bytes"]
        return Article(
            slug=record["slug"],
            title=record["title"],
            text=self.text[start:end].decode(),
            passages=tuple(self._passage(first, row) for row in range(first, last)),
            url=record["url"],
            published=published(record),
            credit=record["credit"],
            language=record["language"],
        )

    def _passage(self, first: int, row: int) -> Passage:
        tables = self.tables
        start, end = tables.passage_spans[row].tolist()
        spans = tables.sentence_spans[tables.passages[row] : tables.passages[row + 1]].tolist()
        return Passage(
            number=row - first + 1,
            start=start,
            end=end,
            sentences=tuple(Sentence(begin, stop) for begin, stop in spans),
            heading=self.headings[tables.headings[row]],
            page=int(tables.pages[row]) or None,
        )
