"""Figures of quality from outcomes: calibration, coverage, ranking of scores, intervals."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def calibration_error(confidence: Array, right: Array, bins: int = 15) -> float:
    """Expected calibration error (Naeini et al. 2015), over bins of equal mass."""
    parts = np.array_split(np.argsort(confidence, kind="stable"), bins)
    gaps = [
        abs(confidence[part].mean() - right[part].mean()) * len(part) for part in parts if len(part)
    ]
    return float(sum(gaps) / len(confidence))


def at_coverage(confidence: Array, right: Array, coverage: float) -> float:
    """Give the share that is right among the most confident ``coverage`` of all."""
    surest = np.argsort(-confidence, kind="stable")[: round(coverage * len(right))]
    return float(right[surest].mean())


def auroc(positive: Array, negative: Array) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative."""
    both = np.sort(np.concatenate([positive, negative]))
    left, right = (np.searchsorted(both, positive, side=side) for side in ("left", "right"))
    ranks = (left + right + 1) / 2
    count = len(positive)
    return float((ranks.sum() - count * (count + 1) / 2) / (count * len(negative)))


def interval(
    values: Array,
    clusters: Sequence[str],
    statistic: Callable[[Array], float] = np.mean,
    draws: int = 1000,
) -> tuple[float, float]:
    """Give the 95 % bootstrap interval of a statistic, drawing whole clusters (Efron 1979)."""
    names = np.asarray(clusters)
    groups = [values[names == name] for name in dict.fromkeys(clusters)]
    chance = np.random.default_rng(0)
    drawn = []
    for _ in range(draws):
        picks = chance.integers(len(groups), size=len(groups))
        drawn.append(statistic(np.concatenate([groups[pick] for pick in picks])))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
