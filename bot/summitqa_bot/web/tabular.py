"""Rows of a table, as the indexer writes them ("Day: Saturday; Room: Hall A"), told apart again."""

import re
from collections.abc import Sequence

Span = tuple[int, int]
Named = tuple[Span, Span]
"""Where a cell's column is named, and where it says something; both empty where it is left out."""

_LABEL = re.compile(r"(?:^|(?<=; ))([^:;\n]{1,120}): ")
_BETWEEN = "; "
# Columns of rows that are told by them, of a row by itself, and at most.
_LEAST, _ALONE, _MOST = 2, 3, 12
_CELL = 120  # characters of a cell of a table without names
_NOTHING: Named = ((0, 0), (0, 0))


def columns_of(lines: Sequence[str], before: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the names of the columns that lines are rows of; none where they are no rows.

    ``before`` are those of the rows above, which a single row may go on with.
    """
    found: list[list[str]] = [_LABEL.findall(line) for line in lines]
    if all(_goes_with(labels, before) for labels in found):
        return tuple(before)
    longest = max(found, key=len)
    columns = tuple(longest)
    least = _LEAST if len(lines) > 1 else _ALONE
    fit = least <= len(columns) <= _MOST
    if fit and all(_goes_with(labels, columns) for labels in found):
        return columns
    return _unnamed(lines)


def _goes_with(labels: Sequence[str], columns: Sequence[str]) -> bool:
    """Tell whether a row has the columns in their order, though it may leave some out."""
    places = _places(labels, columns)
    strays = [label for label, at in zip(labels, places, strict=True) if at is None]
    known = len(places) - len(strays)
    return known >= _LEAST and places[0] is not None and set(columns).isdisjoint(strays)


def _places(labels: Sequence[str], columns: Sequence[str]) -> list[int | None]:
    """Give the column of each label, ``None`` for what only looks like one."""
    found: list[int | None] = []
    first = 0
    for label in labels:
        place = next((at for at in range(first, len(columns)) if columns[at] == label), None)
        first = first if place is None else place + 1
        found.append(place)
    return found


def _unnamed(lines: Sequence[str]) -> tuple[str, ...]:
    """Give as many empty names as there are cells, where all lines have as many short ones."""
    rows = [line.split(_BETWEEN) for line in lines]
    counts = {len(row) for row in rows}
    short = all(0 < len(cell) <= _CELL for row in rows for cell in row)
    if len(lines) < 2 or len(counts) != 1 or not short:
        return ()
    (count,) = counts
    return ("",) * count if 1 < count <= _MOST else ()


def cells_of(line: str, columns: Sequence[str]) -> list[Named]:
    """Give where each column's cell stands in a row."""
    if not any(columns):
        return _split(line)
    matches = list(_LABEL.finditer(line))
    places = _places([match[1] for match in matches], columns)
    marks = [(match, at) for match, at in zip(matches, places, strict=True) if at is not None]
    ends = [*(match.start() - len(_BETWEEN) for match, _ in marks[1:]), len(line)]
    cells = [_NOTHING] * len(columns)
    for (match, at), end in zip(marks, ends, strict=True):
        cells[at] = (match.span(), (match.end(), end))
    return cells


def _split(line: str) -> list[Named]:
    found: list[Named] = []
    start = 0
    for cell in line.split(_BETWEEN):
        found.append(((start, start), (start, start + len(cell))))
        start += len(cell) + len(_BETWEEN)
    return found
