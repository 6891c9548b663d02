"""One system, one process: index every shelf, ask every question, report the cost.

``python worker.py SYSTEM TASK.json RESULT.json``; "SummitQA" is a system among the others. The
task holds the model's folder, shelves of articles, and questions (see task.py).
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

for name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TOKENIZERS_PARALLELISM",
):
    os.environ[name] = "1" if "THREADS" in name else "false"
os.environ["HF_HUB_OFFLINE"] = "1"

_DEPTH = 20


def main() -> None:
    """Run one system."""
    system, task, result = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    given = json.loads(task.read_text("utf-8"))
    began = time.perf_counter()
    index = _system(system)
    searches: list[Any] = []
    spent = []
    first: tuple[float, ...] = ()
    for shelf in given["shelves"]:
        start = time.process_time()
        searches.append(index(given["model"], shelf))
        spent.append(time.process_time() - start)
        if not first:
            searches[0](given["questions"][0]["text"], _DEPTH)
            first = time.perf_counter() - began, time.process_time()
    asked = [
        _ask(one, searches[one["shelf"]], given["shelves"][one["shelf"]])
        for one in given["questions"]
    ]
    figures = {
        "asked": asked,
        "passages per CPU s": _pace(given["shelves"], spent),
        "cold start s": first[0],
        "cold start CPU s": first[1],
        "peak MB": _peak(),
    }
    result.write_text(json.dumps(figures), "utf-8")


def _system(name: str) -> Any:
    if name == "SummitQA":
        from benchmarks.peers.ours import summitqa

        return summitqa()
    import torch

    torch.set_num_threads(1)
    sys.path.insert(0, str(Path(__file__).parent))
    from systems import SYSTEMS  # type: ignore[import-not-found]

    return SYSTEMS[name]()


def _pace(shelves: Sequence[Any], spent: Sequence[float]) -> float:
    """Give the passages a second; of several shelves the first, which loads the model, is out."""
    later = slice(1 if len(shelves) > 1 else 0, None)
    passages = sum(len(article["paragraphs"]) for shelf in shelves[later] for article in shelf)
    return float(passages / max(sum(spent[later]), 1e-9))


def _ask(asked: dict[str, Any], search: Any, shelf: Sequence[dict[str, Any]]) -> dict[str, Any]:
    start = time.process_time()
    spans = search(asked["text"], _DEPTH)
    spent = (time.process_time() - start) * 1000
    order = list(dict.fromkeys(_place(span, shelf) for span in spans))
    right = {tuple(place) for place in asked["places"]}
    rank = next((at for at, place in enumerate(order, start=1) if place in right), 0)
    number, begin, end = spans[0] if spans else (0, 0, 0)
    text = " ".join(shelf[number]["text"][begin:end].split())
    held = any(all(part in text for part in texts) for texts in asked["answers"])
    return {
        "cluster": asked["cluster"],
        "rank": rank,
        "held": held,
        "characters": end - begin,
        "ms": spent,
    }


def _peak() -> float:
    """Give the most memory this process held, in MB (VmHWM, proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _place(span: Sequence[int], shelf: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Give the article, and of its paragraphs the one that a span overlaps most: whose it is."""
    number, begin, stop = span
    paragraphs = shelf[number]["paragraphs"]
    overlaps = [min(stop, end) - max(begin, start) for start, end in paragraphs]
    return number, max(range(len(overlaps)), key=overlaps.__getitem__)


if __name__ == "__main__":
    main()
