"""Three small models over the evidence: which passage first, how sure, and whether at all.

Ranking is a linear score of each passage, fitted as a conditional logit (McFadden 1974): the
softmax of the scores is the probability of each passage, given that one of them answers. How
far the first leads in it gives the confidence, by Platt scaling (Platt 1999). A logistic model
tells answerable questions from those on another topic. Every weight lives in
``weights.json``, with how it was fitted; ``python -m benchmarks.fit`` finds them anew.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from summitqa.answer import Band
from summitqa.encoder import Floats, Ints
from summitqa.evidence import Evidence

RANKING = ("maxsim", "bm25", "length", "headings")
CONFIDENCE = ("lead",)
FOUND = ("score", "coverage", "cosine", "passages")
CONSTANT = "constant"

# A first passage this far ahead, in log-odds, or without any rival, is no surer for more.
_MOST_LEAD = 6.0
# The off-topic model is fitted on scopes of up to about so many passages.
_MOST_PASSAGES = 64


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
    raw = resources.files("summitqa").joinpath("weights.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(raw)
    return Weights(
        ranking=_row(loaded["ranking"], RANKING),
        confidence=_row(loaded["confidence"], (*CONFIDENCE, CONSTANT)),
        found=_row(loaded["found"], (*FOUND, CONSTANT)),
        threshold=float(loaded["threshold"]),
        strong=float(loaded["bands"]["strong"]),
        likely=float(loaded["bands"]["likely"]),
    )


def _row(named: dict[str, float], names: tuple[str, ...]) -> Floats:
    return np.asarray([named[name] for name in names], np.float32)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the models make of c passages.

    ``scores``: (c,); ``order``: (c,) places, best first; ``lead``: log-odds of the first
    passage against all others; ``answerable``: the probability that the scope answers at all;
    ``found``: whether that is enough; ``confidence``: the probability that the first passage
    is right; ``probabilities``: (c,) that each passage answers, the first one's being it.
    """

    scores: Floats
    order: Ints
    lead: float
    answerable: float
    found: bool
    confidence: float
    probabilities: Floats


def judge(evidence: Evidence) -> Judgement:
    """Rank the passages and weigh the first."""
    model = weights()
    scores: Floats = ranking_features(evidence) @ model.ranking
    order = np.argsort(-scores, kind="stable").astype(np.int32)
    lead = lead_of(scores)
    answerable = probability(model.found, found_features(evidence, scores))
    right = probability(model.confidence, np.asarray([lead]))
    confidence = answerable * right
    return Judgement(
        scores,
        order,
        lead,
        answerable,
        answerable >= model.threshold,
        confidence,
        _shared(scores, int(order[0]), confidence),
    )


def _shared(scores: Floats, first: int, confidence: float) -> Floats:
    """Give each passage its probability: the odds of the scores against the first one's."""
    shares: Floats = (confidence * np.exp(scores - scores[first])).astype(np.float32)
    return shares


def ranking_features(evidence: Evidence) -> Floats:
    """Give the (c, 4) features of c passages: best MaxSim, best BM25, log length, headings."""
    best = [evidence.best(evidence.similarity), evidence.best(evidence.bm25)]
    return np.stack([*best, evidence.lengths, evidence.headings], axis=1)


def lead_of(scores: Floats) -> float:
    """Give the log-odds of the best score's passage in the softmax of (c,) scores."""
    others = np.exp(np.sort(scores)[:-1] - scores.max()).sum(dtype=np.float64)
    return float(-np.log(max(others, np.exp(-_MOST_LEAD))))


def found_features(evidence: Evidence, scores: Floats) -> Floats:
    """Give what speaks for an answer: best score, coverage and cosine, log passages; (4,).

    The best of many is high by chance, so their number counts against it, up to what the
    fitting has seen.
    """
    best = [scores.max(), evidence.coverage.max(), evidence.cosine]
    return np.asarray([*best, np.log(min(evidence.total, _MOST_PASSAGES))], np.float32)


def probability(model: Floats, features: Floats) -> float:
    """Give a logistic model's probability; the model's last weight is its constant."""
    return float(1 / (1 + np.exp(-(model[:-1] @ features + model[-1]))))


def band(confidence: float) -> Band:
    """Name a confidence."""
    cuts = weights()
    if confidence >= cuts.strong:
        return Band.STRONG
    return Band.LIKELY if confidence >= cuts.likely else Band.WEAK
