"""Lists and tables to paragraphs: what leads to a list stays with it, what is below an item too."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from summitqa_index.sources.document import Line, Unit

# Characters: of short lines that make one paragraph; of a list that is not cut from the line
# that leads to it; of an item with what is below it that is not cut.
_ROOM, _LED, _ITEM = 300, 600, 900
_MOST = 10_000  # characters of a paragraph of many lines, such as a program's
_NAME = 80  # characters of an item that is named above what is cut from it
_LEADS = (":", "：")


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are one paragraph, and the items above the first that stand in one before."""

    lines: list[Line]
    below: tuple[str, ...] = ()


def led(units: Iterable[Unit]) -> Iterator[Unit]:
    """Put a paragraph that leads to a list ("Bring:") together with it."""
    held: Unit | None = None
    for unit in units:
        if held and unit.apart and unit.lines[0].mark:
            unit = replace(unit, lines=(*held.lines, *unit.lines), lead=len(held.lines))
        elif held:
            yield held
        held = unit if _leads(unit) else None
        if not held:
            yield unit
    if held:
        yield held


def _leads(unit: Unit) -> bool:
    last = unit.lines[-1] if unit.lines else None
    plain = last is not None and not (unit.level or unit.asks or unit.apart or last.whole)
    return plain and last is not None and last.text.endswith(_LEADS)


def groups(unit: Unit) -> list[Group]:
    """Group a unit's lines into paragraphs, as many together as there is room for."""
    lead, lines = unit.lines[: unit.lead], unit.lines[unit.lead :]
    if not unit.apart:
        found = [Group(part) for part in _packed([[line] for line in lines], _MOST)]
    elif lead and _length(unit.lines) <= _LED:
        found = [Group(list(lines))]
    else:
        found = list(_cut(lines, 0))
    # A dash says that there are others beside it; a number is the item's own.
    shown = [Group(_dedented(one.lines, alone=not unit.lead), one.below) for one in found]
    return [Group([*lead, *shown[0].lines], shown[0].below), *shown[1:]] if lead else shown


def _cut(lines: Sequence[Line], depth: int) -> Iterator[Group]:
    """Cut a list between its items of a depth, a long item between those below it."""
    waiting: list[list[Line]] = []
    for item in _items(lines, depth):
        if _length(item) <= _ITEM or len(item) == 1:
            waiting.append(item)
            continue
        yield from (Group(part) for part in _packed(waiting, _ROOM))
        waiting = []
        yield from _opened(item, depth)
    yield from (Group(part) for part in _packed(waiting, _ROOM))


def _opened(item: Sequence[Line], depth: int) -> Iterator[Group]:
    """Cut a long item; what does not stand with its first line is named after it."""
    head, *rest = item
    first, *others = _cut(rest, max(depth + 1, min(line.depth for line in rest)))
    yield Group([head, *first.lines], first.below)
    name = (head.text,) if len(head.text) <= _NAME else ()
    yield from (Group(one.lines, (*name, *one.below)) for one in others)


def _items(lines: Sequence[Line], depth: int) -> Iterator[list[Line]]:
    """Give each line of a depth with the deeper ones below it."""
    item: list[Line] = []
    for line in lines:
        if item and line.depth <= depth:
            yield item
            item = []
        item.append(line)
    if item:
        yield item


def _packed(items: Iterable[Sequence[Line]], room: int) -> Iterator[list[Line]]:
    """Put as many items together as there is room for."""
    group: list[Line] = []
    length = 0
    for item in items:
        size = _length(item)
        if group and length + size > room:
            yield group
            group, length = [], 0
        group += item
        length += size
    if group:
        yield group


def _length(lines: Iterable[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _dedented(lines: list[Line], *, alone: bool) -> list[Line]:
    """Set what is cut from the items above it where it would stand by itself."""
    if alone and len(lines) == 1 and lines[0].mark.strip() == "-":
        return [replace(lines[0], mark="")]
    mark = lines[0].mark
    indent = len(mark) - len(mark.lstrip())
    return [
        replace(line, mark=line.mark[min(indent, len(line.mark) - len(line.mark.lstrip())) :])
        for line in lines
    ]
