"""How often the right passage comes first, what is refused, and whether confidence is honest."""

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.corpus import NEAR_TOPIC, REPORTED, Asked, Corpus, read, store_of
from benchmarks.figure import Figure
from benchmarks.measures import Array, at_coverage, auroc, calibration_error, interval
from benchmarks.perturb import WAYS
from summitqa.answer import Answer
from summitqa.encoder import Encoder
from summitqa.lexical import content_words, words
from summitqa.question import Question
from summitqa.retrieval import retrieve
from summitqa.store import Store

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
        return any(text in self.answer.matches[0].citation.quote for text in self.asked.answers)


def ask_all(
    store: Store, encoder: Encoder, questions: Iterable[Asked], scope: Callable[[Asked], str | None]
) -> list[Asking]:
    """Ask every question of the article that ``scope`` gives, or of the shelf for ``None``."""

    def ask(asked: Asked) -> Asking:
        answer = retrieve(store, Question.read(asked.text, encoder), scope(asked), _DEPTH)
        return Asking(asked, answer, _rank(asked, answer))

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(ask, questions))


def _rank(asked: Asked, answer: Answer) -> int:
    for rank, match in enumerate(answer.matches, start=1):
        citation = match.citation
        if (citation.article.slug, citation.passage.number) == (asked.article, asked.paragraph):
            return rank
    return 0


def own(asked: Asked) -> str:
    """Scope a question to its own article."""
    return asked.article


def elsewhere(slugs: Sequence[str]) -> Callable[[Asked], str]:
    """Scope each question to an article it was not asked of, always the same one."""

    def choose(asked: Asked) -> str:
        others = [slug for slug in slugs if slug != asked.article]
        return random.Random(asked.text).choice(others)

    return choose


def measure(data: Path, encoder: Encoder, folder: Path, every: int = 1) -> list[Figure]:
    """Measure on the data that nothing was fitted on; of the questions, every so many-th."""
    corpus = read(data / REPORTED)
    store = store_of(corpus.articles, encoder, folder / "reported")
    questions = corpus.questions[::every]
    inside = ask_all(store, encoder, questions, own)
    slugs = [article.slug for article in corpus.articles]
    away = ask_all(store, encoder, questions, elsewhere(slugs))
    return [
        *_ranking("in its article", inside, 0.880, 0.968),
        _share("recall@1, quarter with the fewest words in common", _lowest(corpus, inside), 0.72),
        *_ranking("whole corpus", ask_all(store, encoder, questions, lambda _: None), 0.86),
        *_quotes(inside),
        *_refusals(inside, away),
        *_confidence(inside),
        *_near_topic(data, encoder, folder, every),
        *_typed(store, encoder, questions[:: max(1, 5 // every)]),
    ]


def _column(askings: Sequence[Asking], value: Callable[[Asking], float]) -> Array:
    return np.asarray([value(asking) for asking in askings], float)


def _first(asking: Asking) -> float:
    return float(asking.rank == 1)


def _share(
    name: str,
    askings: Sequence[Asking],
    floor: float | None = None,
    value: Callable[[Asking], float] = _first,
) -> Figure:
    column = _column(askings, value)
    clusters = [asking.asked.article for asking in askings]
    return Figure(name, float(column.mean()), interval(column, clusters), floor)


def _ranking(
    where: str, askings: Sequence[Asking], first: float, third: float | None = None
) -> list[Figure]:
    return [
        _share(f"recall@1, {where}", askings, first),
        _share(f"recall@3, {where}", askings, third, lambda one: 0 < one.rank <= 3),
        _share(f"MRR@10, {where}", askings, None, lambda one: 1 / one.rank if one.rank else 0),
    ]


def _lowest(corpus: Corpus, askings: Sequence[Asking]) -> list[Asking]:
    """Give the quarter of the questions that share the fewest words with their paragraph."""
    held = {
        (article.slug, passage.number): {
            word.stem for word in words(article.text[passage.start : passage.end])
        }
        for article in corpus.articles
        for passage in article.passages
    }

    def overlap(asking: Asking) -> float:
        stems = {word.stem for word in content_words(words(asking.asked.text))}
        return len(stems & held[asking.asked.article, asking.asked.paragraph]) / max(len(stems), 1)

    return sorted(askings, key=overlap)[: len(askings) // 4]


def _quotes(askings: Sequence[Asking]) -> list[Figure]:
    right = [asking for asking in askings if asking.rank == 1]
    return [
        _share("quote holds the answer, passage right", right, 0.88, lambda one: one.quoted),
        _share("quote holds the answer, end to end", askings, 0.78, lambda one: one.quoted),
    ]


def _refusals(inside: Sequence[Asking], away: Sequence[Asking]) -> list[Figure]:
    kept = _share("answerable questions kept", inside, 0.99, lambda one: one.answer.found)
    refused = _share("off-topic questions refused", away, None, lambda one: not one.answer.found)
    both = np.stack(
        [
            _column(inside, lambda one: one.answer.found),
            _column(away, lambda one: not one.answer.found),
        ],
        axis=1,
    )
    bounds = interval(both, [asking.asked.article for asking in inside])
    balanced = Figure("off-topic balanced accuracy", float(both.mean()), bounds, 0.985)
    return [kept, refused, balanced]


def _confidence(askings: Sequence[Asking]) -> list[Figure]:
    sure, right = _column(askings, lambda one: one.answer.confidence), _column(askings, _first)
    both = np.stack([sure, right], axis=1)
    clusters = [asking.asked.article for asking in askings]

    def figure(
        name: str, statistic: Callable[[Array, Array], float], floor: float | None, most: bool
    ) -> Figure:
        bounds = interval(both, clusters, lambda drawn: statistic(drawn[:, 0], drawn[:, 1]))
        return Figure(name, statistic(sure, right), bounds, floor, most)

    shares = [
        figure(
            f"recall@1 at {part:.0%} coverage", partial(at_coverage, coverage=part), floor, False
        )
        for part, floor in ((0.7, None), (0.8, 0.975), (0.9, None))
    ]
    return [*shares, figure("expected calibration error", calibration_error, 0.03, True)]


def _near_topic(data: Path, encoder: Encoder, folder: Path, every: int) -> list[Figure]:
    """Tell answerable questions from close ones the paragraph does not answer (SQuAD 2.0)."""
    corpus = read(data / NEAR_TOPIC)
    store = store_of(corpus.articles, encoder, folder / "near")
    askings = ask_all(store, encoder, corpus.questions[::every], own)
    answered = [asking.answer.confidence for asking in askings if asking.asked.answers]
    refused = [asking.answer.confidence for asking in askings if not asking.asked.answers]
    area = auroc(np.asarray(answered), np.asarray(refused))
    return [Figure("AUROC, answerable against near-topic (SQuAD 2.0)", area)]


def _typed(store: Store, encoder: Encoder, questions: Sequence[Asked]) -> list[Figure]:
    """Ask a part of the questions as people type them."""
    figures = [_share("recall@1, as written (sample)", ask_all(store, encoder, questions, own))]
    for way, change in WAYS.items():
        typed = [
            Asked(change(asked.text, random.Random(number)), asked.article, asked.paragraph, ())
            for number, asked in enumerate(questions)
        ]
        askings = ask_all(store, encoder, typed, own)
        figures.append(_share(f"recall@1, {way} (sample)", askings))
        kept = [asking.answer.found for asking in askings]
        figures.append(Figure(f"answerable kept, {way} (sample)", float(np.mean(kept))))
    return figures
