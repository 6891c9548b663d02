"""Fit every weight the product ranks and judges by: ``python -m benchmarks.fit``.

Only the fitting set is looked at, without the articles that are reported. Each question is put to
three scopes that hold its paragraph (its article; 1 to 14 consecutive paragraphs, as in a short
article; a run of articles, as on a shelf) and to three like them, from elsewhere, that do not.
Deterministic.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from benchmarks.corpus import DATA, FITTING, Asked, read, store_of
from benchmarks.measures import at_coverage, calibration_error
from benchmarks.natural import without_reported
from benchmarks.place import encoder_here, scratch
from summitqa import ranking
from summitqa.encoder import Encoder
from summitqa.evidence import Evidence, Scope, gather
from summitqa.question import Question
from summitqa.store import Store

KEPT = 0.99
# Of questions put to an article, this share is taken to be on its topic.
ON_TOPIC = 0.9
BANDS = {"strong": 0.9, "likely": 0.6}
SHORT = 14
FOLDS = 6
RIGHT, ELSEWHERE = ("article", "part", "shelf"), ("article", "part")
TARGET = Path(ranking.__file__).with_name("weights.json")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One question in one scope: its evidence, and the place of the right passage (-1: none)."""

    kind: str
    fold: int
    evidence: Evidence
    right: int


def gather_samples(store: Store, encoder: Encoder, questions: Sequence[Asked]) -> list[Sample]:
    """Put every question to scopes that hold its paragraph, and to some that do not."""
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda item: _samples(store, encoder, *item), enumerate(questions))
        return [sample for samples in found for sample in samples]


def _samples(store: Store, encoder: Encoder, number: int, asked: Asked) -> list[Sample]:
    chance = random.Random(number)
    slug, number_there = asked.places[0]
    home = store.number(slug)
    row = int(store.tables.articles[home]) + number_there - 1
    question = Question.read(asked.text, encoder)
    samples = []
    for kind, scope in _scopes(store, home, row, chance):
        evidence = gather(question, scope)
        place = np.flatnonzero(evidence.passages == row)
        samples.append(Sample(kind, home % FOLDS, evidence, int(place[0]) if len(place) else -1))
    return samples


def _scopes(
    store: Store, home: int, row: int, chance: random.Random
) -> Iterator[tuple[str, Scope]]:
    bounds = store.tables.articles
    total = len(bounds) - 1

    def articles(first: int, count: int) -> Scope:
        return Scope(store, int(bounds[first]), int(bounds[first + count]))

    own = articles(home, 1)
    other = articles(chance.choice([number for number in range(total) if number != home]), 1)
    count = chance.randint(2, total - 1)
    yield "article", own
    yield "part", _part(own, row, chance)
    yield "shelf", articles(_run(chance, home, count, 0, total), count)
    yield "article elsewhere", other
    yield "part elsewhere", _part(other, chance.randrange(other.first, other.last), chance)


def _part(scope: Scope, row: int, chance: random.Random) -> Scope:
    count = chance.randint(1, min(SHORT, scope.passages))
    first = _run(chance, row, count, scope.first, scope.last)
    return Scope(scope.store, first, first + count)


def _run(chance: random.Random, member: int, count: int, first: int, last: int) -> int:
    """Choose where a run of ``count`` in ``first:last`` begins that holds ``member``."""
    return chance.randint(max(first, member - count + 1), min(member, last - count))


def fit_ranking(samples: Sequence[Sample]) -> Array:
    """Fit the conditional logit, on whole articles, in which the right passage is known."""
    known = [s for s in samples if s.kind == "article" and len(s.evidence.passages) > 1]
    longest = max(len(sample.evidence.passages) for sample in known)
    features = np.zeros((len(known), longest, len(ranking.RANKING)))
    absent = np.ones((len(known), longest), bool)
    for number, sample in enumerate(known):
        rows = ranking.ranking_features(sample.evidence)
        features[number, : len(rows)] = rows
        absent[number, : len(rows)] = False
    right = np.asarray([sample.right for sample in known])
    scale = features[~absent].std(axis=0)
    scaled = features / scale
    found: Array = _descend(lambda w: _choice_loss(w, scaled, absent, right), len(scale)) / scale
    return found


def _choice_loss(
    weights: Array, features: Array, absent: NDArray[np.bool], right: NDArray[np.int64]
) -> tuple[float, Array]:
    scores = np.where(absent, -np.inf, features @ weights)
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = exponents / exponents.sum(axis=1, keepdims=True)
    rows = np.arange(len(right))
    loss = -np.log(shares[rows, right]).mean()
    slope = np.einsum("qp,qpf->f", shares, features) / len(right) - features[rows, right].mean(
        axis=0
    )
    return float(loss), slope


def fit_logistic(features: Array, true: Array, share: float | None = None) -> Array:
    """Fit a logistic model; its last weight is the constant.

    With ``share``, the true ones are weighed as if they were that share of all.
    """
    true_share = true.mean()
    sought = true_share if share is None else share
    weight = np.where(true > 0, sought / true_share, (1 - sought) / (1 - true_share))
    scale = features.std(axis=0) + 1e-9
    rows = np.hstack([features / scale, np.ones((len(features), 1))])

    def loss(weights: Array) -> tuple[float, Array]:
        logits = rows @ weights
        chance = 1 / (1 + np.exp(-logits))
        value = (weight * (np.logaddexp(0, logits) - true * logits)).mean()
        return float(value), rows.T @ (weight * (chance - true)) / len(true)

    found: Array = _descend(loss, rows.shape[1]) / np.append(scale, 1)
    return found


