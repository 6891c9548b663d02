"""What was measured, as a page: ``docs/benchmarks.md``."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.growth import Point
from benchmarks.peers.run import Row
from benchmarks.quality import Figure
from summitqa.evaluation import Outcome, summarise

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PLOT = DOCS / "benchmarks.md", DOCS / "growth.svg"
_PACKAGES = ("summitqa", "numpy", "onnxruntime", "faiss-cpu", "tokenizers", "sentence-transformers")
_INTRODUCTION = """\
# Benchmarks

Written by `make bench`. Weights and thresholds were fitted on SquadShifts new-wiki (Miller et al.
2020) alone, by `python -m benchmarks.fit`; figures are of other data: half of the SQuAD 1.1
development set (Rajpurkar et al. 2016), each question against its own article unless said.
Intervals are 95 %, by bootstrap over whole articles.
"""
_NEAR_TOPIC = """\
## What it cannot do

A question on the article's topic that the article does not answer cannot be refused reliably: the
AUROC above is what the best of these scores reaches, not far from chance. The nearest passage is
quoted with its confidence, and the reader judges. An encoder trained as a reader did little better
(.72) at fifteen times the time a question.
"""


@dataclass
class Findings:
    """What a run measured; what it did not is left out of the page."""

    quality: Sequence[Figure] = ()
    speed: Sequence[Figure] = ()
    article: Sequence[Outcome] = ()
    peers: Sequence[Row] = ()
    growth: Sequence[Point] = ()
    notes: list[str] = field(default_factory=list)


def render(findings: Findings) -> str:
    """Give the page as Markdown."""
    parts = [_INTRODUCTION, _machine()]
    if findings.quality:
        parts += ["## Quality\n", _figures(findings.quality), _NEAR_TOPIC]
    if findings.article:
        given = summarise(findings.article)
        parts += ["## The article's own questions\n", _table(("figure", "value"), given.items())]
    if findings.speed:
        parts += ["## Speed and memory\n", _figures(findings.speed)]
    if findings.peers:
        parts += ["## Beside peers\n", _peers(findings.peers)]
    if findings.growth:
        parts += ["## Growth\n", _growth(findings.growth)]
    parts.append(_missed([*findings.quality, *findings.speed], findings.notes))
    return "\n".join(part for part in parts if part)


def _machine() -> str:
    when = datetime.now(UTC).date().isoformat()
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{when} · {_processor()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release()} · Python {platform.python_version()} · {packages}\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?"
    )


def _figures(figures: Iterable[Figure]) -> str:
    rows = [
        (
            one.name,
            _number(one.value),
            "–".join(_number(bound) for bound in one.bounds) if one.bounds else "",
            "" if one.floor is None else f"{'≤' if one.most else '≥'} {one.floor:g}",
            {None: "", True: "yes", False: "**no**"}[one.reached],
        )
        for one in figures
    ]
    return _table(("figure", "value", "95 % interval", "held to", "reached"), rows)


def _peers(rows: Sequence[Row]) -> str:
    names = list(rows[0].figures)
    lines = [
        (row.system, *(_number(row.figures[name]) for name in names))
        if not row.failed
        else (row.system, f"did not run: {row.failed}", *[""] * (len(names) - 1))
        for row in rows
    ]
    note = (
        "Same model, articles, questions and machine; one thread; each in a process of its own. "
        "SummitQA and txtai are given true paragraphs, the others split as they do by default; a "
        "chunk counts as the paragraph it overlaps most.\n"
    )
    return note + "\n" + _table(("system", *names), lines)


def _growth(points: Sequence[Point]) -> str:
    titles = (
        "articles",
        "passages",
        "CPU s to index",
        "MB on disk",
        "MB of memory",
        "CPU ms a question",
    )
    rows = [
        (
            f"{one.articles:,}",
            f"{one.passages:,}",
            *map(_number, (one.index_seconds, one.megabytes, one.memory, one.question_ms)),
            _number(one.agreement),
        )
        for one in points
    ]
    plotted = "\n![Growth](growth.svg)\n" if PLOT.exists() else ""
    return _table((*titles, "same first passage as exhaustive search"), rows) + plotted


def _missed(figures: Iterable[Figure], notes: Sequence[str]) -> str:
    missed = [
        f"- {one.name}: {_number(one.value)}, held to {'≤' if one.most else '≥'} {one.floor:g}"
        for one in figures
        if one.reached is False
    ]
    if not missed and not notes:
        return ""
    return "\n".join(["## Not reached\n", *missed, *notes, ""])


def _number(value: float) -> str:
    return (
        f"{value:,.0f}"
        if abs(value) >= 100
        else f"{value:.3g}"
        if abs(value) >= 1
        else f"{value:.3f}"
    )


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
