"""Fit on samples what passages are ranked by, and logistic models."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from benchmarks.corpus import ANSWERABLE, CONVERSATION, NEAR_TOPIC, OFF_TOPIC
from summitqa import ranking
from summitqa.reading import Reading, ReadingWeights, read
from training.groups import ELSEWHERE
from training.samples import ARTICLE, DOCUMENT, SHELF, SQUAD, TAKEN_OUT, Sample

# What all samples of a source count together, and a kind within it.
SOURCES = {SHELF: 1.0, DOCUMENT: 1.0, ARTICLE: 1.0, SQUAD: 0.4}
KINDS = {
    ANSWERABLE: 1.0,
    NEAR_TOPIC: 1.0,
    TAKEN_OUT: 0.1,
    ELSEWHERE: 0.3,
    OFF_TOPIC: 1.0,
    CONVERSATION: 1.0,
}

Array = NDArray[np.float64]


def fit_ranking(known: Sequence[Sample]) -> Array:
    """Fit the conditional logit: one of the right passages is to come first."""
    longest = max(len(one.right) for one in known)
    features = np.zeros((len(known), longest, len(ranking.RANKING)))
    absent, right = np.ones((2, len(known), longest), bool)
    right[:] = False
    for row, one in enumerate(known):
        features[row, : len(one.right)] = ranking.ranking_features(one.evidence)
        absent[row, : len(one.right)] = False
        right[row, : len(one.right)] = one.right
    scale = features[~absent].std(axis=0)
    weight = weight_of(known)
    scaled = features / scale
    found: Array = _descend(lambda w: _choice(w, scaled, absent, right, weight), len(scale))
    per_unit: Array = found / scale
    return per_unit


def _choice(
    weights: Array,
    features: Array,
    absent: NDArray[np.bool_],
    right: NDArray[np.bool_],
    weight: Array,
) -> tuple[float, Array]:
    scores = np.where(absent, -np.inf, features @ weights)
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = exponents / exponents.sum(axis=1, keepdims=True)
    mass = (shares * right).sum(axis=1, keepdims=True)
    among = shares * right / mass
    loss = -(weight * np.log(mass[:, 0])).sum()
    slope = np.einsum("q,qp,qpf->f", weight, shares - among, features)
    return float(loss), slope


def weight_of(some: Sequence[Sample]) -> Array:
    """Weigh samples by source and kind; they sum to 1."""
    counts = Counter(one.source for one in some)
    raw = np.asarray([SOURCES[one.source] * KINDS[one.kind] / counts[one.source] for one in some])
    weight: Array = raw / raw.sum()
    return weight


def fit_logistic(rows: Array, true: Array, weight: Array) -> Array:
    """Fit a logistic model of (n, f) features; its last weight is the constant."""
    scale = rows.std(axis=0) + 1e-9
    scaled = np.hstack([rows / scale, np.ones((len(rows), 1))])

    def loss(weights: Array) -> tuple[float, Array]:
        logits = scaled @ weights
        value = (weight * (np.logaddexp(0, logits) - true * logits)).sum()
        return float(value), scaled.T @ (weight * (1 / (1 + np.exp(-logits)) - true))

    found: Array = _descend(loss, scaled.shape[1]) / np.append(scale, 1)
    return found


def _descend(loss: Callable[[Array], tuple[float, Array]], size: int) -> Array:
    # A little weight decay, so that the optimum is unique.
    def decayed(weights: Array) -> tuple[float, Array]:
        value, slope = loss(weights)
        return value + 1e-4 * float(weights @ weights), slope + 2e-4 * weights

    found: Array = minimize(decayed, np.zeros(size), jac=True, method="L-BFGS-B").x
    return found


def read_all(
    some: Sequence[Sample], weights: Array, reading: ReadingWeights | None
) -> list[Reading]:
    """Read each sample's best sentences as serving does; without weights nothing is read."""
    ranked = weights.astype(np.float32)
    return [
        read(
            one.evidence,
            ranking.ranking_features(one.evidence) @ ranked,
            one.quotable,
            one.odds_of if reading else None,
            reading or ranking.weights().reading,
        )
        for one in some
    ]