def _descend(loss: Callable[[Array], tuple[float, Array]], size: int) -> Array:
    # A little weight decay, so that the optimum is unique.
    def decayed(weights: Array) -> tuple[float, Array]:
        value, slope = loss(weights)
        return value + 1e-4 * float(weights @ weights), slope + 2e-4 * weights

    found: Array = minimize(decayed, np.zeros(size), jac=True, method="L-BFGS-B").x
    return found


@dataclass(frozen=True, slots=True)
class Models:
    """The three models and the threshold."""

    ranking: Array
    confidence: Array
    found: Array
    threshold: float

    @classmethod
    def fit(cls, samples: Sequence[Sample]) -> "Models":
        """Fit them in turn: the later rest on the scores of the first."""
        weights = fit_ranking(samples)
        held = [sample for sample in samples if sample.kind in RIGHT]
        confidence = fit_logistic(leads(held, weights)[:, None], hits(held, weights))
        topical = [s for s in samples if s.kind.split()[0] in ELSEWHERE]
        answerable = np.asarray([sample.right >= 0 for sample in topical], float)
        seen = found_rows(topical, weights)
        found = fit_logistic(seen, answerable, ON_TOPIC)
        threshold = np.quantile(probabilities(found, seen)[answerable > 0], 1 - KEPT)
        return cls(weights, confidence, found, float(threshold))

    def confident(self, samples: Sequence[Sample]) -> Array:
        """Give the probability that the first passage of each sample is right."""
        right = probabilities(self.confidence, leads(samples, self.ranking)[:, None])
        return right * self.answerable(samples)

    def answerable(self, samples: Sequence[Sample]) -> Array:
        """Give the probability that each sample's scope answers at all."""
        return probabilities(self.found, found_rows(samples, self.ranking))


def _scores(sample: Sample, weights: Array) -> Any:
    return ranking.ranking_features(sample.evidence) @ weights


def leads(samples: Sequence[Sample], weights: Array) -> Array:
    """Give the lead of each sample's first passage."""
    return np.asarray([ranking.lead_of(_scores(sample, weights)) for sample in samples])


def hits(samples: Sequence[Sample], weights: Array) -> Array:
    """Tell, as 1 or 0, whether each sample's first passage is the right one."""
    first = [int(np.argmax(_scores(sample, weights))) for sample in samples]
    return np.asarray([a == s.right for a, s in zip(first, samples, strict=True)], float)


def found_rows(samples: Sequence[Sample], weights: Array) -> Array:
    """Give the off-topic model's features of each sample."""
    rows = [ranking.found_features(s.evidence, _scores(s, weights)) for s in samples]
    return np.asarray(rows, float)


def probabilities(model: Array, features: Array) -> Array:
    """Give a logistic model's probabilities of (n, f) rows."""
    chance: Array = 1 / (1 + np.exp(-(features @ model[:-1] + model[-1])))
    return chance


def cross_validate(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Measure the models on articles they were not fitted on, fold by fold, kind by kind."""
    models = [Models.fit([s for s in samples if s.fold != fold]) for fold in range(FOLDS)]
    return {kind: _held_out(samples, kind, models) for kind in RIGHT}


def _held_out(samples: Sequence[Sample], kind: str, models: Sequence[Models]) -> dict[str, float]:
    hit, confident, kept, refused = [], [], [], []
    for fold, model in enumerate(models):
        held = [s for s in samples if s.fold == fold and s.kind == kind]
        away = [s for s in samples if s.fold == fold and s.kind == f"{kind} elsewhere"]
        hit.append(hits(held, model.ranking))
        confident.append(model.confident(held))
        kept.append(model.answerable(held) >= model.threshold)
        refused.append(model.answerable(away) < model.threshold if away else np.zeros(0))
    right, sure = np.concatenate(hit), np.concatenate(confident)
    figures = {
        "recall@1": right.mean(),
        "recall@1 at 80 % coverage": at_coverage(sure, right, 0.8),
        "expected calibration error": calibration_error(sure, right),
        "answerable kept": np.concatenate(kept).mean(),
    }
    if kind in ELSEWHERE:
        figures["off-topic refused"] = np.concatenate(refused).mean()
    return {name: round(float(value), 4) for name, value in figures.items()}


def dump(models: Models, measured: dict[str, Any], questions: int) -> str:
    """Give ``weights.json``: the weights by name, the cuts, and how they were found."""
    constant = ranking.CONSTANT

    def named(names: Sequence[str], values: Array) -> dict[str, float]:
        return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}

    content = {
        "ranking": named(ranking.RANKING, models.ranking),
        "confidence": named((*ranking.CONFIDENCE, constant), models.confidence),
        "found": named((*ranking.FOUND, constant), models.found),
        "threshold": round(models.threshold, 4),
        "bands": BANDS,
        "fitted": {
            "by": "python -m benchmarks.fit",
            "on": f"{FITTING} (SquadShifts new-wiki, Miller et al. 2020), {questions} questions",
            "at": date.today().isoformat(),  # noqa: DTZ011 - a day, for a reader
            "ranking": "conditional logit on whole articles",
            "confidence": "logistic, on articles, parts of articles and shelves",
            "found": f"logistic, {ON_TOPIC:.0%} on topic; keeps {KEPT:.0%} of answerable questions",
            "measured": f"{FOLDS}-fold cross-validation by article",
            "figures": measured,
        },
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Fit, and write the package's weights."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=TARGET, help="where to write the weights")
    options = parser.parse_args()
    corpus = without_reported(read(options.data / FITTING))
    with scratch() as folder:
        encoder = encoder_here()
        store = store_of(corpus.articles, encoder, folder / "fitting")
        samples = gather_samples(store, encoder, corpus.questions)
    text = dump(Models.fit(samples), cross_validate(samples), len(corpus.questions))
    options.out.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
