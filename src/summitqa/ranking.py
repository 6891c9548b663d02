"""The linear models over the evidence: which passage first, how sure, and whether at all.

Every weight lives in ``weights.json``, with how it was fitted; ``benchmarks/fit.py`` finds
them anew.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from summitqa.answer import Band
from summitqa.encoder import Floats
from summitqa.evidence import Evidence

RANKING = ("maxsim", "bm25", "length")
CONFIDENCE = ("maxsim", "coverage", "margin")
FOUND = ("maxsim", "coverage")


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted numbers: one weight a feature, and the cuts.

    ``confidence`` and ``found`` are logistic models, their last weight the constant;
    ``threshold`` is the least probability that counts as found; ``strong`` and ``likely``
    are the least confidence of each band.
    """

    ranking: Floats
    confidence: Floats
    found: Floats
    threshold: float
    strong: float
    likely: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    """Read the weights that come with the package."""
    loaded: dict[str, Any] = json.loads(
        resources.files("summitqa").joinpath("weights.json").read_text("utf-8")
    )
    return Weights(
        ranking=np.asarray([loaded["ranking"][name] for name in RANKING], np.float32),
        confidence=np.asarray([loaded["confidence"][name] for name in (*CONFIDENCE, "constant")]),
        found=np.asarray([loaded["found"][name] for name in (*FOUND, "constant")]),
        threshold=float(loaded["threshold"]),
        strong=float(loaded["bands"]["strong"]),
        likely=float(loaded["bands"]["likely"]),
    )


def ranking_features(evidence: Evidence) -> Floats:
    """Give the (c, 3) features of c passages, made comparable within one question.

    The first two are standardised (mean 0, deviation 1), the length only centred.
    """
    columns = np.stack(
        [evidence.best(evidence.similarity), evidence.best(evidence.bm25), evidence.lengths], axis=1
    )
    columns -= columns.mean(axis=0)
    spread = columns[:, :2].std(axis=0)
    columns[:, :2] /= np.maximum(spread, np.float32(1e-6))
    return columns


def rank(evidence: Evidence) -> tuple[Floats, Floats]:
    """Give the scores of the passages, (c,), and their places best first, (c,)."""
    scores: Floats = ranking_features(evidence) @ weights().ranking
    return scores, np.argsort(-scores, kind="stable")


def confidence_features(evidence: Evidence, scores: Floats, order: Any) -> Floats:
    """Give what the confidence in the first passage rests on, (3,)."""
    first = order[0]
    margin = scores[first] - scores[order[1]] if len(order) > 1 else _NO_RIVAL
    similarity = evidence.best(evidence.similarity)[first]
    return np.asarray([similarity, evidence.coverage[first], min(margin, _NO_RIVAL)])


# With no second passage, or one far behind, the margin says no more than this.
_NO_RIVAL = 6.0


def found_features(evidence: Evidence) -> Floats:
    """Give what speaks for the scope holding an answer at all, (2,)."""
    return np.asarray([evidence.best(evidence.similarity).max(), evidence.coverage.max()])


def probability(model: Any, features: Any) -> float:
    """Give a logistic model's probability; the model's last weight is its constant."""
    return float(1 / (1 + np.exp(-(model[:-1] @ features + model[-1]))))


def band(confidence: float) -> Band:
    """Name a confidence."""
    cuts = weights()
    if confidence >= cuts.strong:
        return Band.STRONG
    return Band.LIKELY if confidence >= cuts.likely else Band.WEAK
