"""How articles, passages, sentences and tokens lie within one another, and whether that can be."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summitqa.encoder import Floats, Ints
from summitqa.folder.arrays import load_arrays
from summitqa.folder.mapped import Mapped

# Rows that are checked at a time: what is mapped must not come to be held by being checked.
_AT_A_TIME = 1 << 18


@dataclass(frozen=True, slots=True)
class Tables:
    """Articles hold passages, passages sentences, sentences tokens, each a contiguous run.

    The passages of article ``a`` are ``articles[a]:articles[a + 1]``, and so on down.

    ``articles``: (A+1,) first passage of each; ``passages``: (P+1,) first sentence of each;
    ``sentences``: (S+1,) first token of each; ``passage_spans``: (P, 2) and
    ``sentence_spans``: (S, 2) character offsets in the article's text; ``pages``: (P,), 0
    for none; ``headings``: (P,) into the manifest's heading paths; ``keys``: (P, 16) content
    hashes; ``pieces``: (T,) vocabulary ids; ``scales``: (T,) what to multiply each token's
    int8 vector by; ``norms``: (T,) its length as encoded; ``frequencies``: (vocabulary,)
    passages that hold each id; ``owners``: (S,) the passage of each sentence, which follows from
    the others and is not stored.
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
    owners: Ints = field(default_factory=lambda: np.zeros(0, np.int32))

    @classmethod
    def load(cls, raw: bytes | Mapped) -> "Tables":
        """Read tables as they were written; ValueError where they cannot be right."""
        tables = cls(**load_arrays(raw))
        tables._check_shapes()
        for inner in (tables.articles, tables.passages, tables.sentences):
            _ascending(inner)
        _require(tables.articles[-1] == len(tables.passage_spans), "articles end with passages")
        _require(tables.passages[-1] == len(tables.sentence_spans), "passages end with sentences")
        _require(tables.sentences[-1] == len(tables.pieces), "sentences end with tokens")
        numbers = np.arange(len(tables.passage_spans), dtype=np.int32)
        tables = replace(tables, owners=np.repeat(numbers, np.diff(tables.passages)))
        tables._check_spans()
        _within(tables.pieces, len(tables.frequencies))
        return tables

    def _check_shapes(self) -> None:
        passages, tokens = len(self.passage_spans), len(self.pieces)
        expected: dict[str, tuple[NDArray[Any], tuple[int, ...], type]] = {
            "articles": (self.articles, (len(self.articles),), np.integer),
            "passages": (self.passages, (passages + 1,), np.integer),
            "sentences": (self.sentences, (len(self.sentence_spans) + 1,), np.integer),
            "passage_spans": (self.passage_spans, (passages, 2), np.integer),
            "sentence_spans": (self.sentence_spans, (len(self.sentence_spans), 2), np.integer),
            "pages": (self.pages, (passages,), np.integer),
            "headings": (self.headings, (passages,), np.integer),
            "keys": (self.keys, (passages, 16), np.uint8),
            "pieces": (self.pieces, (tokens,), np.integer),
            "scales": (self.scales, (tokens,), np.float32),
            "norms": (self.norms, (tokens,), np.float32),
            "frequencies": (self.frequencies, (len(self.frequencies),), np.integer),
        }
        for name, (array, shape, kind) in expected.items():
            _require(array.shape == shape and np.issubdtype(array.dtype, kind), name)
        for floats in (self.scales, self.norms):
            _require(holds(floats, np.isfinite), "finite vectors")

    def _check_spans(self) -> None:
        """Hold each sentence inside its passage, and sentences and passages to their order."""
        for spans in (self.passage_spans, self.sentence_spans):
            _require(holds(spans, lambda part: part[:, 0] >= 0), "spans begin in the text")
            _require(holds(spans, lambda part: part[:, 0] < part[:, 1]), "spans are not empty")
        for start in range(0, len(self.owners), _AT_A_TIME):
            part = self.sentence_spans[start : start + _AT_A_TIME]
            inside = self.passage_spans[self.owners[start : start + _AT_A_TIME]]
            within = (inside[:, 0] <= part[:, 0]) & (part[:, 1] <= inside[:, 1])
            _require(bool(within.all()), "sentences lie inside their passages")

    def fit(self, lengths: NDArray[np.int64], headings: int) -> None:
        """Hold passages to texts of (A,) ``lengths`` in characters, and to so many heading paths.

        Raises ValueError.
        """
        _require(len(lengths) == len(self.articles) - 1, "as many articles as texts")
        ends = np.repeat(lengths, np.diff(self.articles))
        _require(bool((self.passage_spans[:, 1] <= ends).all()), "passages lie inside their text")
        _within(self.headings, headings)


def _require(holds: bool | np.bool, what: str) -> None:
    if not holds:
        raise ValueError(f"the tables do not hold together: {what}")


def holds(rows: NDArray[Any], test: Callable[[NDArray[Any]], NDArray[np.bool_]]) -> bool:
    """Tell whether all rows pass a test that is made of some of them at a time."""
    parts = (rows[start : start + _AT_A_TIME] for start in range(0, len(rows), _AT_A_TIME))
    return all(bool(test(part).all()) for part in parts)


def _ascending(starts: NDArray[Any]) -> None:
    _require(len(starts) > 1 and starts[0] == 0, "runs begin at 0")
    parts = (starts[at : at + _AT_A_TIME + 1] for at in range(0, len(starts), _AT_A_TIME))
    _require(all(bool((np.diff(part) > 0).all()) for part in parts), "no run is empty")


def _within(numbers: NDArray[Any], end: int) -> None:
    _require(holds(numbers, lambda part: (part >= 0) & (part < end)), "numbers lie in their range")
