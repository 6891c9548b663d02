"""Every system in turn, on the same sets of questions, each in a process of its own."""

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

from benchmarks.peers.task import tasks
from benchmarks.place import scratch

HERE = Path(__file__).parent
OURS, CHEAP = "SummitQA", "txtai, dense"
_LANGCHAIN = ("langchain-community", "langchain-huggingface", "langchain-text-splitters")
# Each system, and the distributions that running it as measured here takes.
PEERS = {
    "txtai, hybrid": ("txtai",),
    CHEAP: ("txtai",),
    "Haystack, hybrid": ("haystack-ai", "sentence-transformers"),
    "Haystack, dense": ("haystack-ai", "sentence-transformers"),
    "LangChain 1000/200, FAISS": (*_LANGCHAIN, "sentence-transformers", "faiss-cpu"),
    "LangChain 4000/200, FAISS": (*_LANGCHAIN, "sentence-transformers", "faiss-cpu"),
    "LlamaIndex, default": ("llama-index-core", "llama-index-embeddings-huggingface"),
}
MEAN = "CPU ms mean"
_ROOT = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """What one system reached, or, in ``failed``, why it did not run.

    ``firsts``: for each question its article or document, and whether a right paragraph came first.
    """

    system: str
    figures: dict[str, float]
    firsts: Sequence[tuple[str, bool]] = ()
    failed: str | None = None


def compare(data: Path, every: int = 1) -> dict[str, list[Row]]:
    """Run SummitQA and every peer on each set, by its name."""
    python = environment()
    found = {}
    with scratch() as folder:
        for name, given in tasks(data, every).items():
            print(f"  {name}", file=sys.stderr)
            task = folder / "task.json"
            task.write_text(json.dumps(given), "utf-8")
            ours = _run(sys.executable, OURS, ("summitqa",), task)
            theirs = [_run(python, system, needed, task) for system, needed in PEERS.items()]
            found[name] = [ours, *theirs]
    return found


def environment() -> str:
    """Give the Python of the peers' environment, made at the first run."""
    named = os.environ.get("SUMMITQA_BENCH_PEERS")
    folder = Path(named) if named else HERE / ".venv"
    python = folder / "bin" / "python"
    done = folder / "installed"
    wanted = HERE / "requirements.txt"
    if named or (done.exists() and done.read_text("utf-8") == wanted.read_text("utf-8")):
        return str(python)
    print(f"Installing the peers into {folder} (minutes, about 1.7 GB) …", file=sys.stderr)
    venv.create(folder, with_pip=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", str(wanted)], check=True)
    done.write_text(wanted.read_text("utf-8"), "utf-8")
    return str(python)


def _run(python: str, system: str, needed: Sequence[str], task: Path) -> Row:
    result = task.with_name("result.json")
    result.unlink(missing_ok=True)
    print(f"    {system} …", file=sys.stderr)
    ours = [str(_ROOT / folder) for folder in ("src", "bot", "index", ".")]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(ours)}
    if system != OURS:
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
        return Row(system, {}, failed=reason[:200])
    given = json.loads(result.read_text("utf-8"))
    firsts = [(one["cluster"], one["rank"] == 1) for one in given["asked"]]
    return Row(system, _figures(given) | {"installed MB": _size(python, needed)}, firsts)


def _size(python: str, needed: Sequence[str]) -> float:
    command = [python, str(HERE / "sizes.py"), *needed]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _figures(given: dict[str, Any]) -> dict[str, float]:
    asked = given.pop("asked")
    ranks: Sequence[int] = [one["rank"] for one in asked]
    times = [one["ms"] for one in asked]
    return {
        "recall@1": float(np.mean([rank == 1 for rank in ranks])),
        "recall@3": float(np.mean([0 < rank <= 3 for rank in ranks])),
        "MRR@10": float(np.mean([1 / rank if 0 < rank <= 10 else 0 for rank in ranks])),
        "quote hit": float(np.mean([one["held"] for one in asked])),
        "characters quoted": float(np.mean([one["characters"] for one in asked])),
        MEAN: float(np.mean(times)),
        "CPU ms p50": float(np.percentile(times, 50)),
        "CPU ms p95": float(np.percentile(times, 95)),
        **given,
    }
