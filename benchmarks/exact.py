"""What an exhaustive search would give, to hold the quick one to."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.measures import Array
from summitqa import evidence
from summitqa.encoder import Floats
from summitqa.evidence import gather
from summitqa.folder.nearest import nearest
from summitqa.folder.store import Store
from summitqa.question import Question
from summitqa.ranking import ranking_features, weights
from summitqa.snapshot import Scope
from summitqa_index.folder.stored import stored
from summitqa_index.vectors import sentence_vectors

_NEAREST = 100
_ALIKE = 0.01
_BATCH = 512


def agreement(store: Store, questions: Sequence[Question], different: int) -> float:
    """Give how often the first passage is the one that weighing every passage puts first.

    Passages as many as ``different`` apart are near-copies of each other, and count as the same.
    """
    scope = store.scope(None)
    quick = [_first(question, scope) for question in questions]
    usual, evidence.ALL_UP_TO = evidence.ALL_UP_TO, scope.passages
    try:
        exact = [_first(question, scope) for question in questions]
    finally:
        evidence.ALL_UP_TO = usual
    return float(np.mean([(a - b) % different == 0 for a, b in zip(quick, exact, strict=True)]))


def _first(question: Question, scope: Scope) -> int:
    found = gather(question, scope)
    scores = ranking_features(found) @ weights().ranking
    return int(found.passages[np.argmax(scores)])


def sentence_recall(store: Store, questions: Sequence[Question]) -> float:
    """Give the share of each question's nearest sentences that the store's index gives.

    Near-copies lie closer together than a byte a component can tell: what is as near as the
    last of the exact nearest, but for ``_ALIKE``, is one of them.
    """
    asked = np.stack([question.sentence for question in questions])
    cosines: Array = np.concatenate([asked @ part.T for part in _sentences(store)], axis=1)
    last = cosines.shape[1]
    count = min(_NEAREST, last)
    shares = []
    for question, row in zip(questions, cosines, strict=True):
        least = np.partition(row, last - count)[last - count] - _ALIKE
        found, _ = nearest(store.vectors, question.sentence, count, 0, last)
        shares.append(float((row[found] >= least).sum()) / count)
    return float(np.mean(shares))


def _sentences(store: Store) -> Iterator[Floats]:
    """Give all sentence vectors, some passages at a time."""
    total = len(store.tables.passage_spans)
    for start in range(0, total, _BATCH):
        rows = range(start, min(start + _BATCH, total))
        yield np.concatenate([sentence_vectors(stored(store, row)) for row in rows])
