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
    fit = least <= len(columns) <= _MOST and len(set(columns)) == len(columns)
    if fit and all(_goes_with(labels, columns) for labels in found):
        return columns
    return _unnamed(lines)


def _goes_with(labels: Sequence[str], columns: Sequence[str]) -> bool:
    """Tell whether a row has the columns in their order, though it may leave some out."""
    places = [columns.index(label) for label in labels if label in columns]
    return bool(places) and labels[0] in columns and places == sorted(set(places))


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
    marks = [match for match in _LABEL.finditer(line) if match[1] in columns]
    ends = [*(match.start() - len(_BETWEEN) for match in marks[1:]), len(line)]
    found = {
        match[1]: (match.span(), (match.end(), end)) for match, end in zip(marks, ends, strict=True)
    }
    return [found.get(column, _NOTHING) for column in columns]


def _split(line: str) -> list[Named]:
    found: list[Named] = []
    start = 0
    for cell in line.split(_BETWEEN):
        found.append(((start, start), (start, start + len(cell))))
        start += len(cell) + len(_BETWEEN)
    return found
