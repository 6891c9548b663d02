"""``make bench``: measure what is asked for, print it, and write ``docs/benchmarks.md``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import growth, quality, speed
from benchmarks.corpus import DATA, missing, store_of
from benchmarks.peers.run import compare
from benchmarks.place import encoder_here, scratch
from benchmarks.report import PAGE, PLOT, Findings, render
from index.sources import read_sources
from summitqa.encoder import Encoder
from summitqa.evaluation import Outcome, read_cases, run
from summitqa.question import Question
from summitqa.retrieval import retrieve
from summitqa.settings import Settings

PARTS = ("quality", "speed", "article", "peers", "growth")


def main() -> int:
    """Run the parts that are asked for; 2 where the data is not there."""
    options = _options()
    lacking = missing(options.data)
    if lacking:
        print(lacking, file=sys.stderr)
        return 2
    findings = _measure(options)
    page = render(findings)
    print(page)
    options.out.write_text(page, "utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=PAGE, help="where to write the page")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be repeated")
    parser.add_argument("--every", type=int, default=1, help="of the questions, every so many-th")
    parser.add_argument("--most", type=int, default=10_000, help="articles of the largest shelf")
    parser.add_argument("--article", type=Path, help="an article to ask --questions of")
    parser.add_argument("--questions", type=Path, help="JSON lines, as `summitqa eval` takes them")
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> Findings:
    parts = options.only or PARTS
    findings = Findings()
    with scratch() as folder:
        encoder = encoder_here()
        if "quality" in parts:
            findings.quality = quality.measure(options.data, encoder, folder, options.every)
        if "speed" in parts:
            findings.speed = speed.measure(options.data, encoder, folder)
        if "article" in parts:
            findings.article = _own_questions(options, encoder, folder)
    if "peers" in parts:
        findings.peers = compare(options.data)
    if "growth" in parts:
        findings.growth = growth.measure(options.data, encoder, options.most)
        _plot(findings)
    return findings


def _own_questions(
    options: argparse.Namespace, encoder: Encoder, folder: Path
) -> Sequence[Outcome]:
    """Ask an article the questions that were written for it."""
    beside = options.data.parent
    article = options.article or beside / "article" / "alaska-summit.txt"
    questions = options.questions or beside / "questions" / "alaska-summit.jsonl"
    if not (article.exists() and questions.exists()):
        return ()
    articles, _ = read_sources([str(article)], Settings(home=folder), lambda *_: None)
    store = store_of(articles, encoder, folder / "article")

    def ask(question: str, *, article: str | None, top: int) -> object:
        return retrieve(store, Question.read(question, encoder), article, top)

    return run(read_cases(questions), ask)  # type: ignore[arg-type]


def _plot(findings: Findings) -> None:
    try:
        growth.plot(list(findings.growth), PLOT)
    except ImportError:
        findings.notes.append(
            "- The plot: `pip install -r benchmarks/requirements.txt` and run again."
        )


if __name__ == "__main__":
    raise SystemExit(main())
