"""One system, one process: index every article, ask every question, report the cost.

``python worker.py SYSTEM TASK.json RESULT.json``; "SummitQA" is a system among the others. The
task holds the model's folder, articles as text and paragraph spans, and questions.
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
    searches, spent = {}, []
    first: tuple[float, ...] = ()
    for article in given["articles"]:
        start = time.process_time()
        spans = [tuple(span) for span in article["paragraphs"]]
        searches[article["slug"]] = index(given["model"], article["text"], spans)
        spent.append(time.process_time() - start)
        if not first:
            searches[article["slug"]](given["questions"][0]["text"], _DEPTH)
            first = time.perf_counter() - began, time.process_time()
    texts = {article["slug"]: article for article in given["articles"]}
    asked = [
        _ask(one, searches[one["article"]], texts[one["article"]]) for one in given["questions"]
    ]
    paragraphs = [len(article["paragraphs"]) for article in given["articles"]]
    # The first article also loads the model.
    figures = {
        "asked": asked,
        "passages per CPU s": sum(paragraphs[1:]) / max(sum(spent[1:]), 1e-9),
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


def _ask(asked: dict[str, Any], search: Any, article: dict[str, Any]) -> dict[str, Any]:
    start = time.process_time()
    spans = search(asked["text"], _DEPTH)
    spent = (time.process_time() - start) * 1000
    order = list(dict.fromkeys(_paragraph(span, article["paragraphs"]) for span in spans))
    rank = order.index(asked["paragraph"] - 1) + 1 if asked["paragraph"] - 1 in order else 0
    begin, end = spans[0] if spans else (0, 0)
    text = article["text"][begin:end]
    held = any(answer in text for answer in asked["answers"])
    return {
        "article": asked["article"],
        "rank": rank,
        "held": held,
        "characters": len(text),
        "ms": spent,
    }


def _peak() -> float:
    """Give the most memory this process held, in MB (VmHWM, proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _paragraph(span: Sequence[int], paragraphs: Sequence[Sequence[int]]) -> int:
    """Give the paragraph that a span overlaps most: whose it is."""
    overlaps = [min(span[1], end) - max(span[0], start) for start, end in paragraphs]
    return max(range(len(overlaps)), key=overlaps.__getitem__)


if __name__ == "__main__":
    main()
