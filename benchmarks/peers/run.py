"""Every system in turn, on the same articles and questions, each in a process of its own."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpus import REPORTED, Corpus, read
from benchmarks.place import home, scratch
from summitqa.model import source_of
from summitqa.settings import DEFAULT_MODEL

HERE = Path(__file__).parent
PEERS = (
    "txtai, hybrid",
    "txtai, dense",
    "Haystack, hybrid",
    "Haystack, dense",
    "LangChain 1000/200, FAISS",
    "LangChain default 4000/200, FAISS",
    "LlamaIndex, default",
)
_ROOT = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """What one system reached, or, in ``failed``, why it did not run."""

    system: str
    figures: dict[str, float]
    failed: str | None = None


def compare(data: Path, articles: int = 12, questions: int = 480) -> list[Row]:
    """Run SummitQA and every peer on the first articles, over evenly drawn questions."""
    python = environment()
    with scratch() as folder:
        task = folder / "task.json"
        task.write_text(json.dumps(_task(read(data / REPORTED).only(articles), questions)), "utf-8")
        ours = _run(sys.executable, "SummitQA", task)
        return [ours, *(_run(python, name, task) for name in PEERS)]


def environment() -> str:
    """Give the Python of the peers' environment, made at the first run."""
    named = os.environ.get("SUMMITQA_BENCH_PEERS")
    folder = Path(named) if named else home() / "peers"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        wanted = str(HERE / "requirements.txt")
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", wanted], check=True)
    return str(python)


def _task(corpus: Corpus, questions: int) -> dict[str, Any]:
    every = max(1, len(corpus.questions) // questions)
    return {
        "model": source_of(DEFAULT_MODEL),
        "articles": [
            {
                "slug": article.slug,
                "text": article.text,
                "paragraphs": [(one.start, one.end) for one in article.passages],
            }
            for article in corpus.articles
        ],
        "questions": [
            {
                "text": asked.text,
                "article": asked.article,
                "paragraph": asked.paragraph,
                "answers": asked.answers,
            }
            for asked in corpus.questions[::every][:questions]
        ],
    }


def _run(python: str, system: str, task: Path) -> Row:
    result = task.with_name("result.json")
    result.unlink(missing_ok=True)
    environ = os.environ | {"PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'src'}"}
    if system != "SummitQA":
        environ.pop("PYTHONPATH")
    done = subprocess.run(
        [python, str(HERE / "worker.py"), system, str(task), str(result)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not result.exists():
        reason = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return Row(system, {}, reason[:200])
    return Row(system, _figures(json.loads(result.read_text("utf-8"))))


def _figures(given: dict[str, Any]) -> dict[str, float]:
    asked = given.pop("asked")
    ranks: Sequence[int] = [one["rank"] for one in asked]
    times = [one["ms"] for one in asked]
    return {
        "recall@1": float(np.mean([rank == 1 for rank in ranks])),
        "recall@3": float(np.mean([0 < rank <= 3 for rank in ranks])),
        "MRR@10": float(np.mean([1 / rank if 0 < rank <= 10 else 0 for rank in ranks])),
        "first text holds the answer": float(np.mean([one["held"] for one in asked])),
        "its characters": float(np.mean([one["characters"] for one in asked])),
        "CPU ms p50": float(np.percentile(times, 50)),
        "CPU ms p95": float(np.percentile(times, 95)),
        **given,
    }
