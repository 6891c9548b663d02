"""Tables row by row: each a line that says of every cell what column it stands in."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lxml import etree

_MOST = 100  # columns, and rows that one cell may reach over
_COPIED = 200  # characters of a cell that stand again where it reaches over others
Cells = Sequence[str]
_Hanging = dict[int, tuple[int, str]]  # by column: how many more rows, and what the cell says


def rows(table: Any, words: Callable[[Any], str]) -> Iterator[str]:
    """Give an HTML table's rows, as ``lines`` does; ``words`` gives those of a cell."""
    square(table)
    found = _rows(table)
    grid = [[" ".join(words(c).split()) for c in row.iterchildren("td", "th")] for row in found]
    yield from lines(grid, marked=bool(found) and _marked(found[0]))


def _rows(table: Any) -> list[Any]:
    return [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]


def _marked(row: Any) -> bool:
    cells = [cell.tag for cell in row.iterchildren("td", "th")]
    return len(cells) > 1 and (set(cells) == {"th"} or row.getparent().tag == "thead")


def square(table: Any) -> None:
    """Put a cell that reaches over several columns or rows into each, and names in row one only."""
    hanging: _Hanging = {}
    for number, row in enumerate(_rows(table)):
        after: _Hanging = {}
        placed: list[Any] = []
        for cell in row.iterchildren("td", "th"):
            placed += _hung(hanging, after, len(placed))
            cell.tag = "td" if number else cell.tag
            text = " ".join("".join(cell.itertext()).split())[:_COPIED]
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            if high > 1:
                after |= {len(placed) + more: (high - 1, text) for more in range(wide)}
            placed += [cell, *(_like(cell, text) for _ in range(wide - 1))]
        placed += _hung(hanging, after, len(placed))
        row[:] = placed[:_MOST]
        hanging = after


def _hung(hanging: _Hanging, after: _Hanging, column: int) -> Iterator[Any]:
    """Give the cells that reach down into a row, from a column on."""
    while column in hanging and column < _MOST:
        left, text = hanging[column]
        if left > 1:
            after[column] = (left - 1, text)
        yield _like(None, text)
        column += 1


def _like(cell: Any, text: str) -> Any:
    made = etree.Element("td" if cell is None else cell.tag)
    made.text = text
    return made


def _span(cell: Any, name: str) -> int:
    value = cell.attrib.pop(name, "1")
    return min(max(int(value), 1), _MOST) if value.isdecimal() and len(value) < 5 else 1


def lines(grid: Sequence[Cells], marked: bool) -> Iterator[str]:
    """Give each row as "Day: Saturday; Room: Hall A", its cells with their columns' names.

    Without ``marked``, the first row is taken for names where it looks like them; where there
    are none, a row's first cell names the others ("Phone: 555-0101"). What is empty is left out.
    """
    wide = max((len(row) for row in grid), default=0)
    if not marked and wide > 2 and len(grid) > 1:
        marked = all(cell and not any(map(str.isdigit, cell)) for cell in grid[0])
    if marked and len(grid) > 1 and wide > 1:
        yield from filter(None, (_row(grid[0], row) for row in grid[1:]))
    else:
        yield from filter(None, map(_unnamed, grid))


def _row(names: Cells, row: Cells) -> str:
    pieces: list[str] = []
    last = None
    for column, cell in enumerate(row):
        name = names[column].rstrip(":") if column < len(names) else ""
        if not cell or (last == name and name and pieces[-1].endswith(cell)):
            continue
        if name and name == last:
            pieces[-1] += f", {cell}"
        elif name and name != cell:
            pieces.append(f"{name}: {cell}")
        else:
            pieces.append(cell)
        last = name
    return "; ".join(pieces)


def _unnamed(row: Cells) -> str:
    first, *rest = list(dict.fromkeys(cell for cell in row if cell)) or [""]
    return f"{first.rstrip(':')}: {'; '.join(rest)}" if rest else first
