"""Words in common: what each sentence and passage that holds one is worth, and no other.

Kept sparse, as numbers of what was hit beside their values: of a large shelf a question's words
touch few sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from summitqa.encoder import Floats, Ints
from summitqa.lexical import bm25_parts, inverse_frequency
from summitqa.snapshot import Postings

# Where fewer than one in so many of a span's numbers are hit, merging runs costs less than marking
# the span. CPU ms of five runs in a million: 4,000 hits 0.4 by marks, 0.1 merged · 74,000 2.9, 1.6
# · 378,000 6.1, 9.5.
_SPARSE = 8


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


def weigh_words(postings: Sequence[Postings], passages: int, mean_words: float) -> Words:
    """Weigh stems by where they stand in a scope of so many passages.

    ``mean_words``: how many words a sentence has on average. Stem after stem is added, in
    float32: in another order, sums differ in their last bits.
    """
    sentences, rows = together([one.sentences for one in postings])
    within = [_distinct(one.passages) for one in postings]
    hit, places = together([*within, *(one.above for one in postings)])
    holders = np.empty(len(sentences), np.int32)
    scores = np.zeros(len(sentences), np.float32)
    coverage, headings = np.zeros((2, len(hit)), np.float32)
    mass = 0.0
    for one, row, inside, above in zip(
        postings, rows, places[: len(postings)], places[len(postings) :], strict=True
    ):
        weight = inverse_frequency(passages, len(inside))
        holders[row] = one.passages
        scores[row] += weight * bm25_parts(one.counts, one.words.astype(np.float32), mean_words)
        if len(above):
            headings[above] += inverse_frequency(passages, len(above))
        coverage[np.union1d(inside, above) if len(above) else inside] += weight
        mass += weight
    share = np.float32(1 / max(mass, 1e-9))
    return Words(sentences, holders, scores * share, hit, coverage * share, headings * share)


def along(numbers: Ints, values: Floats, wanted: Ints) -> Floats:
    """Give the values of wanted numbers, 0 for one that is not among the ascending ``numbers``."""
    found = np.zeros(len(wanted), np.float32)
    if len(numbers):
        places = np.minimum(
            np.searchsorted(numbers, wanted.astype(numbers.dtype)), len(numbers) - 1
        )
        known = numbers[places] == wanted
        found[known] = values[places[known]]
    return found


def together(runs: Sequence[Ints]) -> tuple[Ints, list[Ints]]:
    """Give all numbers of any run, ascending, and where those of each run are among them."""
    filled = [run for run in runs if len(run)]
    if not filled:
        empty = np.zeros(0, np.int32)
        return empty, [empty] * len(runs)
    low = min(int(run.min()) for run in filled)
    span = max(int(run.max()) for run in filled) - low + 1
    if _SPARSE * sum(map(len, filled)) < span:
        return _merged(runs)
    return _marked(runs, low, span)


def _marked(runs: Sequence[Ints], low: int, span: int) -> tuple[Ints, list[Ints]]:
    """Do so by marks over the span of the numbers: several times quicker where they are many."""
    marked = np.zeros(span, bool)
    for run in runs:
        marked[run - low] = True
    found = np.flatnonzero(marked).astype(np.int32)
    places = np.empty(span, np.int32)
    places[found] = np.arange(len(found), dtype=np.int32)
    return found + np.int32(low), [places[run - low] for run in runs]


def _merged(runs: Sequence[Ints]) -> tuple[Ints, list[Ints]]:
    """Do so by sorting, which is merging, as what is ascending already is taken as it is."""
    flat = np.concatenate(runs)
    order = np.argsort(flat, kind="stable")
    ascending = flat[order]
    first = np.ones(len(flat), bool)
    first[1:] = ascending[1:] != ascending[:-1]
    places = np.empty(len(flat), np.int32)
    places[order] = np.cumsum(first, dtype=np.int32) - 1
    return ascending[first], np.split(places, np.cumsum([len(run) for run in runs[:-1]]))


def _distinct(ascending: Ints) -> Ints:
    """Give ascending numbers, each once."""
    other = np.ones(len(ascending), bool)
    other[1:] = ascending[1:] != ascending[:-1]
    return ascending[other]
