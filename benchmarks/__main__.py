"""``make bench``: measure what is asked for, print it, and write ``docs/benchmarks.md``."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import growth, own, people, quality, speed
from benchmarks.corpus import DATA, missing
from benchmarks.machine import today
from benchmarks.page import added
from benchmarks.peers.run import compare
from benchmarks.place import models_here, scratch
from benchmarks.report import PAGE, Findings, render
from summitqa.retrieval import Models

PARTS = ("speed", "peers", "natural", "quality", "article", "growth")


def main() -> int:
    """Run the parts that are asked for; 2 where the data is not there."""
    options = _options()
    lacking = missing(options.data)
    if lacking:
        print(lacking, file=sys.stderr)
        return 2
    print(_page(options, _measure(options)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--out", type=Path, help="where to write the page, docs/ if all of it")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be repeated")
    parser.add_argument("--every", type=int, default=1, help="of the questions, every so many-th")
    parser.add_argument("--most", type=int, default=100_000, help="articles of the largest shelf")
    parser.add_argument("--article", type=Path, help="an article to ask --questions of")
    parser.add_argument("--questions", type=Path, help="JSON lines, as `summitqa eval` takes them")
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> Findings:
    findings = Findings()
    if options.every > 1:
        findings.notes.append(f"- A quick run: every {options.every}th question only.")
    models = models_here()
    with scratch() as folder:
        for part in (one for one in PARTS if one in (options.only or PARTS)):
            began = time.monotonic()
            print(f"{part} …", file=sys.stderr)
            _part(part, options, findings, models, folder)
            print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr)
            _keep(options, findings)
    return findings


def _keep(options: argparse.Namespace, findings: Findings) -> None:
    """Write the page as far as it is measured, so that a part that fails takes no other along.

    The page in ``docs/`` is never replaced by one of some parts only, unless ``--out`` names it.
    """
    _drawn(options, findings)
    if options.out or not options.only:
        (options.out or PAGE).write_text(_page(options, findings), "utf-8")


def _page(options: argparse.Namespace, findings: Findings) -> str:
    """Render the findings, with what an earlier run kept of growth where this one has none."""
    kept = (options.out or PAGE).with_name("growth.json")
    if not findings.growth and kept.exists():
        points, when = growth.load(kept.read_text("utf-8"))
        findings = replace(findings, growth=points, grown=when)
    return added(render(findings))


def _part(
    part: str, options: argparse.Namespace, findings: Findings, models: Models, folder: Path
) -> None:
    if part == "speed":
        findings.speed = speed.measure(options.data, models, folder, options.every)
    elif part == "peers":
        findings.peers = compare(options.data, options.every)
    elif part == "natural":
        findings.natural = people.measure(options.data, models, folder, options.every)
    elif part == "quality":
        findings.quality = quality.measure(options.data, models, folder, options.every)
    elif part == "article":
        beside = options.data.parent
        article = options.article or beside / "article" / "alaska-summit.txt"
        questions = options.questions or beside / "questions" / "alaska-summit.jsonl"
        findings.article = own.measure(article, questions, models, folder)
    else:
        findings.growth = growth.measure(options.data, models, options.most)


def _drawn(options: argparse.Namespace, findings: Findings) -> None:
    """Keep and plot growth as soon as it is measured."""
    page = options.out or PAGE
    kept, plot = page.with_name("growth.json"), page.with_name("growth.png")
    if findings.growth and not findings.grown:
        findings.grown = today()
        kept.write_text(growth.dump(findings.growth, findings.grown), "utf-8")
        try:
            growth.plot(findings.growth, plot)
        except ImportError:
            findings.notes.append("- No plot: `pip install -r benchmarks/requirements.txt` first.")
    findings.plotted = plot.exists()


if __name__ == "__main__":
    raise SystemExit(main())
