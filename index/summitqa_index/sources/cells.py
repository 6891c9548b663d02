"""Tables of HTML: those of values row by row, those that only place things as what they hold."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from summitqa.asks import asks
from summitqa_index.sources.document import Line, Unit
from summitqa_index.sources.grid import REACHED, Cell, Cells, rows

_MOST = 100  # columns, and rows that one cell may reach over
_COPIED = 200  # characters of a cell that stands again where it reaches over others
_LABEL = 60  # characters of a cell that names what stands beside it
_ASKED = 400  # characters of a question
_NUMBER = re.compile(r"(?:[QA]|[a-z]|\d{1,3}(?:\.\d{1,3}){0,4})[.):]?")
_GAP = re.compile("[\u2028\u2029\n]\\s*")
_ENDED = re.compile(r"[.!?…:;,][\"'”’»)\]]*\Z")
_PLACED = ("h1", "h2", "h3", "h4", "h5", "h6", "dl", "pre", "ul", "ol", "table", "details")
_OF_TABLES = frozenset({"caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr"})
_Hanging = dict[int, tuple[int, Cell]]  # by column: how many more rows, and what the cell says

Flow = Callable[[Any], Iterator[Unit]]
Words = Callable[[Any], str]


def is_placing(table: Any) -> bool:
    """Tell a table that only places things from one of values.

    It says so, holds another table, or names no columns and holds what no value is: a question,
    a heading, a list, several paragraphs.
    """
    if table.get("role") in {"presentation", "none"}:
        return True
    found = _rows(table)
    if not found or next(table.iterdescendants("table"), None) is not None:
        return True
    if _marked(found[0]) or table.find("caption") is not None:
        return False
    cells = [cell for row in found for cell in _cells(row)]
    return any(map(_holds_more, cells)) or any(asks("".join(cell.itertext())) for cell in cells)


def _holds_more(cell: Any) -> bool:
    if next(cell.iter(*_PLACED), None) is not None:
        return True
    return sum(1 for child in cell if child.tag in {"p", "div", "blockquote"}) > 1


def has_strays(table: Any) -> bool:
    """Tell whether something stands in no cell, as what follows a table that is never closed."""
    if any(child.tag not in _OF_TABLES and isinstance(child.tag, str) for child in table):
        return True
    parts = (table, *_parts(table))
    rows = [part for part in parts if part.tag == "tr"]
    loose = any((child.tail or "").strip() for part in parts for child in part) or any(
        (part.text or "").strip() for part in parts
    )
    return loose or any(
        child.tag not in {"td", "th"} and isinstance(child.tag, str)
        for row in rows
        for child in row
    )


def _parts(table: Any) -> Iterator[Any]:
    """Give the rows and groups of rows of a table, not those of a table in it."""
    for part in table.iterchildren("tr", "tbody", "thead", "tfoot"):
        yield part
        yield from part.iterchildren("tr")


def placed(table: Any, flow: Flow, words: Words, level: int) -> Iterator[Unit]:
    """Give what a table places, a question (a heading of ``level``) with what answers it."""
    found = [_cells(row) for row in _rows(table)]
    for row, after in zip(found, [*found[1:], []], strict=True):
        # An answer stands below its numbered question, whatever the mark at the end of that.
        answered = len(after) > 1 and not words(after[0]).strip()
        yield from _placed(row, flow, words, level, numbers_ask=answered)
    yield Unit((), level)


def _placed(
    cells: Sequence[Any], flow: Flow, words: Words, level: int, *, numbers_ask: bool
) -> Iterator[Unit]:
    """Give a row: a number is set before what it numbers, a short cell before what it names."""
    mark = label = ""
    for number, cell in enumerate(cells, start=1):
        inside = next(cell.iter(*_PLACED), None) is not None
        text = "" if inside else _phrase(words(cell))
        if _NUMBER.fullmatch(text):
            mark = f"{text} "
        elif 0 < len(text) <= _ASKED and (asks(text) or (mark and numbers_ask)):
            yield Unit((Line(text, mark),), level, asks=True)
            mark = ""
        elif text and len(text) <= _LABEL and number < len(cells):
            yield from _alone(mark, label)
            mark, label = mark if not label else "", text
        else:
            if mark:
                yield Unit((), level)  # what has a number of its own answers nothing above it
            for unit in flow(cell):
                if unit.level and label:
                    yield from _alone(mark, label)
                    mark = label = ""
                yield _prefixed(unit, mark, label)
                mark, label = ("", "") if unit.lines else (mark, label)
    yield from _alone(mark, label)


def _alone(mark: str, label: str) -> Iterator[Unit]:
    if label:
        yield Unit((Line(label, mark),))
    elif mark:
        yield Unit((Line(mark.strip()),))


def _prefixed(unit: Unit, mark: str, label: str) -> Unit:
    """Set what names a unit before it, as a term before what is said of it."""
    if not (mark or label) or not unit.lines:
        return unit
    first, *others = unit.lines
    if label and first.mark:
        below = (replace(line, depth=line.depth + 1) for line in unit.lines)
        return replace(unit, lines=(Line(f"{label}:", mark), *below))
    text = f"{label.rstrip(':')}: {first.text}" if label else first.text
    return replace(unit, lines=(replace(first, text=text, mark=mark + first.mark), *others))


def values(table: Any, flow: Flow, words: Words) -> tuple[Line, ...]:
    """Give the lines of a table of values."""
    found = _rows(table)
    grid = list(_square(found, lambda cell: _cell(cell, flow, words)))
    marked = bool(found) and _marked(found[0])
    return tuple(line for row in rows(grid, marked) for line in row)


def _cell(cell: Any, flow: Flow, words: Words) -> Cell:
    text = _phrase(words(cell))
    if next(cell.iter("li", "pre"), None) is None and sum(1 for _ in cell.iter("p")) < 2:
        return Cell(text)
    inside = [line for unit in flow(cell) for line in unit.lines]
    lines = tuple(replace(line, depth=line.depth + 1) for line in inside)
    return Cell(text, lines if len(lines) > 1 or any(line.whole for line in lines) else ())


def _phrase(text: str) -> str:
    """Put what stands in blocks on one line, a comma between where no sentence ends."""
    said = ""
    for piece in text.split("\u2029"):
        words = " ".join(_GAP.sub(" ", piece).split())
        if words:
            said += (" " if _ENDED.search(said[-20:]) else ", ") * bool(said) + words
    return said


def _rows(table: Any) -> list[Any]:
    return [part for part in _parts(table) if part.tag == "tr"]


def _cells(row: Any) -> list[Any]:
    return list(row.iterchildren("td", "th"))


def _marked(row: Any) -> bool:
    cells = [cell.tag for cell in _cells(row)]
    return len(cells) > 1 and (set(cells) == {"th"} or row.getparent().tag == "thead")


def _square(found: Sequence[Any], read: Callable[[Any], Cell]) -> Iterator[Cells]:
    """Put a cell that reaches over several columns or rows into each, where it is short."""
    hanging: _Hanging = {}
    for row in found:
        after: _Hanging = {}
        put: list[Cell] = []
        for element in _cells(row):
            put += _hung(hanging, after, len(put))
            cell = read(element)
            again = cell if len(cell.text) <= _COPIED else REACHED
            wide, high = _span(element, "colspan"), _span(element, "rowspan")
            if high > 1:
                after |= {len(put) + more: (high - 1, again) for more in range(wide)}
            put += [cell, *[again] * (wide - 1)]
        put += _hung(hanging, after, len(put))
        yield put[:_MOST]
        hanging = after


def _hung(hanging: _Hanging, after: _Hanging, column: int) -> Iterator[Cell]:
    """Give the cells that reach down into a row, from a column on."""
    while column in hanging and column < _MOST:
        left, cell = hanging[column]
        if left > 1:
            after[column] = (left - 1, cell)
        yield cell
        column += 1


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1")
    return min(max(int(value), 1), _MOST) if value.isdecimal() and len(value) < 5 else 1
