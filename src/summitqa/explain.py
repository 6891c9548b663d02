"""Why an answer came out as it did: every number between the question and the ranking."""

from collections.abc import Mapping
from dataclasses import dataclass

from summitqa.answer import Band
from summitqa.article import Citation
from summitqa.encoder import Floats
from summitqa.evidence import Evidence, Scope, gather
from summitqa.question import Question
from summitqa.ranking import (
    CONFIDENCE,
    CONSTANT,
    FOUND,
    RANKING,
    Judgement,
    band,
    found_features,
    judge,
    ranking_features,
    weights,
)
from summitqa.retrieval import cite
from summitqa.spelling import respell
from summitqa.store import Store

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that was weighed: its sentence, its score, and the features it is the sum of."""

    citation: Citation
    score: float
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The numbers behind an answer.

    ``searched``: the question as the index spells it; ``passages``: how many the scope has;
    ``candidates``: the best five; ``features``: what the off-topic model and the confidence
    saw; ``weights``: of each model, by its features; ``answerable``: the probability that
    the scope answers at all, held against ``threshold``; ``confidence``: that the first
    passage is right.
    """

    question: str
    searched: str
    index_version: str
    passages: int
    candidates: tuple[Candidate, ...]
    features: Mapping[str, float]
    weights: Mapping[str, Mapping[str, float]]
    answerable: float
    threshold: float
    found: bool
    confidence: float
    band: Band


def why(store: Store, question: Question, article: str | None) -> Explanation:
    """Explain the answer to a question; ArticleUnknownError for an unknown slug."""
    scope = Scope.of(store, article)
    spelt = respell(question, scope)
    evidence = gather(spelt, scope)
    judged = judge(evidence)
    seen = _named(FOUND, found_features(evidence, judged.scores))
    return Explanation(
        question=question.text,
        searched=spelt.given,
        index_version=store.version,
        passages=scope.passages,
        candidates=_candidates(store, evidence, judged),
        features=seen | {CONFIDENCE[0]: judged.lead},
        weights={
            "ranking": _named(RANKING, weights().ranking),
            "found": _named((*FOUND, CONSTANT), weights().found),
            "confidence": _named((*CONFIDENCE, CONSTANT), weights().confidence),
        },
        answerable=judged.answerable,
        threshold=weights().threshold,
        found=judged.found,
        confidence=judged.confidence,
        band=band(judged.confidence),
    )


def _candidates(store: Store, evidence: Evidence, judged: Judgement) -> tuple[Candidate, ...]:
    features = ranking_features(evidence)
    return tuple(
        Candidate(
            cite(store, evidence, int(place)),
            float(judged.scores[place]),
            _named(RANKING, features[place]),
        )
        for place in judged.order[:_SHOWN]
    )


def _named(names: tuple[str, ...], values: Floats) -> dict[str, float]:
    return dict(zip(names, (float(value) for value in values), strict=True))
