"""What was measured, as a page: ``docs/benchmarks.md``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.growth import Point
from benchmarks.machine import described
from benchmarks.peers.run import ARTICLES, QUESTIONS, Row
from benchmarks.versus import margins

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
FINDINGS = Path(__file__).with_name("findings.md")
_INTRODUCTION = """\
# Benchmarks

Written by `make bench`. Weights and thresholds were fitted on SquadShifts new-wiki (Miller et al.
2020) alone, by `python -m benchmarks.fit`; figures are of other data: half of the SQuAD 1.1
development set (Rajpurkar et al. 2016), each question against its own article unless said.
Intervals are 95 %, by bootstrap over whole articles. CPU times are of all threads together.
"""
_NEAR_TOPIC = """\
## What it cannot do

A question on the article's topic that the article does not answer cannot be refused reliably: the
AUROC of its confidence on SQuAD 2.0, in the table above, is not far from chance (0.5). The nearest
passage is quoted with its confidence, and the reader judges.
"""
_PEERS = f"""\
Same model, machine and run, the same {ARTICLES} articles and {QUESTIONS} questions, each to its
article; one thread, each system in a process of its own, set up as its own documentation does.
SummitQA and txtai are given true paragraphs, the others split by themselves; a chunk counts as the
paragraph it overlaps most. "Quote hit": the first text given holds an answer, which is easy for
a system that gives a whole chunk, hence the characters. Cold start: import, load the model, index
one article, answer. Installed size: the packages and all they require; without the model for
peers, with it (91 MB) for SummitQA, which also installs both chat platforms' libraries.
"""
_GROWTH = """\
Articles of one real paragraph each, cut to two sentences, two words exchanged in each; repeated
paragraphs reuse vectors, as an incremental build does, with a little noise, and their encoding is
multiplied from that of the different ones. Memory leaves out what is read where it is needed.
"Same first passage": as weighing every passage of the shelf gives, or a near-copy of it (12
questions). "Nearest sentences": the share of the exact 100 nearest that FAISS gives (60
questions; cosines within 0.01 count as equal, as near-copies lie that close): exact up to 100,000
sentences, by lists beyond. A paragraph of the largest shelf has 125 near-copies: they crowd the 64
candidates that are weighed closely, as real articles would not.
"""


@dataclass
class Findings:
    """What a run measured; what it did not is left out of the page."""

    quality: Sequence[Figure] = ()
    speed: Sequence[Figure] = ()
    article: Sequence[Figure] = ()
    peers: Sequence[Row] = ()
    growth: Sequence[Point] = ()
    grown: str = ""
    plotted: bool = False
    notes: list[str] = field(default_factory=list)


def render(findings: Findings) -> str:
    """Give the page as Markdown."""
    beside = margins(findings.peers)
    figures = [*findings.quality, *findings.article, *beside, *findings.speed]
    held = [one for one in figures if one.floor is not None]
    sections = [
        ("What it is held to", _held(held)),
        ("Not reached", _missed(held)),
        ("Quality", _figures(findings.quality)),
        ("The article's own questions", _figures(findings.article)),
        ("Speed, memory and size", _figures(findings.speed)),
        ("Beside peers", _beside(findings.peers, beside)),
        ("Growth", _growth(findings)),
        ("Notes on this run", "".join(f"{note}\n" for note in findings.notes)),
    ]
    parts = [_INTRODUCTION, described()]
    for title, text in sections:
        parts += [f"## {title}\n", text] if text else []
        parts += [_NEAR_TOPIC] if text and title == "Quality" else []
    return "\n".join(parts)


def _held(figures: Sequence[Figure]) -> str:
    rows = [
        (
            one.name,
            f"{'≤' if one.most else '≥'} {one.floor:g}",
            _number(one.value),
            _bounds(one),
            "yes" if one.reached else "**no**",
        )
        for one in figures
    ]
    return _table(("figure", "held to", "value", "95 % interval", "reached"), rows) if rows else ""


def _figures(figures: Iterable[Figure]) -> str:
    rows = [(one.name, _number(one.value), _bounds(one)) for one in figures]
    return _table(("figure", "value", "95 % interval"), rows) if rows else ""


def _bounds(figure: Figure) -> str:
    return " to ".join(_number(bound) for bound in figure.bounds) if figure.bounds else ""


def _missed(held: Sequence[Figure]) -> str:
    """Name what was missed, and include what was found out about it by hand."""
    missed = [
        f"- {one.name}: {_number(one.value)}, held to {'≤' if one.most else '≥'} {one.floor:g}\n"
        for one in held
        if one.reached is False
    ]
    if not missed:
        return ""
    tried = f"\n{FINDINGS.read_text('utf-8')}" if FINDINGS.exists() else ""
    return "".join(missed) + tried


def _beside(rows: Sequence[Row], beside: Sequence[Figure]) -> str:
    if not rows:
        return ""
    names = list(rows[0].figures)
    lines = [
        (row.system, *(_number(row.figures[name]) for name in names))
        if not row.failed
        else (row.system, f"did not run: {row.failed}", *[""] * (len(names) - 1))
        for row in rows
    ]
    return f"{_PEERS}\n{_table(('system', *names), lines)}\n{_figures(beside)}"


def _growth(findings: Findings) -> str:
    if not findings.growth:
        return ""
    titles = (
        "articles",
        "sentences",
        "CPU s to index",
        "of them to write",
        "s to open",
        "MB on disk",
        "MB of memory",
        "CPU ms a question",
        "same first passage",
        "nearest sentences",
    )
    rows = [
        (
            f"{one.articles:,}",
            f"{one.sentences:,}",
            *map(_number, (one.index_seconds, one.writing_seconds, one.open_seconds)),
            *map(_number, (one.megabytes, one.memory, one.question_ms)),
            *map(_number, (one.agreement, one.sentence_recall)),
        )
        for one in findings.growth
    ]
    plotted = "\n![Growth](growth.png)\n" if findings.plotted else ""
    measured = f"Measured {findings.grown}, by `python -m benchmarks --only growth`.\n"
    return f"{_GROWTH}\n{measured}\n{_table(titles, rows)}{plotted}"


def _number(value: float) -> str:
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.3g}" if size >= 1 else f"{value:.3f}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
