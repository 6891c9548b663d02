"""Small models over the evidence: which passage first, how sure, and whether at all.

Ranking is a linear score of each passage, fitted as a conditional logit (McFadden 1974): the
softmax of the scores is the probability of each passage, given that one of them answers. The
best sentences are read then (``summitqa.reading``). From what is known in the end two logistic
models tell whether the question is on the topic at all and, from that too, how surely the first
passage answers. Every weight lives in ``weights.json``, with how it was fitted;
``python -m training.judging`` finds them anew.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summitqa.answer import Band
from summitqa.encoder import Floats, Ints
from summitqa.evidence import LEADING, Evidence
from summitqa.reading import Reading, ReadingWeights, read

RANKING = ("maxsim", "bm25", "length", "headings")
CONSTANT = "constant"
# A signal of confidence: the logarithm of the probability that the question is on the topic.
TOPIC = "topic"
TARGET = Path(__file__).with_name("weights.json")

# A first passage this far ahead, in log-odds, or without any rival, is no surer for more.
_MOST_LEAD = 6.0
# The models are fitted on scopes of some ten to some two hundred passages.
_LEAST_PASSAGES, _MOST_PASSAGES = 10, 256

# A logistic model: what each signal counts, by its name, and the constant.
Model = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judges:
    """The two logistic models, and ``threshold``, the least probability that counts as found."""

    confidence: Model
    found: Model
    threshold: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted numbers.

    ``ranking``: one a feature; ``strong`` and ``likely``: the least confidence of each band.
    There are judges for answers that a reader has seen and for those that none has.
    """

    ranking: Floats
    reading: ReadingWeights
    with_reader: Judges
    alone: Judges
    strong: float
    likely: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    """Read the weights that come with the package."""
    loaded: dict[str, Any] = json.loads(TARGET.read_text("utf-8"))
    return Weights(
        ranking=np.asarray([loaded["ranking"][name] for name in RANKING], np.float32),
        reading=ReadingWeights(**loaded["reading"]),
        with_reader=Judges(**loaded["with_reader"]),
        alone=Judges(**loaded["alone"]),
        strong=float(loaded["bands"]["strong"]),
        likely=float(loaded["bands"]["likely"]),
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the models make of c passages.

    ``features``: (c, 4) what they were ranked by, and ``scores``: (c,) by words and vectors alone,
    -inf of one that only asks, whose own went to the passage that answers it, if one does;
    ``reading``: what is known once the best are read; ``order``: the places of all others, best
    first; ``signals``: what the judges saw; ``on_topic``: the probability that the question is
    about what the scope is about; ``found``: whether that is enough; ``confidence``: the
    probability that the first passage answers; ``probabilities``: (c,) that each does.
    """

    features: Floats
    scores: Floats
    reading: Reading
    order: Ints
    signals: Mapping[str, float]
    on_topic: float
    found: bool
    confidence: float
    probabilities: Floats


def judge(
    evidence: Evidence,
    quotable: Callable[[int], NDArray[np.bool_]],
    odds_of: Callable[[int], float] | None = None,
    answer_of: Callable[[int], int | None] = lambda _: None,
) -> Judgement:
    """Rank the passages and weigh the first.

    ``answer_of``: the place of the passage that answers one that only asks, by its place; see
    ``summitqa.reading.read`` for the other arguments.
    """
    quotable = cache(quotable)  # asked here, and again where the best are read
    features, scores, says = _ranked(evidence, quotable, answer_of)
    reading = read(evidence, scores, quotable, odds_of, weights().reading)
    order = np.argsort(-reading.scores, kind="stable").astype(np.int32)
    order = order[~np.isneginf(reading.scores[order])]
    judges = weights().alone if odds_of is None else weights().with_reader
    seen = signals(evidence, scores, reading)
    on_topic = probability(judges.found, seen)
    told = {**seen, TOPIC: float(np.log(on_topic))}
    confidence = probability(judges.confidence, told) if says else 0.0
    return Judgement(
        features,
        scores,
        reading,
        order,
        seen,
        on_topic,
        says and on_topic >= judges.threshold,
        confidence,
        _shared(reading.scores, int(order[0]), confidence),
    )


def _ranked(
    evidence: Evidence,
    quotable: Callable[[int], NDArray[np.bool_]],
    answer_of: Callable[[int], int | None],
) -> tuple[Floats, Floats, bool]:
    """Give features, scores, and whether there is a passage that says anything.

    One that only asks gives way to what answers it, and is left out: no question answers itself.
    """
    features = ranking_features(evidence)
    plain: Floats = features @ weights().ranking
    scores = plain.copy()
    left = LEADING
    for place in np.argsort(-plain, kind="stable").tolist():
        answer = answer_of(place)
        if answer is not None:
            if scores[answer] < scores[place]:
                features[answer], scores[answer] = features[place], scores[place]
            scores[place] = -np.inf
        elif not quotable(place).any():
            scores[place] = -np.inf
            continue
        left -= 1
        if not left:
            break
    says = not np.isneginf(scores).all()
    return features, scores if says else plain, says


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


def signals(evidence: Evidence, scores: Floats, reading: Reading) -> dict[str, float]:
    """Give what speaks for an answer, by name.

    ``lead``: of the first passage once the best are read; ``odds``: the reader's of its best
    sentence, what one that is not read is taken for included; ``best odds``: of any (0 without a
    reader); ``score``: the best by words and vectors; best ``coverage``, ``headings`` and
    ``cosine``; ``nearness`` of anything to the question's words. The best of many is high by
    chance, so that ``passages``, the logarithm of how many there are, counts against it.
    """
    first = evidence.rows(int(np.argmax(reading.scores)))
    quoted = reading.odds[first][np.argmax(reading.values[first])]
    known = reading.odds[reading.read]
    return {
        "lead": lead_of(reading.scores),
        "odds": weights().reading.unread if np.isnan(quoted) else float(quoted),
        "best odds": float(known.max()) if len(known) else 0.0,
        "score": float(scores.max()),
        "coverage": float(evidence.coverage.max()),
        "headings": float(evidence.headings.max()),
        "cosine": evidence.cosine,
        "nearness": evidence.nearness,
        "passages": float(np.log(np.clip(evidence.total, _LEAST_PASSAGES, _MOST_PASSAGES))),
    }


def probability(model: Model, seen: Mapping[str, float]) -> float:
    """Give a logistic model's probability."""
    odds = sum(weight * (1.0 if name == CONSTANT else seen[name]) for name, weight in model.items())
    return float(1 / (1 + np.exp(-odds)))


def band(confidence: float) -> Band:
    """Name a confidence."""
    cuts = weights()
    if confidence >= cuts.strong:
        return Band.STRONG
    return Band.LIKELY if confidence >= cuts.likely else Band.WEAK
