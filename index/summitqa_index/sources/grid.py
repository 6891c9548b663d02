"""Tables row by row: each a line that says of every cell what column it stands in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from summitqa_index.sources.document import Line

# Characters of a row that is quoted whole; of a longer one each sentence is, or line of a cell.
_LONG = 300
# Characters of a column's name that stands in every row; a longer one is no name, and stands once.
_NAME = 120


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says, on one line; ``lines``: the same line by line, where it has several.

    One that reaches over several columns or rows is the same object in each.
    """

    text: str
    lines: tuple[Line, ...] = ()


Cells = Sequence[Cell]
REACHED = Cell("")  # where a cell of its row reaches that is too long to stand again
_Pieces = list[tuple[str, Cell]]  # what is set before a cell, and the cell


def rows(grid: Sequence[Cells], marked: bool) -> Iterator[tuple[Line, ...]]:
    """Give each row as "Day: Saturday; Room: Hall A", its cells with their columns' names.

    Without ``marked``, the first row is taken for names where it looks like them; where there
    are none, a row's first cell names the others ("Phone: 555-0101"). What is empty is left out.
    A long row goes on line by line where a cell of it does.
    """
    wide = max((len(row) for row in grid), default=0)
    if not marked and wide > 2 and len(grid) > 1:
        marked = all(cell.text and not any(map(str.isdigit, cell.text)) for cell in grid[0])
    if marked and len(grid) > 1 and wide > 1:
        if any(len(cell.text) > _NAME for cell in grid[0]):
            once = {id(cell): cell for cell in grid[0] if cell.text}
            yield _set([("", cell) for cell in once.values()])
        names = [cell.text.rstrip(":") if len(cell.text) <= _NAME else "" for cell in grid[0]]
        yield from filter(None, (_set(_named(names, row)) for row in grid[1:]))
    else:
        yield from filter(None, (_set(_unnamed(row)) for row in grid))


def _named(names: Sequence[str], row: Cells) -> _Pieces:
    pieces: _Pieces = []
    last = None
    for column, cell in enumerate(row):
        name = names[column] if column < len(names) else ""
        if not cell.text or (name and name == last and cell is row[column - 1]):
            continue
        if name and name == last:
            label, before = pieces[-1]
            both = Cell(f"{before.text}, {cell.text}", (*before.lines, *cell.lines))
            pieces[-1] = (label, both)
        else:
            pieces.append((f"{name}: " if name and name != cell.text else "", cell))
        last = name
    # What reaches over the whole row says nothing of its first column.
    reaches = len(row) > 1 and all(cell is row[0] or cell is REACHED for cell in row)
    return [("", row[0])] if reaches else pieces


def _unnamed(row: Cells) -> _Pieces:
    once = {id(cell): cell for cell in row if cell.text}
    first, *rest = once.values() or [REACHED]
    labels = [f"{first.text.rstrip(':')}: ", *[""] * len(rest)]
    return list(zip(labels, rest, strict=False)) or [("", first)]


def _set(pieces: _Pieces) -> tuple[Line, ...]:
    """Set a row on one line, or on several where it is long or its lines are kept as they are."""
    whole = "; ".join(label + cell.text for label, cell in pieces)
    kept = any(line.whole for _, cell in pieces for line in cell.lines)
    if not kept and not (len(whole) > _LONG and any(cell.lines for _, cell in pieces)):
        return (Line(whole, whole=len(whole) <= _LONG),) if whole else ()
    lines: list[Line] = []
    said: list[str] = []
    for label, cell in pieces:
        said.append(label + ("" if cell.lines else cell.text))
        if cell.lines:
            lines += [*_said(said, lines), *cell.lines]
            said = []
    return (*lines, *_said(said, lines))


def _said(said: Sequence[str], above: Sequence[Line]) -> Iterator[Line]:
    text = "; ".join(said).strip()
    if text:
        yield Line(text, whole=True, depth=1 if above else 0)
