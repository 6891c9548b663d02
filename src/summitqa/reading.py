"""The best few sentences, read: what a reader says of them changes ranking, quote and confidence.

Each sentence has a *promise*, the score of its passage less what its own similarity lacks of the
passage's best. Sentences are read in that order, a passage's second ones somewhat later, until the
next one could not overtake the best even if the reader thought highly of it, or enough have been
read. A sentence that was read counts its promise and a share of the reader's log-odds, any other
what one that is not read is worth.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summitqa.encoder import Floats, Ints
from summitqa.evidence import Evidence

# Only sentences of so many passages are ever read, those that the words and vectors put first.
PASSAGES = 8
# More than any sentence can lack: one that is not to be quoted comes after all others.
_LAST = np.float32(1e3)


@dataclass(frozen=True, slots=True)
class ReadingWeights:
    """The fitted numbers of reading.

    ``sentence``: what a unit of MaxSim counts among the sentences of a passage; ``odds``: what a
    unit of the reader's log-odds counts; ``unread``: the log-odds of a sentence that was not
    read; ``again``: how much later than by its promise another sentence of a passage is read;
    ``reach``: how far behind the best a promise may be and still be read; ``most``: how many
    sentences are read at most; ``close``: within so much of the best, its neighbour in the text
    is quoted with it.
    """

    sentence: float
    odds: float
    unread: float
    again: float
    reach: float
    most: int
    close: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of c passages and their s sentences once the best are read.

    ``scores``: (c,) by passage; ``values``: (s,) by sentence, -inf where it is no candidate;
    ``odds``: (s,) the reader's log-odds that it answers, NaN where it was not read.
    """

    scores: Floats
    values: Floats
    odds: Floats

    @property
    def read(self) -> Ints:
        """The sentences that were read."""
        return np.flatnonzero(~np.isnan(self.odds)).astype(np.int32)


def read(
    evidence: Evidence,
    scores: Floats,
    quotable: Callable[[int], NDArray[np.bool_]],
    odds_of: Callable[[int], float] | None,
    weights: ReadingWeights,
) -> Reading:
    """Read the sentences that may come first.

    ``scores``: (c,) by what words and vectors say; ``quotable``: which sentences of a passage
    may be quoted, by its place; ``odds_of``: the reader's log-odds of a sentence, by its number
    in the evidence, or ``None`` where there is no reader.
    """
    promise = _promise(evidence, scores, quotable, weights.sentence)
    odds = np.full(len(promise), np.nan, np.float32)
    if odds_of is None:
        return Reading(scores, promise, odds)
    turn = promise - np.float32(weights.again) * ~_foremost(evidence, promise)
    best = -np.inf
    for sentence in np.argsort(-turn, kind="stable")[: weights.most]:
        if turn[sentence] + weights.reach < best:
            break
        odds[sentence] = odds_of(int(sentence))
        best = max(best, promise[sentence] + weights.odds * odds[sentence])
    known_odds = np.where(np.isnan(odds), np.float32(weights.unread), odds)
    values = (promise + np.float32(weights.odds) * known_odds).astype(np.float32)
    others = scores + np.float32(weights.odds * weights.unread)
    known = evidence.best(values)
    return Reading(np.where(np.isneginf(known), others, known), values, odds)


def _foremost(evidence: Evidence, promise: Floats) -> NDArray[np.bool_]:
    """Tell which sentences promise as much as any of their passage."""
    counts = np.diff(evidence.firsts, append=len(promise))
    found: NDArray[np.bool_] = promise == np.repeat(evidence.best(promise), counts)
    return found


def _promise(
    evidence: Evidence,
    scores: Floats,
    quotable: Callable[[int], NDArray[np.bool_]],
    sentence: float,
) -> Floats:
    promise = np.full(len(evidence.sentences), -np.inf, np.float32)
    for place in np.argsort(-scores, kind="stable")[:PASSAGES].tolist():
        rows = evidence.rows(place)
        promise[rows] = scores[place] + lacking(evidence, place, quotable(place), sentence)
    return promise


def lacking(evidence: Evidence, place: int, quotable: NDArray[np.bool_], sentence: float) -> Floats:
    """Give what each sentence of a passage lacks of its best, the (n,) values 0 or less.

    ``quotable``: (n,) which of them may be quoted; ``sentence``: what a unit of MaxSim counts.
    """
    value = np.float32(sentence) * evidence.similarity[evidence.rows(place)] - _LAST * ~quotable
    found: Floats = value - value.max()
    return found
