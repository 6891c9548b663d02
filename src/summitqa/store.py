"""One immutable version of the index on disk: articles, vectors, words.

Every file is checked against the manifest before any of it is used. Small files are read
once and exactly the bytes that were checked are parsed. Text and token vectors, which grow with
the shelf, are read where they are needed once they are large, and held to what was checked.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summitqa.article import Article, Passage, Sentence
from summitqa.encoder import Ints
from summitqa.errors import ArticleUnknownError, IndexDamagedError, UnreadableError
from summitqa.files import MANIFEST, Manifest, damaged, hold_verified, read_manifest, read_verified
from summitqa.lexical import Lexicon
from summitqa.nearest import load_index
from summitqa.paged import Paged
from summitqa.tables import Tables

ARTICLES, TEXT, TABLES, TOKENS, LEXICON, VECTORS = (
    "articles.jsonl",
    "text.utf8",
    "tables.npz",
    "tokens.i8",
    "lexicon.npz",
    "sentences.faiss",
)
FILES = (ARTICLES, TEXT, TABLES, TOKENS, LEXICON, VECTORS)


class Tokens:
    """The int8 vectors of a shelf's tokens, in rows; a slice of them gives an (n, d) array.

    Raises IndexDamagedError where they are read from a file that has changed since.
    """

    def __init__(self, raw: bytes | Paged, dimension: int) -> None:
        if len(raw) % dimension:
            raise ValueError("the last row is cut")
        self._raw = memoryview(raw) if isinstance(raw, bytes) else raw
        self._dimension = dimension

    def __len__(self) -> int:
        return len(self._raw) // self._dimension

    def __getitem__(self, rows: slice) -> NDArray[np.int8]:
        start, end, _ = rows.indices(len(self))
        raw = self._raw[start * self._dimension : end * self._dimension]
        return np.frombuffer(raw, np.int8).reshape(-1, self._dimension)


@dataclass(frozen=True, eq=False)
class Store:
    """An open version. Numbers of articles, passages and sentences count from 0 here.

    ``article(number)`` gives a whole article, its passages and sentences with it.
    """

    folder: Path
    manifest: Manifest
    records: Sequence[dict[str, Any]]
    tables: Tables
    tokens: Tokens
    lexicon: Lexicon
    vectors: Any
    article: Callable[[int], Article]

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """Open a version, checked file by file, and then what the files say against each other.

        Raises IndexDamagedError, naming the file, or IndexMismatchError for another format.
        """
        manifest = read_manifest(folder)

        def raw(name: str) -> bytes:
            return read_verified(folder, manifest, name)

        with _naming(folder, MANIFEST):
            dimension, headings = _facts(manifest)
        with _naming(folder, TABLES):
            tables = Tables.load(raw(TABLES))
            _counted(manifest, tables)
        with _naming(folder, ARTICLES):
            records = [json.loads(line) for line in raw(ARTICLES).splitlines()]
        with _naming(folder, TEXT):
            text = hold_verified(folder, manifest, TEXT)
            tables.fit(_lengths(records, text), len(headings))
        with _naming(folder, TOKENS):
            tokens = Tokens(hold_verified(folder, manifest, TOKENS), dimension)
            if len(tokens) != len(tables.pieces):
                raise ValueError("another number of tokens")
        with _naming(folder, LEXICON):
            headed = len(records) + len(headings)
            lexicon = Lexicon.load(raw(LEXICON), len(tables.sentence_spans), headed)
        with _naming(folder, VECTORS):
            vectors = load_index(raw(VECTORS), len(tables.sentence_spans), dimension)
        shelf = _Shelf(records, tables, headings, text)
        with _naming(folder, ARTICLES):
            for record in records:
                shelf.check(record)
        # The cache goes with the store, so that a swapped-out version leaves nothing behind.
        article = lru_cache(maxsize=256)(shelf.article)
        return cls(folder, manifest, records, tables, tokens, lexicon, vectors, article)

    @property
    def version(self) -> str:
        """The version's id, the name of its folder."""
        return self.folder.name

    def status(self) -> dict[str, Any]:
        """Give the ``status --json`` contract."""
        facts = self.manifest.facts
        return {
            "index_version": self.version,
            "built_at": facts["built_at"],
            "model": facts["model"],
            "articles": facts["articles"],
            "passages": facts["passages"],
            "sentences": facts["sentences"],
            "bytes": sum(size for size, _ in self.manifest.files.values()),
        }

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each article by its slug."""
        return {record["slug"]: number for number, record in enumerate(self.records)}

    @property
    def lengths(self) -> dict[str, int]:
        """The number of passages of each article by its slug."""
        counts = np.diff(self.tables.articles).tolist()
        return dict(zip(self.numbers, counts, strict=True))

    def number(self, slug: str) -> int:
        """Give an article's number; ArticleUnknownError where the shelf has none of that slug."""
        if slug not in self.numbers:
            raise ArticleUnknownError(
                f"No article is called {slug!r}; the shelf has {_some(list(self.numbers))}."
            )
        return self.numbers[slug]

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

    def article_of(self, passage: int) -> int:
        """Give the number of the article that holds a passage."""
        return int(np.searchsorted(self.tables.articles, passage, side="right")) - 1

    def home(self, passage: int) -> tuple[Article, Passage]:
        """Give a passage with the article that holds it."""
        number = self.article_of(passage)
        article = self.article(number)
        return article, article.passages[passage - int(self.tables.articles[number])]


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


