"""Units of a text to paragraphs, under the headings they stand below.

A question that a heading, a bold line, a term or a summary asks is one paragraph with what
answers it. A list's item and a table's row is a line of its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from summitqa.asks import asks, is_label
from summitqa_index.sources.clean import one_line
from summitqa_index.sources.document import Line, Paragraph, Unit, stacked
from summitqa_index.sources.heads import is_head, told
from summitqa_index.sources.listed import groups, led

Path = tuple[tuple[int, str], ...]  # the headings above a place, each with its level

_LABEL = re.compile(r"(?i:q(?:uestion)?[ ]?\d{0,3}[:.)])\s++")
_ANSWER = re.compile(r"(?i:a(?:nswer)?[ ]?\d{0,3}[:.)])\s++")


def below(path: Path, level: int, text: str, title: str | None) -> Path:
    """Give the path below a heading; the title, which heads everything, is left out of it."""
    above = tuple(known for known in path if known[0] < level)
    return (*above, (level, text)) if text and text != title else above


def heading(text: str, level: int) -> Unit:
    """Give a heading as a unit; an empty one only ends what stands below it."""
    line = one_line(text)
    return Unit((Line(line),) if line else (), level)


def assemble(units: Iterable[Unit], title: str | None) -> Iterator[Paragraph]:
    """Give the paragraphs of a source."""
    path: Path = ()
    asked: Unit | None = None
    names = above = _names(path)
    for unit in led(told(units)):
        if not (unit.level or unit.asks):
            first, *others = groups(unit)
            under = above if asked else (*names, *first.below)
            yield stacked([*(asked.lines if asked else ()), *first.lines], under)
            yield from (stacked(one.lines, (*names, *one.below)) for one in others)
            asked = None
            continue
        if asked and (asked.asks or not asked.level):
            yield stacked(asked.lines, above)
        asked, above = None, names
        text = unit.lines[0].text if unit.lines else ""
        if unit.level:
            above = _names(below(path, unit.level, "", title))
            path = below(path, unit.level, text, title)
            names = _names(path)
        if unit.asks or (asks(text) and text != title):
            asked = replace(unit, lines=tuple(replace(one, whole=True) for one in unit.lines))
    if asked and (asked.asks or not asked.level):
        yield stacked(asked.lines, above)


def _names(path: Path) -> tuple[str, ...]:
    return tuple(name for _, name in path)


def paragraph(text: str, bold: str = "") -> Iterator[Unit]:
    """Give a paragraph; a question with a label, or in ``bold`` at its start, is its own line."""
    answer = _ANSWER.match(text)
    if label := _LABEL.match(text):
        yield _labelled(text, label.end())
    elif bold and asks(bold) and text.startswith(bold):
        rest = text[len(bold) :].strip()
        question = Line(bold, whole=True)
        yield Unit((question, Line(rest))) if rest else Unit((question,), asks=True)
    elif bold and is_head(bold) and text.startswith(f"{bold}\n"):
        yield Unit((Line(bold),), bold=bold)
        yield from paragraph(text[len(bold) + 1 :])
    elif text:
        mark = answer[0] if answer else ""
        yield Unit((Line(text[len(mark) :], mark),), bold=bold)


def _labelled(text: str, start: int) -> Unit:
    """Give "Q: …", with the "A: …" on a line below it, if there is one."""
    question, *answer = re.split(rf"\n(?={_ANSWER.pattern})", text, maxsplit=1)
    lines = [Line(question[start:], question[:start], whole=True)]
    for given in answer:
        match = _ANSWER.match(given)
        mark = match[0] if match else ""
        lines.append(Line(given[len(mark) :], mark))
    # A label asks, whatever the mark at the end; "Q3:" may stand for a quarter of a year.
    return Unit(tuple(lines), asks=not answer and (asks(question) or is_label(question[:start])))
