"""Questions put to a store, what they got, and figures of it."""

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks.corpus import ANSWERABLE, Asked
from benchmarks.figure import Figure
from benchmarks.measures import Array, auroc, calibration_error, interval
from summitqa.answer import Answer
from summitqa.folder.store import Store
from summitqa.retrieval import Models

_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, what was answered, and the rank of the right passage (0: not in the first 10)."""

    asked: Asked
    answer: Answer
    rank: int

    @property
    def quoted(self) -> bool:
        """Whether the first quote holds one of the answers."""
        return self.asked.answered_by(self.answer.matches[0].citation.quote)


def ask_all(
    store: Store, models: Models, questions: Iterable[Asked], scope: Callable[[Asked], str | None]
) -> list[Asking]:
    """Ask every question of the article that ``scope`` gives, or of the shelf for ``None``."""

    def ask(asked: Asked) -> Asking:
        answer = models.ask(store, asked.text, scope(asked), _DEPTH)
        return Asking(asked, answer, _rank(asked, answer))

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(ask, questions))


def _rank(asked: Asked, answer: Answer) -> int:
    for rank, match in enumerate(answer.matches, start=1):
        citation = match.citation
        if (citation.article.slug, citation.passage.number) in asked.places:
            return rank
    return 0


def own(asked: Asked) -> str | None:
    """Scope a question to what it is asked of."""
    return asked.article


def elsewhere(slugs: Sequence[str]) -> Callable[[Asked], str]:
    """Scope each question to an article it was not asked of, always the same one."""

    def choose(asked: Asked) -> str:
        others = [slug for slug in slugs if slug != asked.article]
        return random.Random(asked.text).choice(others)

    return choose


def of_kind(kind: str, askings: Sequence[Asking]) -> list[Asking]:
    """Give those of one kind."""
    return [asking for asking in askings if asking.asked.kind == kind]


def column(askings: Sequence[Asking], value: Callable[[Asking], float]) -> Array:
    """Give a number of each."""
    return np.asarray([value(asking) for asking in askings], float)


def clusters(askings: Sequence[Asking]) -> list[str]:
    """Give of each what a bootstrap draws whole."""
    return [asking.asked.cluster for asking in askings]


def first(asking: Asking) -> float:
    """Whether the right passage comes first."""
    return float(asking.rank == 1)


def confidence(asking: Asking) -> float:
    """How sure the answer says it is."""
    return asking.answer.confidence


def refused(asking: Asking) -> float:
    """Whether it was said that nothing answers."""
    return float(not asking.answer.found)


def share(
    name: str,
    askings: Sequence[Asking],
    floor: float | None = None,
    value: Callable[[Asking], float] = first,
) -> Figure:
    """Give a mean, and its interval."""
    values = column(askings, value)
    return Figure(name, float(values.mean()), interval(values, clusters(askings)), floor)


def ranking(
    where: str, askings: Sequence[Asking], one: float, three: float | None = None
) -> list[Figure]:
    """Give how far in front the right passage stands."""
    return [
        share(f"recall@1, {where}", askings, one),
        share(f"recall@3, {where}", askings, three, lambda asking: 0 < asking.rank <= 3),
        share(f"MRR@10, {where}", askings, None, lambda one: 1 / one.rank if one.rank else 0),
    ]


def of_two(
    name: str,
    askings: Sequence[Asking],
    values: tuple[Callable[[Asking], float], Callable[[Asking], float]],
    statistic: Callable[[Array, Array], float],
    floor: float | None = None,
    *,
    most: bool = False,
) -> Figure:
    """Give a statistic of two numbers of each, and its interval."""
    both = np.stack([column(askings, value) for value in values], axis=1)
    bounds = interval(both, clusters(askings), lambda drawn: statistic(drawn[:, 0], drawn[:, 1]))
    return Figure(name, statistic(both[:, 0], both[:, 1]), bounds, floor, most)


def calibration(name: str, askings: Sequence[Asking], ceiling: float) -> Figure:
    """Give how far the confidence is from how often the first passage is right."""
    return of_two(name, askings, (confidence, first), calibration_error, ceiling, most=True)


def separation(name: str, askings: Sequence[Asking], floor: float | None = None) -> Figure:
    """Give how well the confidence tells answerable questions from the others."""

    def area(sure: Array, answerable: Array) -> float:
        return auroc(sure[answerable > 0], sure[answerable == 0])

    def answerable(asking: Asking) -> float:
        return float(asking.asked.kind == ANSWERABLE)

    return of_two(name, askings, (confidence, answerable), area, floor)
