"""CPU time a question, indexing speed, cold start and memory, each against its measure."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpus import REPORTED, read, store_of
from benchmarks.measures import Array
from benchmarks.place import home
from benchmarks.quality import Figure
from index.vectors import embed
from summitqa.encoder import Encoder
from summitqa.question import Question, clean_question
from summitqa.retrieval import retrieve

_QUESTIONS, _PASSAGES, _STARTS = 400, 100, 5


def measure(data: Path, encoder: Encoder, folder: Path) -> list[Figure]:
    """Time questions and passages in this process, then whole processes."""
    corpus = read(data / REPORTED)
    store = store_of(corpus.articles, encoder, folder / "reported")
    every = len(corpus.questions) // _QUESTIONS
    asked = corpus.questions[::every][:_QUESTIONS]
    bare = _times(encoder.encode, [(one.text,) for one in asked])

    def whole(text: str, article: str | None) -> None:
        retrieve(store, Question.read(clean_question(text), encoder), article, 3)

    inside = _times(whole, [(one.text, one.article) for one in asked])
    shelf = _times(whole, [(one.text, None) for one in asked])
    some = [(article, one) for article in corpus.articles for one in article.passages][:_PASSAGES]
    spent = _times(lambda *pair: embed(encoder, *pair), some)
    return [
        Figure("CPU ms, the encoder alone, p50", _p(bare, 50)),
        Figure("CPU ms a question in its article, p50", _p(inside, 50)),
        Figure("CPU ms a question in its article, p95", _p(inside, 95)),
        Figure("CPU ms a question to the whole shelf, p50", _p(shelf, 50)),
        Figure(
            "CPU of a question to the encoder's alone",
            _p(inside, 50) / _p(bare, 50),
            None,
            3.0,
            True,
        ),
        Figure("paragraphs embedded per CPU second", 1000 / float(spent.mean())),
        *_processes(folder),
    ]


def _times(call: Callable[..., object], given: Sequence[tuple[Any, ...]]) -> Array:
    for arguments in given[:20]:
        call(*arguments)
    spent = []
    for arguments in given:
        start = time.process_time()
        call(*arguments)
        spent.append((time.process_time() - start) * 1000)
    return np.asarray(spent)


def _p(values: Array, percent: int) -> float:
    return float(np.percentile(values, percent))


def _processes(folder: Path) -> list[Figure]:
    """Time whole processes: ``summitqa ask`` with an index, and only importing the library."""
    place = folder / "home"
    place.mkdir(exist_ok=True)
    models = place / "models"
    if not models.exists():
        models.symlink_to(home() / "models")
    start = "from bot.cli import main; main()"
    ask = [sys.executable, "-c", start, "ask", "Who rolled out the red carpet?"]
    environ = os.environ | {"SUMMITQA_HOME": str(place), "HF_HUB_OFFLINE": "1"}
    subprocess.run(ask, env=environ, check=True, capture_output=True)  # builds the index
    asked = [_run(ask, environ) for _ in range(_STARTS)]
    imported = [
        _run([sys.executable, "-c", "import sentence_transformers"], environ)
        for _ in range(_STARTS)
    ]
    seconds, memory = np.median(asked, axis=0)
    return [
        Figure("`summitqa ask`, whole process, s", float(seconds)),
        Figure("importing sentence_transformers alone, s", float(np.median(imported, axis=0)[0])),
        Figure(
            "`summitqa ask` to importing sentence_transformers",
            float(seconds / np.median(imported, axis=0)[0]),
            None,
            0.4,
            True,
        ),
        Figure("peak memory of `summitqa ask`, MB", float(memory), None, 350, True),
    ]


def _run(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Give the seconds a process took and its peak memory in MB."""
    start = time.perf_counter()
    child = subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return time.perf_counter() - start, usage.ru_maxrss / 1024
