"""One immutable version of the index on disk: articles, vectors, words.

Every file is checked against the manifest before any of it is used. Small files are read
once and exactly the bytes that were checked are parsed; token vectors are checked, then
mapped, so that memory does not grow with the shelf.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from summitqa.article import Article, Passage, Sentence
from summitqa.encoder import Floats, Ints
from summitqa.errors import ArticleUnknownError
from summitqa.files import Manifest, check_in_place, damaged, read_manifest, read_verified
from summitqa.lexical import Lexicon

ARTICLES, TEXT, TABLES, TOKENS, LEXICON, VECTORS = (
    "articles.jsonl",
    "text.utf8",
    "tables.npz",
    "tokens.i8",
    "lexicon.npz",
    "sentences.faiss",
)
FILES = (ARTICLES, TEXT, TABLES, TOKENS, LEXICON, VECTORS)


@dataclass(frozen=True, slots=True)
class Tables:
    """How articles, passages, sentences and tokens lie within one another.

    Articles hold passages, passages sentences, sentences tokens, each a contiguous run:
    the passages of article ``a`` are ``articles[a]:articles[a + 1]``, and so on down.

    ``articles``: (A+1,) first passage of each; ``passages``: (P+1,) first sentence of each;
    ``sentences``: (S+1,) first token of each; ``passage_spans``: (P, 2) and
    ``sentence_spans``: (S, 2) character offsets in the article's text; ``pages``: (P,), 0
    for none; ``headings``: (P,) into the manifest's heading paths; ``keys``: (P, 16) content
    hashes; ``pieces``: (T,) vocabulary ids; ``scales``: (T,) what to multiply each token's
    int8 vector by; ``norms``: (T,) its length as encoded; ``frequencies``: (vocabulary,) passages that hold each id.
    """

    articles: Ints
    passages: Ints
    sentences: NDArray[np.int64]
    passage_spans: Ints
    sentence_spans: Ints
    pages: Ints
    headings: Ints
    keys: NDArray[np.uint8]
    pieces: Ints
    scales: Floats
    norms: Floats
    frequencies: Ints


@dataclass(frozen=True)
class Store:
    """An open version. Numbers of articles, passages and sentences count from 0 here."""

    folder: Path
    manifest: Manifest
    records: Sequence[dict[str, Any]]
    tables: Tables
    tokens: NDArray[np.int8]
    lexicon: Lexicon
    vectors: Any
    _text: bytes

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """Open a version, checked file by file.

        Raises IndexDamagedError, naming the file, or IndexMismatchError for another format.
        """
        manifest = read_manifest(folder)
        raw = {name: read_verified(folder, manifest, name) for name in FILES if name != TOKENS}
        dimension = int(manifest.facts["dimension"])
        tokens_path = check_in_place(folder, manifest, TOKENS)
        try:
            records = [json.loads(line) for line in raw[ARTICLES].splitlines()]
            tables = Tables(**_arrays(raw[TABLES]))
            lexicon = _lexicon(raw[LEXICON])
            vectors = _faiss_index(raw[VECTORS])
            empty = manifest.files[TOKENS][0] == 0
            flat = np.zeros(0, np.int8) if empty else np.memmap(tokens_path, np.int8, mode="r")
            tokens = flat.reshape(-1, dimension)
        except (ValueError, KeyError, TypeError, RuntimeError, EOFError) as error:
            raise damaged(folder, ["its content"]) from error
        if vectors.ntotal != len(tables.sentence_spans) or len(tokens) != tables.sentences[-1]:
            raise damaged(folder, [VECTORS, TOKENS])
        return cls(folder, manifest, records, tables, tokens, lexicon, vectors, raw[TEXT])

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

    def number(self, slug: str) -> int:
        """Give an article's number; ArticleUnknownError where the shelf has none of that slug."""
        if slug not in self.numbers:
            raise ArticleUnknownError(
                f"No article is called {slug!r}; the shelf has {_some(list(self.numbers))}."
            )
        return self.numbers[slug]

    def article_of(self, passage: int) -> int:
        """Give the number of the article that holds a passage."""
        return int(np.searchsorted(self.tables.articles, passage, side="right")) - 1

    def article(self, number: int) -> Article:
        """Give a whole article, its passages and sentences with it."""
        return _article(self, number)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@lru_cache(maxsize=256)
def _article(store: Store, number: int) -> Article:
    record = store.records[number]
    first, last = store.tables.articles[number : number + 2]
    start, end = record["bytes"]
    return Article(
        slug=record["slug"],
        title=record["title"],
        text=store._text[start:end].decode(),  # noqa: SLF001 - the cache stands outside the frozen value
        passages=tuple(_passage(store, int(first), row) for row in range(first, last)),
        url=record["url"],
        published=date.fromisoformat(record["published"]) if record["published"] else None,
        credit=record["credit"],
        language=record["language"],
    )


def _passage(store: Store, first: int, row: int) -> Passage:
    tables = store.tables
    start, end = (int(bound) for bound in tables.passage_spans[row])
    spans = tables.sentence_spans[tables.passages[row] : tables.passages[row + 1]]
    return Passage(
        number=row - first + 1,
        start=start,
        end=end,
        sentences=tuple(Sentence(int(begin), int(stop)) for begin, stop in spans),
        heading=tuple(store.manifest.facts["headings"][tables.headings[row]]),
        page=int(tables.pages[row]) or None,
    )


def _some(slugs: list[str]) -> str:
    return ", ".join(slugs[:5]) + (f" and {len(slugs) - 5} more" if len(slugs) > 5 else "")


def dump_arrays(**arrays: NDArray[Any]) -> bytes:
    """Give arrays as the bytes of an uncompressed ``.npz``."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _arrays(raw: bytes) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(raw), allow_pickle=False) as loaded:
        return {name: loaded[name] for name in loaded.files}


def dump_lexicon(lexicon: Lexicon) -> bytes:
    """Give a lexicon as the bytes of an ``.npz``, its vocabulary as lines of UTF-8."""
    lines = "\n".join(lexicon.vocabulary).encode()
    return dump_arrays(
        vocabulary=np.frombuffer(lines, np.uint8),
        starts=lexicon.starts,
        sentences=lexicon.sentences,
        counts=lexicon.counts,
        lengths=lexicon.lengths,
    )


def _lexicon(raw: bytes) -> Lexicon:
    arrays = _arrays(raw)
    stems = arrays.pop("vocabulary").tobytes().decode()
    return Lexicon({stem: i for i, stem in enumerate(stems.split("\n") if stems else ())}, **arrays)


def dump_index(index: Any) -> bytes:
    """Give a FAISS index as bytes."""
    return bytes(faiss.serialize_index(index))


def _faiss_index(raw: bytes) -> Any:
    # A damaged header can make FAISS ask for gigabytes; the bytes are verified by now, and
    # this caps what is left of that risk.
    faiss.set_deserialization_vector_byte_limit(max(len(raw), 1))
    return faiss.deserialize_index(np.frombuffer(raw, np.uint8))
