"""CPU time a question, indexing speed and what a second core adds, in this process."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import natural, processes
from benchmarks.corpus import ANSWERABLE, NEAR_TOPIC, REPORTED, Asked, read, store_of
from benchmarks.figure import Figure
from benchmarks.measures import Array
from summitqa.folder.store import Store
from summitqa.question import clean_question
from summitqa.retrieval import Models
from summitqa_index.vectors import embed

_QUESTIONS, _PASSAGES, _TO_BOT = 400, 100, 40
_ROUNDS = 3


def measure(data: Path, models: Models, folder: Path, every: int = 1) -> list[Figure]:
    """Time questions and passages in this process, then whole processes."""
    corpus = read(data / REPORTED)
    store = store_of(corpus.articles, models.encoder, folder / "reported")
    wanted = max(20, _QUESTIONS // every)
    asked = corpus.questions[:: len(corpus.questions) // wanted][:wanted]

    def whole(text: str, article: str | None) -> None:
        models.ask(store, clean_question(text), article, 3)

    bare = _times(models.encoder.encode, [(one.text,) for one in asked])
    inside = _times(whole, [(one.text, one.article) for one in asked])
    shelf = _times(whole, [(one.text, None) for one in asked])
    some = [(article, one) for article in corpus.articles for one in article.passages]
    spent = _times(lambda *pair: embed(models.encoder, *pair), some[:: len(some) // _PASSAGES])
    return [
        *_percentiles("CPU ms, the encoder alone", bare),
        *_percentiles("CPU ms a question to its article", inside),
        *_percentiles("CPU ms a question to the shelf", shelf),
        *_of_people(data, models, folder, wanted),
        Figure("passages embedded per CPU second", 1000 / float(spent.mean())),
        *_throughput(whole, asked),
        *processes.measure(corpus, folder, [one.text for one in asked[:_TO_BOT]]),
    ]


def _of_people(data: Path, models: Models, folder: Path, wanted: int) -> list[Figure]:
    """Time people's own questions, of their article or the whole shelf, and their bare encoding."""
    given: list[tuple[Store, Asked]] = []
    for name, corpus in natural.reported(data).items():
        store = store_of(corpus.articles, models.encoder, folder / name)
        asked = [one for one in corpus.questions if one.kind in {ANSWERABLE, NEAR_TOPIC}]
        given += [(store, one) for one in asked]
    some = given[:: max(1, len(given) // wanted)]

    def whole(store: Store, asked: Asked) -> None:
        models.ask(store, clean_question(asked.text), asked.article, 3)

    bare = float(_times(models.encoder.encode, [(asked.text,) for _, asked in some]).mean())
    times = _times(whole, some)
    mean, most = float(times.mean()) / bare, float(np.percentile(times, 99)) / bare
    name = "CPU of people's own questions, to the encoder alone"
    return [
        *_percentiles("CPU ms, people's own questions", times),
        Figure(f"{name}, mean", mean, None, 8, most=True),
        Figure(f"{name}, p99", most, None, 25, most=True),
    ]


def _percentiles(name: str, times: Array) -> list[Figure]:
    return [Figure(f"{name}, p{part}", float(np.percentile(times, part))) for part in (50, 95)]


def _times(call: Callable[..., object], given: Sequence[tuple[Any, ...]]) -> Array:
    """Give the CPU milliseconds of each call, all threads together."""
    for arguments in given[:20]:
        call(*arguments)
    spent = []
    for arguments in given:
        start = time.process_time()
        call(*arguments)
        spent.append((time.process_time() - start) * 1000)
    return np.asarray(spent)


def _throughput(ask: Callable[[str, str | None], None], asked: Sequence[Asked]) -> list[Figure]:
    """Ask the same questions of one worker and of two, in turn; the best round of each."""
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(_ROUNDS):
        for workers, taken in seconds.items():
            with ThreadPoolExecutor(workers) as pool:
                start = time.perf_counter()
                list(pool.map(lambda one: ask(one.text, one.article), asked))
                taken.append(time.perf_counter() - start)
    one, two = (len(asked) / min(taken) for taken in seconds.values())
    return [
        Figure("questions a second, one worker", one),
        Figure("questions a second, two workers", two),
        Figure("questions a second, two workers to one", two / one, None, 1.0),
    ]
