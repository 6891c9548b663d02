"""Write a version's files: token vectors as they come, the rest at the end, the manifest last."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summitqa.article import Article
from summitqa.encoder import Floats, Ints
from summitqa.files import MANIFEST, Manifest, Sink, write_durably
from summitqa.folder.arrays import write_arrays
from summitqa.folder.lexicon import Lexicon
from summitqa.folder.nearest import dump_index, make_index
from summitqa.folder.store import (
    ARTICLES,
    LEXICON,
    TABLES,
    TEXT,
    TOKENS,
    VECTORS,
)
from summitqa_index.vectors import PassageVectors, sentence_vectors


class Writer:
    """Fills one empty folder. Passages are added in the order of their articles."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = Sink(folder / TOKENS)
        self._keys: list[bytes] = []
        self._pieces: list[Ints] = []
        self._scales: list[Floats] = []
        self._norms: list[Floats] = []
        self._firsts: list[Ints] = []
        self._sentences: list[Floats] = []
        self._tokens = 0
        self._dimension = 0

    def add_passage(self, key: bytes, vectors: PassageVectors) -> None:
        """Append a passage: its token vectors go to disk at once, the rest is kept small."""
        self._file.write(vectors.tokens.tobytes())
        self._keys.append(key)
        self._pieces.append(vectors.pieces)
        self._scales.append(vectors.scales)
        self._norms.append(vectors.norms)
        self._firsts.append(vectors.firsts + self._tokens)
        self._sentences.append(sentence_vectors(vectors).astype(np.float16))
        self._tokens += len(vectors.pieces)
        self._dimension = max(self._dimension, vectors.tokens.shape[1])

    def finish(self, articles: Sequence[Article], facts: Mapping[str, Any]) -> None:
        """Write everything else, each file to the disk itself, the manifest last."""
        files = {TOKENS: self._file.finish()}
        headings = _Numbered()
        tables = self._tables(articles, headings)
        records, text = _articles(articles)
        files[ARTICLES] = write_durably(self._folder / ARTICLES, records)
        files[TEXT] = write_durably(self._folder / TEXT, text)
        files[TABLES] = self._packed(TABLES, tables)
        lexicon = Lexicon.build(_searched(articles, headings.values()))
        files[LEXICON] = self._packed(LEXICON, lexicon.arrays())
        vectors = dump_index(make_index(self._sentences, self._dimension))
        files[VECTORS] = write_durably(self._folder / VECTORS, vectors)
        manifest = Manifest(
            {
                **facts,
                "built_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "dimension": self._dimension,
                "articles": len(articles),
                "passages": len(self._keys),
                "sentences": int(tables["passages"][-1]),
                "headings": headings.values(),
            },
            files,
        )
        write_durably(self._folder / MANIFEST, manifest.dump())

    def _packed(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> tuple[int, str]:
        """Write arrays as they are, with no copy of them all between."""
        with closing(Sink(self._folder / name)) as sink:
            write_arrays(sink, arrays)
            return sink.finish()

    def close(self) -> None:
        """Let go of what was begun, finished or not."""
        self._file.close()

    def _tables(
        self, articles: Sequence[Article], headings: "_Numbered"
    ) -> dict[str, NDArray[Any]]:
        passages = [passage for article in articles for passage in article.passages]
        sentences = [sentence for passage in passages for sentence in passage.sentences]
        firsts = np.concatenate([*self._firsts, [self._tokens]]).astype(np.int64)
        pieces = np.concatenate(self._pieces).astype(np.int32)
        return {
            "articles": _bounds(len(article.passages) for article in articles),
            "passages": _bounds(len(passage.sentences) for passage in passages),
            "sentences": firsts,
            "passage_spans": np.asarray([(p.start, p.end) for p in passages], np.int32),
            "sentence_spans": np.asarray([(s.start, s.end) for s in sentences], np.int32),
            "pages": np.asarray([p.page or 0 for p in passages], np.int32),
            "headings": np.asarray([headings.number(p.heading) for p in passages], np.int32),
            "keys": np.frombuffer(b"".join(self._keys), np.uint8).reshape(-1, 16),
            "pieces": pieces,
            "scales": np.concatenate(self._scales).astype(np.float32),
            "norms": np.concatenate(self._norms).astype(np.float32),
            "frequencies": self._frequencies(),
        }

    def _frequencies(self) -> Ints:
        """Count, for each vocabulary id, the passages that hold it."""
        distinct = np.concatenate([np.unique(pieces) for pieces in self._pieces])
        return np.bincount(distinct).astype(np.int32)


class _Numbered:
    """Values numbered in the order they are first met."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}

    def number(self, value: tuple[str, ...]) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[list[str]]:
        return [list(value) for value in self._numbers]


def _bounds(sizes: Any) -> Ints:
    return np.asarray([0, *accumulate(sizes)], np.int32)


def _searched(articles: Sequence[Article], headings: Iterable[Sequence[str]]) -> Iterator[str]:
    """Give what is searched by words: sentences, then titles, then paths of headings."""
    for article in articles:
        for passage in article.passages:
            for sentence in passage.sentences:
                yield article.text[sentence.start : sentence.end]
    yield from (article.title for article in articles)
    yield from (" ".join(path) for path in headings)


def _articles(articles: Sequence[Article]) -> tuple[bytes, bytes]:
    """Give the articles' records, a line of JSON each, and their texts end to end."""
    texts = [article.text.encode() for article in articles]
    ends = [0, *accumulate(len(text) for text in texts)]
    lines = [
        json.dumps(
            {
                "slug": article.slug,
                "title": article.title,
                "url": article.url,
                "published": article.published.isoformat() if article.published else None,
                "credit": article.credit,
                "language": article.language,
                "bytes": ends[number : number + 2],
            },
            ensure_ascii=False,
        )
        for number, article in enumerate(articles)
    ]
    return "".join(f"{line}\n" for line in lines).encode(), b"".join(texts)
