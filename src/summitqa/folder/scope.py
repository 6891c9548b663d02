"""A run of a store's passages, searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from summitqa.article import Article, Passage
from summitqa.encoder import Floats, Ints
from summitqa.folder.lexicon import Lexicon
from summitqa.folder.nearest import nearest
from summitqa.folder.tables import Tables
from summitqa.folder.tokens import Runs, Tokens
from summitqa.runs import runs
from summitqa.snapshot import Blocks, Hits, Postings


class _Kept(Protocol):
    """What a scope needs of the store that it is part of."""

    @property
    def tables(self) -> Tables: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def lexicon(self) -> Lexicon: ...
    @property
    def vectors(self) -> Any: ...
    @property
    def headings(self) -> int: ...
    @property
    def mean_words(self) -> float: ...
    def check(self) -> None: ...
    def headed(self, stem: str) -> tuple[Ints, Ints]: ...
    def home(self, passage: int) -> tuple[Article, Passage]: ...


@dataclass(frozen=True, slots=True)
class FolderScope:
    """Passages ``first:last`` of a store: those of one article, or all."""

    store: _Kept
    first: int
    last: int

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self.last - self.first

    @property
    def mean_words(self) -> float:
        """How many words a sentence has on average; known of the whole shelf."""
        return self.store.mean_words if self._whole else self.averaged()

    def averaged(self) -> float:
        """Count the mean words of a sentence."""
        self.store.check()
        first, last = self._sentences
        return float(self.store.lexicon.lengths[first:last].astype(np.float32).mean())

    @property
    def _whole(self) -> bool:
        return self.passages == len(self.store.tables.passages) - 1

    @property
    def _sentences(self) -> tuple[int, int]:
        """First and end of the sentences."""
        tables = self.store.tables
        return int(tables.passages[self.first]), int(tables.passages[self.last])

    def search(self, stems: Sequence[str], vector: Floats, count: int) -> Hits:
        """Look for stems, and for the sentences nearest to a vector."""
        self.store.check()
        found, cosines = nearest(self.store.vectors, vector, count, *self._sentences)
        postings = [self._postings(stem) for stem in stems]
        return Hits(postings, found, self.store.tables.owners[found], cosines)

    def _postings(self, stem: str) -> Postings:
        rows, counts = self.held_by(stem)
        owners = self.store.tables.owners[rows]
        return Postings(rows, owners, counts, self.store.lexicon.lengths[rows], self._above(stem))

    def held_by(self, stem: str) -> tuple[Ints, Ints]:
        """Give the sentences that hold a stem, and how often each does."""
        return self.store.lexicon.postings(stem, *self._sentences)

    def _above(self, stem: str) -> Ints:
        """Give the passages whose title or headings hold a stem."""
        tables = self.store.tables
        titled, under = self.store.headed(stem)
        bounds = np.clip(tables.articles[[titled, titled + 1]], self.first, self.last)
        above = runs(*bounds).astype(np.int32)
        if not len(under):  # as for most words
            return above
        marked = np.zeros(self.store.headings, bool)
        marked[under] = True
        headed = np.flatnonzero(marked[tables.headings[self.first : self.last]])
        return np.union1d(above, headed + self.first).astype(np.int32)

    def holding(self, pieces: Ints) -> Ints:
        """Count the passages that hold each vocabulary id."""
        self.store.check()
        tables = self.store.tables
        if self._whole:
            known = np.minimum(pieces, len(tables.frequencies) - 1)
            return np.where(known == pieces, tables.frequencies[known], 0)
        bounds = tables.sentences[tables.passages[self.first : self.last + 1]]
        there = tables.pieces[bounds[0] : bounds[-1]]
        begins = bounds[:-1] - bounds[0]
        # One after another: all at once they would take as much room as tokens times ids.
        unique, where = np.unique(pieces, return_inverse=True)
        counts = [np.logical_or.reduceat(there == piece, begins).sum() for piece in unique]
        return np.asarray(counts, np.int32)[where]

    def standing(self, stems: Sequence[str]) -> Ints:
        """Count the sentences that hold each stem and the passages under it."""
        self.store.check()
        counts = [len(self.held_by(stem)[0]) + len(self._above(stem)) for stem in stems]
        return np.asarray(counts, np.int32)

    def forms(self, initial: str) -> Sequence[str]:
        """Give the words of the shelf that begin with a character."""
        self.store.check()
        return self.store.lexicon.forms.beginning(initial)

    def read(self, passages: Ints) -> Blocks:
        """Give what passages consist of."""
        self.store.check()
        tables = self.store.tables
        starts, ends = tables.passages[passages], tables.passages[passages + 1]
        sentences = runs(starts, ends)
        counts = tables.sentences[sentences + 1] - tables.sentences[sentences]
        begins, stops = _joined(tables.sentences[starts], tables.sentences[ends])
        scales = [tables.scales[begin:stop] for begin, stop in zip(begins, stops, strict=True)]
        return Blocks(
            passages=passages,
            firsts=np.concatenate([[0], np.cumsum(ends - starts)[:-1]]).astype(np.int32),
            sentences=sentences,
            words=self.store.lexicon.lengths[sentences],
            starts=np.concatenate([[0], np.cumsum(counts)]),
            tokens=Runs.of(self.store.tokens, begins, stops),
            scales=scales[0] if len(scales) == 1 else np.concatenate(scales),
        )

    def cite(self, passages: Sequence[int]) -> list[tuple[Article, Passage]]:
        """Give passages with their articles."""
        return [self.store.home(passage) for passage in passages]


def _joined(
    starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the ranges ``starts[i]:ends[i]``, those that touch as one."""
    apart = np.flatnonzero(starts[1:] != ends[:-1])
    return starts[[0, *apart + 1]], ends[[*apart, -1]]
