"""Fit every number the product ranks, reads and judges by: ``python -m training.judging``.

On questions put to articles and shelves that neither the encoder nor the reader was trained on
(``training.samples``). Only what may be fitted on is looked at. Deterministic.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import ANSWERABLE, CONVERSATION, DATA, NEAR_TOPIC, OFF_TOPIC
from benchmarks.measures import auroc, calibration_error
from summitqa import ranking
from summitqa.reading import Reading, ReadingWeights
from training.fitting import (
    KINDS,
    Array,
    fit_logistic,
    fit_ranking,
    read_all,
    weight_of,
)
from training.groups import ELSEWHERE
from training.samples import ARTICLE, DOCUMENT, SHELF, SQUAD, Sample, samples

BANDS = {"strong": 0.9, "likely": 0.5}
KEPT = 0.985  # of people's own questions that are answered
PARTS = 4  # that articles and documents are put into, to measure judges on what they have not seen
WITH_READER = ("lead", "odds", "best odds", "score", "coverage", "cosine", "nearness", "passages")
ALONE = ("lead", "score", "coverage", "headings", "cosine", "nearness", "passages")
AWAY = (ELSEWHERE, OFF_TOPIC, CONVERSATION)
# The best of a grid: some two sentences are read on average, beyond four more adds little.
READING = ReadingWeights(
    sentence=31.0, odds=1.5, unread=-2.0, again=1.5, reach=2.0, most=4, close=4.5
)


def rows_of(
    some: Sequence[Sample], readings: Sequence[Reading], weights: Array
) -> list[dict[str, float]]:
    """Give the signals of each sample."""
    ranked = weights.astype(np.float32)
    return [
        ranking.signals(one.evidence, ranking.ranking_features(one.evidence) @ ranked, reading)
        for one, reading in zip(some, readings, strict=True)
    ]


def first_right(some: Sequence[Sample], readings: Sequence[Reading]) -> Array:
    """Tell, as 1 or 0, whether the passage that comes first answers."""
    pairs = zip(some, readings, strict=True)
    return np.asarray([one.right[np.argmax(reading.scores)] for one, reading in pairs], float)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Two logistic models over named signals, and the least probability that counts as found."""

    names: tuple[str, ...]
    confidence: Array
    found: Array
    threshold: float

    @classmethod
    def of(
        cls, some: Sequence[Sample], seen: Array, hits: Array, names: tuple[str, ...]
    ) -> "Fitted":
        """Fit whether a question is on the topic, and how surely the first passage answers it."""
        kinds = np.asarray([one.kind for one in some])
        natural = np.asarray([one.source != SQUAD for one in some])
        topical = (kinds == ANSWERABLE) & natural
        told = np.flatnonzero(topical | np.isin(kinds, AWAY)).tolist()
        balanced = _balanced([some[row] for row in told], topical[told])
        found = fit_logistic(seen[told], topical[told].astype(float), balanced)
        on_topic = probabilities(found, seen)
        confidence = fit_logistic(_with_topic(seen, on_topic), hits, weight_of(some))
        return cls(names, confidence, found, float(np.quantile(on_topic[topical], 1 - KEPT)))

    def judge(self, seen: Array) -> tuple[Array, Array]:
        """Give, of (n, f) rows, how surely the first passage answers, and whether on the topic."""
        on_topic = probabilities(self.found, seen)
        return probabilities(self.confidence, _with_topic(seen, on_topic)), on_topic

    def dump(self) -> dict[str, Any]:
        """Give the models by the names of their signals."""
        return {
            "confidence": _named((*self.names, ranking.TOPIC, ranking.CONSTANT), self.confidence),
            "found": _named((*self.names, ranking.CONSTANT), self.found),
            "threshold": round(self.threshold, 4),
        }


def _balanced(some: Sequence[Sample], topical: NDArray[np.bool_]) -> Array:
    """Weigh each source alike, and in each what is answered and what is off its topic."""
    sorts = [(one.source, bool(one_is)) for one, one_is in zip(some, topical, strict=True)]
    counts = Counter(sorts)
    return np.asarray([1 / counts[sort] for sort in sorts]) / len(counts)


