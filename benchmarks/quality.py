"""The same of questions written with the paragraph in view (SQuAD), as a guard against regress."""

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.asking import (
    Asking,
    ask_all,
    calibration,
    clusters,
    column,
    confidence,
    elsewhere,
    first,
    of_two,
    own,
    ranking,
    refused,
    separation,
    share,
)
from benchmarks.corpus import REPORTED, UNANSWERED, Asked, Corpus, read, store_of
from benchmarks.figure import Figure
from benchmarks.measures import at_coverage, interval
from benchmarks.perturb import WAYS
from summitqa.folder.store import Store
from summitqa.lexical import content_words, words
from summitqa.retrieval import Models


def measure(data: Path, models: Models, folder: Path, every: int = 1) -> list[Figure]:
    """Measure on SQuAD, of which no answerable question was fitted on; every so many-th."""
    corpus = read(data / REPORTED)
    store = store_of(corpus.articles, models.encoder, folder / "reported")
    questions = corpus.questions[::every]
    inside = ask_all(store, models, questions, own)
    slugs = [article.slug for article in corpus.articles]
    away = ask_all(store, models, questions, elsewhere(slugs))
    figures = [
        *ranking("in its article", inside, 0.90, 0.968),
        share("recall@1, quarter with the fewest words in common", _lowest(corpus, inside), 0.79),
        *ranking("whole corpus", ask_all(store, models, questions, lambda _: None), 0.875),
        *_quotes(inside),
        *_refusals(inside, away),
        *_confidence(inside),
        _near_topic(data, models, folder, every),
        *_typed(store, models, questions[:: max(1, 5 // every)]),
    ]
    return [replace(figure, name=f"SQuAD: {figure.name}") for figure in figures]


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
        return len(stems & held[asking.asked.places[0]]) / max(len(stems), 1)

    return sorted(askings, key=overlap)[: len(askings) // 4]


def _quotes(askings: Sequence[Asking]) -> list[Figure]:
    right = [asking for asking in askings if asking.rank == 1]
    return [
        share("quote holds the answer, passage right", right, 0.88, lambda one: one.quoted),
        share("quote holds the answer, end to end", askings, 0.87, lambda one: one.quoted),
    ]


def _refusals(inside: Sequence[Asking], away: Sequence[Asking]) -> list[Figure]:
    kept = share("answerable questions kept", inside, 0.99, _found)
    apart = share("off-topic questions refused", away, None, refused)
    both = np.stack([column(inside, _found), column(away, refused)], axis=1)
    bounds = interval(both, clusters(inside))
    balanced = Figure("off-topic balanced accuracy", float(both.mean()), bounds, 0.985)
    return [kept, apart, balanced]


def _found(asking: Asking) -> float:
    return float(asking.answer.found)


def _confidence(askings: Sequence[Asking]) -> list[Figure]:
    shares = [
        of_two(
            f"recall@1 at {part:.0%} coverage",
            askings,
            (confidence, first),
            partial(at_coverage, coverage=part),
            floor,
        )
        for part, floor in ((0.7, None), (0.8, 0.975), (0.9, None))
    ]
    return [*shares, calibration("expected calibration error", askings, 0.03)]


def _near_topic(data: Path, models: Models, folder: Path, every: int) -> Figure:
    """Tell answerable questions from close ones the paragraph does not answer (SQuAD 2.0)."""
    corpus = read(data / UNANSWERED)
    store = store_of(corpus.articles, models.encoder, folder / "near")
    askings = ask_all(store, models, corpus.questions[::every], own)
    return separation("AUROC, answerable against near-topic (2.0)", askings, 0.77)


def _typed(store: Store, models: Models, questions: Sequence[Asked]) -> list[Figure]:
    """Ask a part of the questions as people type them."""
    figures = [share("recall@1, as written (sample)", ask_all(store, models, questions, own))]
    for way, change in WAYS.items():
        typed = [
            replace(asked, text=change(asked.text, random.Random(number)))
            for number, asked in enumerate(questions)
        ]
        askings = ask_all(store, models, typed, own)
        figures.append(share(f"recall@1, {way} (sample)", askings))
        kept = float(column(askings, _found).mean())
        figures.append(Figure(f"answerable kept, {way} (sample)", kept))
    return figures
