"""CPU time a question, indexing speed and what a second core adds, in this process."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import processes
from benchmarks.corpus import REPORTED, Asked, read, store_of
from benchmarks.figure import Figure
from benchmarks.measures import Array
from index.vectors import embed
from summitqa.encoder import Encoder
from summitqa.question import Question, clean_question
from summitqa.retrieval import retrieve

_QUESTIONS, _PASSAGES, _TO_BOT = 400, 100, 40
_ROUNDS = 3


def measure(data: Path, encoder: Encoder, folder: Path, every: int = 1) -> list[Figure]:
    """Time questions and passages in this process, then whole processes."""
    corpus = read(data / REPORTED)
    store = store_of(corpus.articles, encoder, folder / "reported")
    wanted = max(20, _QUESTIONS // every)
    asked = corpus.questions[:: len(corpus.questions) // wanted][:wanted]

    def whole(text: str, article: str | None) -> None:
        retrieve(store, Question.read(clean_question(text), encoder), article, 3)

    bare = _times(encoder.encode, [(one.text,) for one in asked])
    inside = _times(whole, [(one.text, one.article) for one in asked])
    shelf = _times(whole, [(one.text, None) for one in asked])
    some = [(article, one) for article in corpus.articles for one in article.passages]
    spent = _times(lambda *pair: embed(encoder, *pair), some[:: len(some) // _PASSAGES])
    return [
        *_questions(bare, inside, shelf),
        Figure("passages embedded per CPU second", 1000 / float(spent.mean())),
        *_throughput(whole, asked),
        *processes.measure(corpus, folder, [one.text for one in asked[:_TO_BOT]]),
    ]


def _questions(bare: Array, inside: Array, shelf: Array) -> list[Figure]:
    ratio = float(np.percentile(inside, 50) / np.percentile(bare, 50))
    return [
        *_percentiles("CPU ms, the encoder alone", bare),
        *_percentiles("CPU ms a question to its article", inside),
        *_percentiles("CPU ms a question to the shelf", shelf),
        Figure("CPU of a question, to the encoder alone", ratio, None, 3.0, True),
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
