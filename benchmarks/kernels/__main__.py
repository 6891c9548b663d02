"""Whether an older processor gives the same answers: ``python -m benchmarks.kernels``.

ONNX Runtime multiplies int8 by other instructions where a processor has VNNI than where it has
AVX2 alone. Everything is indexed and asked twice, in a process that sees the processor as it is
and in one from which the newer instructions are hidden (``mask.c``), and first passages compared.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.asking import ask_all, own
from benchmarks.corpus import DATA, store_of
from benchmarks.natural import every_corpus
from benchmarks.place import models_here, scratch

_MASK = Path(__file__).with_name("mask.c")


def main() -> None:
    """Ask with each kernel, and print how many first passages are the same."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--firsts", type=Path, help="only write the first passages there")
    options = parser.parse_args()
    if options.firsts:
        options.firsts.write_text(json.dumps(firsts(options.data)), "utf-8")
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "mask.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, _MASK], check=True)
        plain = _asked(options.data, Path(folder, "plain.json"), {})
        masked = _asked(options.data, Path(folder, "masked.json"), {"LD_PRELOAD": str(library)})
    for name, found in plain.items():
        same = sum(one == other for one, other in zip(found, masked[name], strict=True))
        print(
            f"{name}: the same first passage for {same} of {len(found)} ({same / len(found):.2%})"
        )


def _asked(data: Path, out: Path, environment: dict[str, str]) -> dict[str, list[list[object]]]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.kernels",
        "--data",
        str(data),
        "--firsts",
        str(out),
    ]
    subprocess.run(command, check=True, env=os.environ | environment)
    found: dict[str, list[list[object]]] = json.loads(out.read_text("utf-8"))
    return found


def firsts(data: Path) -> dict[str, list[tuple[str, int]]]:
    """Give the first passage of every question: its article and number."""
    found = {}
    with scratch() as folder:
        models = models_here()
        for name, corpus, every in every_corpus(data):
            store = store_of(corpus.articles, models.encoder, folder / name)
            asked = ask_all(store, models, corpus.questions[::every], own)
            matches = [one.answer.matches[0].citation for one in asked]
            found[name] = [(one.article.slug, one.passage.number) for one in matches]
    return found


if __name__ == "__main__":
    main()
