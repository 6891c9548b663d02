"""Words in common: what each sentence and passage that holds one is worth, and no other.

Kept sparse, as numbers of what was hit beside their values: of a large shelf a question's words
touch few sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from summitqa.encoder import Floats, Ints
from summitqa.lexical import bm25_parts, inverse_frequency
from summitqa.runs import runs
from summitqa.snapshot import Postings


@dataclass(frozen=True, slots=True)
class Term:
    """A stem that was looked for, and what it is worth where it stands.

    ``sentences``: (n,) those that hold it, ascending, ``holders``: (n,) their passages, ``bm25``:
    (n,); ``above``: (h,) the passages under it, ascending; ``weight`` and ``headed``: its inverse
    frequencies in the scope, among passages and, 0 where none is under it, among headings.
    """

    sentences: Ints
    holders: Ints
    bm25: NDArray[np.float64]
    above: Ints
    weight: float
    headed: float

    @classmethod
    def of(cls, one: Postings, passages: int, mean_words: float) -> "Term":
        """Weigh a stem in a scope of so many passages, and words to a sentence on average."""
        held, under = int(_changes(one.passages).sum()), len(one.above)
        weight = inverse_frequency(passages, held)
        parts = bm25_parts(one.counts, one.words.astype(np.float32), mean_words)
        headed = inverse_frequency(passages, under) if under else 0.0
        return cls(one.sentences, one.passages, weight * parts, one.above, weight, headed)

    @property
    def most(self) -> float:
        """What it is worth to any sentence at most."""
        return float(self.bm25.max(initial=0))

    def among(self, passages: Ints) -> "Term":
        """Leave out all but ascending passages; it is worth there what it was."""
        rows = runs(*(np.searchsorted(self.holders, passages, side) for side in ("left", "right")))
        return replace(
            self,
            sentences=self.sentences[rows],
            holders=self.holders[rows],
            bm25=self.bm25[rows],
            above=passages[_find(self.above, passages)[1]],
        )


@dataclass(frozen=True, slots=True)
class Words:
    """Lexical evidence of n sentences and p passages that hold a word that was looked for.

    ``sentences``: (n,) numbers, ascending, ``holders``: (n,) their passages, ``bm25``: (n,);
    ``passages``: (p,) numbers, ascending, of those that hold a word or stand under one,
    ``coverage`` and ``headings``: (p,). Values are divided by the mass: the sum of the inverse
    frequencies of what was looked for.
    """

    sentences: Ints
    holders: Ints
    bm25: Floats
    passages: Ints
    coverage: Floats
    headings: Floats


def weigh_words(terms: Sequence[Term]) -> Words:
    """Add up what terms are worth.

    Term after term is added, in float32: in another order, sums differ in their last bits.
    """
    sentences, holders, scores = summed(terms)
    within = [one.holders[_changes(one.holders)] for one in terms]
    hit, places = together([*within, *(one.above for one in terms)])
    coverage, headings = np.zeros((2, len(hit)), np.float32)
    for one, inside, above in zip(terms, places[: len(terms)], places[len(terms) :], strict=True):
        headings[above] += one.headed
        coverage[np.union1d(inside, above) if len(above) else inside] += one.weight
    share = np.float32(1 / max(sum(one.weight for one in terms), 1e-9))
    return Words(sentences, holders, scores * share, hit, coverage * share, headings * share)


def summed(terms: Sequence[Term]) -> tuple[Ints, Ints, Floats]:
    """Give the sentences that hold any term, ascending, their passages, and their BM25 summed."""
    sentences, places = together([one.sentences for one in terms])
    holders = np.empty(len(sentences), np.int32)
    scores = np.zeros(len(sentences), np.float32)
    for one, row in zip(terms, places, strict=True):
        holders[row] = one.holders
        scores[row] += one.bm25
    return sentences, holders, scores


def along(numbers: Ints, values: Floats | NDArray[np.float64], wanted: Ints) -> Floats:
    """Give the values of wanted numbers, 0 for one that is not among the ascending ``numbers``."""
    found = np.zeros(len(wanted), np.float32)
    places, known = _find(numbers, wanted)
    found[known] = values[places[known]]
    return found


def _find(numbers: Ints, wanted: Ints) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find where wanted numbers are among ascending ones, and whether they are."""
    if not len(numbers):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    # Of another type they would have all of the numbers copied to theirs.
    sought = wanted.astype(numbers.dtype, copy=False)
    places = np.minimum(np.searchsorted(numbers, sought), len(numbers) - 1)
    return places, numbers[places] == sought


def together(runs: Sequence[Ints]) -> tuple[Ints, list[Ints]]:
    """Give all numbers of any run, ascending, and where those of each run are among them.

    By sorting, which is merging: what is ascending already is taken as it is.
    """
    if not runs:
        return np.zeros(0, np.int32), []
    flat = np.concatenate(runs)
    order = np.argsort(flat, kind="stable")
    ascending = flat[order]
    first = _changes(ascending)
    places = np.empty(len(flat), np.int32)
    places[order] = np.cumsum(first, dtype=np.int32) - 1
    return ascending[first], np.split(places, np.cumsum([len(run) for run in runs[:-1]]))


def _changes(ascending: Ints) -> NDArray[np.bool_]:
    """Tell which of ascending numbers are not the one before."""
    other = np.ones(len(ascending), bool)
    other[1:] = ascending[1:] != ascending[:-1]
    return other