def _with_topic(seen: Array, on_topic: Array) -> Array:
    return np.column_stack([seen, np.log(on_topic)])


def _named(names: Sequence[str], values: Array) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


def probabilities(model: Array, seen: Array) -> Array:
    """Give a logistic model's probabilities of (n, f) rows."""
    chance: Array = 1 / (1 + np.exp(-(seen @ model[:-1] + model[-1])))
    return chance


def figures(
    some: Sequence[Sample], seen: Array, hits: Array, names: tuple[str, ...]
) -> dict[str, float]:
    """Measure the judges on articles and documents that they were not fitted on either."""
    parts = np.asarray([crc32(one.asked.cluster.encode()) % PARTS for one in some])
    sure, on_topic, cut = np.zeros((3, len(some)))
    for part in range(PARTS):
        taught, held = np.flatnonzero(parts != part).tolist(), parts == part
        model = Fitted.of([some[row] for row in taught], seen[taught], hits[taught], names)
        sure[held], on_topic[held] = model.judge(seen[held])
        cut[held] = model.threshold
    kept = on_topic >= cut
    figure = {}
    for source in (ARTICLE, DOCUMENT, SHELF, SQUAD):
        of = {
            kind: np.asarray([one.source == source and one.kind == kind for one in some])
            for kind in KINDS
        }
        known, near = of[ANSWERABLE], of[NEAR_TOPIC]
        use = known | near
        figure[f"{source}: recall@1"] = hits[known].mean()
        figure[f"{source}: answerable kept"] = kept[known].mean()
        if near.any():
            figure[f"{source}: near-topic kept"] = kept[near].mean()
            figure[f"{source}: AUROC near-topic"] = auroc(sure[known], sure[near])
            figure[f"{source}: calibration error"] = calibration_error(sure[use], hits[use])
            for cut_at in (0.8, 0.85, 0.9):
                strong = use & kept & (sure >= cut_at)
                if strong.any():
                    figure[f"{source}: right above {cut_at}"] = hits[strong].mean()
                figure[f"{source}: share above {cut_at}"] = strong.sum() / use.sum()
        for kind in AWAY:
            if of[kind].any():
                figure[f"{source}: {kind} refused"] = 1 - kept[of[kind]].mean()
    return {name: round(float(value), 4) for name, value in figure.items()}


def main() -> None:
    """Fit, and write the package's weights."""
    parser = argparse.ArgumentParser(prog="python -m training.judging", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--trained", type=Path, default=Path("trained"), help="the folds' models")
    parser.add_argument(
        "--out", type=Path, default=ranking.TARGET, help="where to write the weights"
    )
    options = parser.parse_args()
    options.out.write_text(fitted(samples(options.data, options.trained)), "utf-8")


def fitted(some: Sequence[Sample]) -> str:
    """Fit everything in turn, and give ``weights.json``: the later rest on the earlier."""
    known = [one for one in some if one.kind == ANSWERABLE and one.right.any()]
    weights = fit_ranking(known)
    content: dict[str, Any] = {
        "ranking": _named(ranking.RANKING, weights),
        "reading": asdict(READING),
    }
    measured = {}
    for mode, given, names in (("with_reader", READING, WITH_READER), ("alone", None, ALONE)):
        readings = read_all(some, weights, given)
        rows = rows_of(some, readings, weights)
        seen = np.asarray([[row[name] for name in names] for row in rows])
        hits = first_right(some, readings)
        content[mode] = Fitted.of(some, seen, hits, names).dump()
        measured[mode] = figures(some, seen, hits, names)
        print(json.dumps(measured[mode], indent=1), flush=True)
    content["bands"] = BANDS
    content["fitted"] = {
        "by": "python -m training.judging",
        "on": (
            f"{len(some)} times a question was put to an article or a shelf that neither encoder "
            "nor reader was trained on (SquadShifts new-wiki, Miller et al. 2020, and the "
            "project's own questions)"
        ),
        "at": date.today().isoformat(),  # noqa: DTZ011 - a day, for a reader
        "figures": measured,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
