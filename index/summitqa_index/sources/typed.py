"""What a plain text file marks by its lines: titles above their text, and the items of lists."""

import re
from collections.abc import Iterator

_ITEM = re.compile(r"[ \t]*+([-*•]|\d{1,3}[.)])[ \t]++(?=\S)")
_ENDED = re.compile(r"[.!?…:;,][\"'”’»)\]]*+\Z")
_LONGEST = 60  # characters of a title

Span = tuple[int, int]


def quotable(text: str) -> list[Span]:
    """Give the spans of a paragraph that may be quoted: neither titles nor the marks of lists."""
    lines = text.split("\n")
    listed = _is_list(lines)
    ends = _ENDED.search(lines[-1].rstrip()[-20:]) is not None
    width = max(map(len, lines[1:]), default=0)
    spans: list[Span] = []
    start = place = 0
    for number, line in enumerate(lines):
        item = _ITEM.match(line) if listed else None
        above = lines[number - 1].rstrip() if number else "."
        title = ends and not item and _ENDED.search(above[-20:]) and _titles(lines, number, width)
        if item or title:
            spans.append((start, place))
            start = place + (item.end() if item else len(line))
        place += len(line) + 1
    spans.append((start, len(text)))
    return list(_trimmed(text, spans))


def is_list(text: str) -> bool:
    """Tell whether a paragraph is a list from its first line on."""
    return _ITEM.match(text) is not None


def item_in(text: str, start: int, end: int) -> Span | None:
    """Give the span of the mark that makes a line an item of a list."""
    item = _ITEM.match(text, start, end)
    return item.span(1) if item else None


def titles(lines: list[str]) -> bool:
    """Tell whether an item has its title on its first line, and prose below it."""
    if len(lines) < 2 or _ITEM.match(lines[1]):
        return False
    width = max(map(len, lines[1:]))
    return bool(_ENDED.search(lines[-1].rstrip()[-20:])) and _titles(lines, 0, width)


def _is_list(lines: list[str]) -> bool:
    marked = [number for number, line in enumerate(lines) if _ITEM.match(line)]
    return bool(marked) and (
        len(marked) > 1 or not marked[0] or lines[marked[0] - 1].rstrip().endswith(":")
    )


def _titles(lines: list[str], number: int, width: int) -> bool:
    """Tell a title from a line of wrapped prose, which goes on while there is room for a word."""
    line = lines[number].strip()
    if number + 1 == len(lines) or not 0 < len(line) <= _LONGEST or _ENDED.search(line):
        return False
    word = (lines[number + 1].split() or [""])[0]
    fits = len(line) + 1 + len(word) <= width
    return fits and _begins(line) and _begins(word)


def _begins(text: str) -> bool:
    first = text.lstrip("\"'“‘(")[:1]
    return first.isupper() or first.isdigit()


def _trimmed(text: str, spans: list[Span]) -> Iterator[Span]:
    for start, end in spans:
        piece = text[start:end]
        begin = start + len(piece) - len(piece.lstrip())
        stop = start + len(piece.rstrip())
        if begin < stop:
            yield begin, stop
