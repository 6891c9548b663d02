"""What was measured, as a page: ``docs/benchmarks.md``."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.growth import Point
from benchmarks.machine import described
from benchmarks.peers.run import Row
from benchmarks.peers.task import ARTICLES, QUESTIONS
from benchmarks.versus import margins
from summitqa.ranking import TARGET

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
FINDINGS = Path(__file__).with_name("findings.md")
_INTRODUCTION = """\
# Benchmarks

Written by `make bench`. People's own questions come first, worded as in a chat: on 12 articles of
an encyclopedia (natural-wiki, each question asked of its article), on the 12 documents of a town
(the community shelf, asked of the whole shelf) and on 12 of a rescue organisation (the rescue
shelf, likewise). [How they were written and checked](../benchmarks/natural/README.md). SQuAD, whose
questions were written with the paragraph in view, follows as a guard against regress.

- **Fitted on:** {on}. Of people's own questions those of nine other shelves and of 36 other
  articles are there to fit on.
- **Reported:** the two shelves and the 12 articles, of whose questions by people none is
  fitted on; half of the SQuAD 1.1 development set (Rajpurkar et al. 2016), never fitted on; half of
  the SQuAD 2.0 development set (Rajpurkar et al. 2018), of which only unanswerable ones may be.

Intervals are 95 %, by bootstrap over whole articles or documents. CPU times are of all threads
together.
"""
_NATURAL = """\
"All": natural-wiki and both shelves together. Near-topic questions are on the subject and
answered nowhere in what they are asked of: whatever comes first for one is wrong. Off-topic ones
have nothing to do with the shelf.
"""
_CANNOT = """\
A question on the article's topic that the article does not answer cannot be refused reliably: the
AUROC of confidence, in the tables above, says how well such questions are told from others (0.5 is
chance). The nearest passage is quoted with its confidence, and the reader judges.
"""
_PEERS = f"""\
Same machine and run, the same answerable questions, up to {QUESTIONS} of each set: of
natural-wiki and SQuAD on {ARTICLES} articles, each to its article; of each shelf to all
its documents. The peers embed with all-MiniLM-L6-v2, which SummitQA's encoder was made from. One
thread, each system in a process of its own, set up as its own documentation does.
SummitQA and txtai are given true paragraphs, SummitQA with the title and headings that its reader
finds, the others split by themselves; a chunk counts as the paragraph it overlaps most.
"Quote hit": the first text given holds an answer, which is easy for a system that gives a whole
chunk, hence the characters. Cold start: import, load the model, index what the first question is
asked of, answer. Installed size: the packages and all they require, without models; SummitQA also
installs both chat platforms' libraries.
"""
_GROWTH = """\
Articles of one real paragraph each, cut to two sentences, two words exchanged in each; repeated
paragraphs reuse vectors, as an incremental build does, with a little noise, and their encoding is
multiplied from that of the different ones. Memory leaves out what is read where it is needed.
"Same first passage": as weighing every passage of the shelf gives, or a near-copy of it (12
questions). "Nearest sentences": the share of the exact 100 nearest that FAISS gives (60
questions; cosines within 0.01 count as equal, as near-copies lie that close): exact up to 100,000
sentences, by lists beyond. A paragraph has 125 near-copies on the shelf of 100,000 articles, five
times as many on one of 500,000: they crowd the 64 candidates that are weighed closely, as real
articles would not.
"""


@dataclass
class Findings:
    """What a run measured; what it did not is left out of the page."""

    natural: Sequence[Figure] = ()
    quality: Sequence[Figure] = ()
    speed: Sequence[Figure] = ()
    article: Sequence[Figure] = ()
    peers: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    growth: Sequence[Point] = ()
    grown: str = ""
    plotted: bool = False
    notes: list[str] = field(default_factory=list)


def render(findings: Findings) -> str:
    """Give the page as Markdown."""
    beside = margins(findings.peers)
    measured = (findings.natural, beside, findings.quality, findings.article, findings.speed)
    held = [one for figures in measured for one in figures if one.floor is not None]
    judged = findings.natural or findings.quality
    sections = [
        ("What it is held to", _held(held)),
        ("Not reached", _missed(held)),
        ("People's own questions", _figures(findings.natural, _NATURAL)),
        ("Beside peers", _beside(findings.peers, beside)),
        ("SQuAD", _figures(findings.quality)),
        ("What it cannot do", _CANNOT if judged else ""),
        ("The article's own questions", _figures(findings.article)),
        ("Speed, memory and size", _figures(findings.speed)),
        ("Growth", _growth(findings)),
        ("Notes on this run", "".join(f"{note}\n" for note in findings.notes)),
    ]
    parts = [_INTRODUCTION.format(on=_fitted_on()), described()]
    for title, text in sections:
        parts += [f"## {title}\n", text] if text else []
    return "\n".join(parts)


def _fitted_on() -> str:
    raw = TARGET.read_text("utf-8")
    return str(json.loads(raw)["fitted"]["on"])


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


def _figures(figures: Iterable[Figure], told: str = "") -> str:
    rows = [(one.name, _number(one.value), _bounds(one)) for one in figures]
    table = _table(("figure", "value", "95 % interval"), rows)
    return (f"{told}\n{table}" if told else table) if rows else ""


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


def _beside(peers: Mapping[str, Sequence[Row]], beside: Sequence[Figure]) -> str:
    if not peers:
        return ""
    tables = [f"### On {name}\n\n{_rows(rows)}" for name, rows in peers.items()]
    apart = ["### By how much\n", _figures(beside)] if beside else []
    return "\n".join([_PEERS, *tables, *apart])


def _rows(rows: Sequence[Row]) -> str:
    names = list(next((row.figures for row in rows if not row.failed), {}))
    lines = [
        (row.system, *(_number(row.figures[name]) for name in names))
        if not row.failed
        else (row.system, f"did not run: {row.failed}", *[""] * (len(names) - 1))
        for row in rows
    ]
    return _table(("system", *names), lines)


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
            *map(_known, (one.agreement, one.sentence_recall)),
        )
        for one in findings.growth
    ]
    plotted = "\n![Growth](growth.png)\n" if findings.plotted else ""
    measured = f"Measured {findings.grown}, by `python -m benchmarks --only growth`.\n"
    return f"{_GROWTH}\n{measured}\n{_table(titles, rows)}{plotted}"


def _known(value: float | None) -> str:
    return "–" if value is None else _number(value)


def _number(value: float) -> str:
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.3g}" if size >= 1 else f"{value:.3f}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
