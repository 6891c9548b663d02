"""Fit when a question is taken for a taught one, and how sure: ``python -m training.likeness``.

Of each question, the taught ones nearest to it are pairs: right where the passage of the taught
one answers the other, too. Fitted on what may be fitted on; precision and recall are told across
three folds, by article and by shelf. Then a tenth after the other is taught, as
``benchmarks.teaching`` does, and of the questions that are taken for a taught one it is fitted how
many are right.
"""

import argparse
import json
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import natural
from benchmarks.corpus import DATA, Corpus, store_of
from benchmarks.place import models_here, scratch
from benchmarks.rewordings import OTHER, PEOPLE, REWORDED, Group, groups
from benchmarks.teaching import Round, rounds
from summitqa import likeness
from summitqa.encoder import Encoder
from summitqa.likeness import FEATURES, Comparison, differ, features
from summitqa.phrasing import Phrasing
from summitqa.question import Question
from summitqa.ranking import CONSTANT
from summitqa.retrieval import Models
from summitqa.taught import stems_of
from training.fitting import fit_logistic

WEIGHTS = Path(likeness.__file__).with_name("likeness.json")
FOLDS = 3
# What one pair counts: those written for this are few beside people's own.
_COUNTS = {PEOPLE: 1.0, REWORDED: 5.0, OTHER: 5.0}
_NEAREST, _LEAST_COSINE = 12, 0.4
_CUTS = (0.3, 0.4, 0.5, 0.6, 0.7)
THRESHOLD = 0.4

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A question beside a taught one, ``same`` where the words are; ``own``: its rewording."""

    group: str
    put: int
    kind: str
    own: bool
    right: bool
    differs: bool
    same: bool
    features: list[float]


def samples(group: Group, encoder: Encoder) -> Iterator[Sample]:
    """Give each question of a group beside those nearest to it that a passage answers."""
    asked = [Phrasing.of(Question.read(put.text, encoder)) for put in group.puts]
    taught = [
        number for number, put in enumerate(group.puts) if put.kind == PEOPLE and put.of.places
    ]
    vectors = np.stack([asked[number].sentence for number in taught])
    for number, put in enumerate(group.puts):
        cosines = vectors @ asked[number].sentence
        for near in np.argsort(-cosines)[:_NEAREST].tolist():
            other = group.puts[taught[near]].of
            if taught[near] == number or cosines[near] < _LEAST_COSINE:
                continue
            slug, place = other.places[0]
            article = group.articles[slug]
            stems = stems_of(article, article.passages[place - 1])
            found = Comparison.of(asked[number], asked[taught[near]])
            order = found.order()
            yield Sample(
                group.name, number, put.kind, put.of is other, put.answered_by(other),
                differ(found, order), order.ratio() == 1, features(found, order, stems),
            )  # fmt: skip


def fit(some: Sequence[Sample]) -> dict[str, float]:
    """Fit the odds of those that differ in nothing that must not differ, in other words."""
    used = [one for one in some if not one.differs and not one.same]
    weight = np.asarray([_COUNTS[one.kind] for one in used])
    rows = np.asarray([one.features for one in used])
    found = fit_logistic(
        rows, np.asarray([one.right for one in used], float), weight / weight.sum()
    )
    names = (*FEATURES, CONSTANT)
    return {name: round(float(value), 4) for name, value in zip(names, found, strict=True)}


def probabilities(some: Sequence[Sample], odds: dict[str, float], same: float) -> Array:
    """Give what serving makes of each."""
    rows = np.asarray([one.features for one in some])
    logits = rows @ np.asarray([odds[name] for name in FEATURES]) + odds[CONSTANT]
    found = np.minimum(1 / (1 + np.exp(-logits)), same)
    found[[one.same for one in some]] = same
    found[[one.differs for one in some]] = 0
    return np.asarray(found, float)


def same_words(some: Iterable[Sample]) -> float:
    """Give how often the passage is right where the words are the same, by Laplace's rule."""
    right = [one.right for one in some if one.same and not one.differs]
    return round((sum(right) + 1) / (len(right) + 2), 2)


def fold_of(groups: Collection[str]) -> dict[str, int]:
    """Deal articles and shelves into folds."""
    names = sorted({*groups} - {*natural.FITTED_SHELVES})
    fold = {name: number % FOLDS for number, name in enumerate(names)}
    return fold | natural.FITTED_SHELVES