def _lengths(records: Sequence[dict[str, Any]], text: Any) -> NDArray[np.int64]:
    """Give the characters of each article, which lie end to end in the UTF-8 ``text``."""
    bounds = [0, *(record["bytes"][1] for record in records)]
    if [record["bytes"][0] for record in records] != bounds[:-1] or bounds[-1] != len(text):
        raise ValueError("texts do not lie end to end")
    lengths = [len(text[start:end].decode()) for start, end in pairwise(bounds)]
    return np.asarray(lengths, np.int64)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What articles are made from; knows no store, so that a cache of articles keeps none alive."""

    records: Sequence[dict[str, Any]]
    tables: Tables
    headings: Sequence[tuple[str, ...]]
    text: Any

    def article(self, number: int) -> Article:
        record = self.records[number]
        first, last = (int(bound) for bound in self.tables.articles[number : number + 2])
        start, end = record["bytes"]
        return Article(
            slug=record["slug"],
            title=record["title"],
            text=self.text[start:end].decode(),
            passages=tuple(self._passage(first, row) for row in range(first, last)),
            url=record["url"],
            published=_published(record),
            credit=record["credit"],
            language=record["language"],
        )

    def _passage(self, first: int, row: int) -> Passage:
        tables = self.tables
        start, end = (int(bound) for bound in tables.passage_spans[row])
        spans = tables.sentence_spans[tables.passages[row] : tables.passages[row + 1]].tolist()
        return Passage(
            number=row - first + 1,
            start=start,
            end=end,
            sentences=tuple(Sentence(begin, stop) for begin, stop in spans),
            heading=self.headings[tables.headings[row]],
            page=int(tables.pages[row]) or None,
        )

    @staticmethod
    def check(record: dict[str, Any]) -> None:
        """Raise what using a record later would."""
        kinds = {"slug": str, "title": str, "language": str}
        kinds |= {name: str for name in ("url", "credit") if record[name] is not None}
        for name, kind in kinds.items():
            if not isinstance(record[name], kind):
                raise TypeError(name)
        _published(record)


def _published(record: dict[str, Any]) -> date | None:
    return date.fromisoformat(record["published"]) if record["published"] else None


def _some(slugs: list[str]) -> str:
    shown = slugs if len(slugs) <= 6 else slugs[:5]
    return ", ".join(shown) + (f" and {len(slugs) - 5} more" if len(slugs) > 6 else "")
