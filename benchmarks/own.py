"""An article's own questions, as ``summitqa eval`` counts them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.corpus import store_of
from benchmarks.figure import Figure
from benchmarks.measures import interval
from summitqa.answer import Answer
from summitqa.evaluation import Outcome, read_cases, run, summarise
from summitqa.retrieval import Models
from summitqa.settings import Settings
from summitqa_index.sources.shelf import read_sources


def measure(article: Path, questions: Path, models: Models, folder: Path) -> list[Figure]:
    """Ask an article the questions that were written for it; nothing where they are not there."""
    if not (article.exists() and questions.exists()):
        return []
    articles = read_sources([str(article)], Settings(home=folder), lambda *_: None).articles
    store = store_of(articles, models.encoder, folder / "article")

    def ask(question: str, *, article: str | None, top: int) -> Answer:
        return models.ask(store, question, article, top)

    return _figures(run(read_cases(questions), ask))


def _figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    known = [outcome for outcome in outcomes if outcome.case.paragraphs]
    first = np.asarray([float(outcome.rank == 1) for outcome in known])
    bounds = interval(first, [str(number) for number in range(len(known))])
    counted = summarise(outcomes)
    recall = Figure("recall@1, the article's own questions", float(first.mean()), bounds, 0.9)
    others = [
        Figure(name.replace("_", " "), float(value))
        for name, value in counted.items()
        if value is not None and name not in {"recall@1", "p50_ms", "p95_ms"}
    ]
    return [recall, *others]