def folds(some: Sequence[Sample]) -> Array:
    """Give each sample what is fitted on the folds without it."""
    fold = fold_of({one.group for one in some})
    found = np.zeros(len(some))
    for left in range(FOLDS):
        within = np.asarray([fold[one.group] == left for one in some])
        rest = [one for one, out in zip(some, within, strict=True) if not out]
        out = [one for one, out in zip(some, within, strict=True) if out]
        found[within] = probabilities(out, fit(rest), same_words(rest))
    return found


def table(some: Sequence[Sample], found: Array) -> Iterator[str]:
    """Tell precision by kind, of each question's likeliest taught one, and recall."""
    best: dict[tuple[str, int], int] = {}
    for number, one in enumerate(some):
        key = (one.group, one.put)
        if key not in best or found[number] > found[best[key]]:
            best[key] = number
    own = {kind: [n for n, one in enumerate(some) if one.own and one.kind == kind]
           for kind in (REWORDED, OTHER)}  # fmt: skip
    yield (
        "| at least | people's own taken: right | reworded taken: right "
        "| of the reworded, found | of the near misses, taken |"
    )
    yield "|---|---|---|---|---|"
    for cut in _CUTS:
        taken = [number for number in best.values() if found[number] >= cut]
        cells = [_right([some[n] for n in taken if some[n].kind == kind])
                 for kind in (PEOPLE, REWORDED)]  # fmt: skip
        shares = [f"{np.mean(found[own[kind]] >= cut):.2f}" for kind in (REWORDED, OTHER)]
        yield f"| {cut} | {' | '.join([*cells, *shares])} |"


def _right(taken: Sequence[Sample]) -> str:
    right = sum(one.right for one in taken)
    return f"{len(taken)}: {right / max(1, len(taken)):.2f}"


def fit_right(taken: Sequence[Round]) -> dict[str, float]:
    """Fit how often the passage is right, by the odds that questions are taken with."""
    odds = np.asarray([[math.log(one.likeness / (1 - one.likeness))] for one in taken])
    right = np.asarray([one.after for one in taken], float)
    slope, constant = fit_logistic(odds, right, np.full(len(taken), 1 / len(taken)))
    return {"odds": round(float(slope), 4), CONSTANT: round(float(constant), 4)}


def taken_of(corpora: dict[str, Corpus], models: Models, folder: Path) -> dict[str, list[Round]]:
    """Give, by group, the rounds in which a question in other words was taken for a taught one."""
    found: dict[str, list[Round]] = {}
    for name, corpus in corpora.items():
        store = store_of(corpus.articles, models.encoder, folder / name)
        for group in groups(name, corpus):
            found[group.name] = [
                one for one in rounds(group, store, models)
                if 0 < one.likeness < likeness.weights().same and one.kind != OTHER
            ]  # fmt: skip
    return found


def told(taken: dict[str, list[Round]]) -> Iterator[str]:
    """Tell, of each fold, what the fit of the others says and how many are right."""
    fold = fold_of(taken)
    yield "| fold | taken | likeness | confidence | right |"
    yield "|---|---|---|---|---|"
    for left in range(FOLDS):
        out, rest = (
            [one for name, some in taken.items() for one in some if (fold[name] == left) is within]
            for within in (True, False)
        )
        said = [likeness.sure(one.likeness, fit_right(rest)) for one in out]
        means = [np.mean([one.likeness for one in out]), np.mean(said),
                 np.mean([one.after for one in out])]  # fmt: skip
        yield f"| {left + 1} | {len(out)} | {' | '.join(f'{mean:.2f}' for mean in means)} |"


def main() -> None:
    """Fit, tell, and write ``src/summitqa/likeness.json``."""
    parser = argparse.ArgumentParser(prog="python -m training.likeness", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    corpora, models = natural.fitted(parser.parse_args().data), models_here()
    found = [
        sample
        for name, corpus in corpora.items()
        for group in groups(name, corpus)
        for sample in samples(group, models.encoder)
    ]
    print("\n".join(table(found, folds(found))))
    fitted = {"odds": fit(found), "threshold": THRESHOLD, "same": same_words(found)}
    _write({**fitted, "right": {"odds": 1.0, CONSTANT: 0.0}})
    with scratch() as folder:
        taken = taken_of(corpora, models, folder)
    print("\n".join(told(taken)))
    _write({**fitted, "right": fit_right([one for some in taken.values() for one in some])})


def _write(fitted: dict[str, object]) -> None:
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")
    likeness.weights.cache_clear()


if __name__ == "__main__":
    main()
