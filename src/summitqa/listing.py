"""How deep the lines of a list lie, told by where they begin beside one another."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SAID = re.compile(r"\S")
_STEP = 2  # columns that an inner list is further in, at least

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Level:
    """The columns that the mark of a list's last item stands in; ``counts``: it is a number."""

    left: int
    right: int
    counts: bool

    def holds(self, other: "_Level") -> bool:
        """Tell whether ``other`` lies within; " 9." and "10." end, but do not begin, alike."""
        beside = self.counts and other.counts and self.right == other.right
        return other.left - self.left >= _STEP and not beside


def depths(text: str, lines: Sequence[Span], marks: Sequence[Span | None]) -> Iterator[int]:
    """Give the depth, from 0, of each line of a text; ``marks`` are the spans of their marks.

    One without a mark is as deep as the text of the item that it lies within.
    """
    open_: list[_Level] = []
    for (start, _), mark in zip(lines, marks, strict=True):
        if mark is None:
            said = _SAID.search(text, start)
            column = _column(text, said.start() if said else start)
            within = [level for level in open_ if column >= level.left + _STEP]
            yield len(within)
            continue
        now = _Level(_column(text, mark[0]), _column(text, mark[1]), text[mark[0]].isdigit())
        while open_ and not open_[-1].holds(now):
            open_.pop()
        yield len(open_)
        open_.append(now)


def _column(text: str, place: int) -> int:
    """Give the column of a place in its line; a passage may begin behind an indentation."""
    return len(text[text.rfind("\n", 0, place) + 1 : place].expandtabs(4))
