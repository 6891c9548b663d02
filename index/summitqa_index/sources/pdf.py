"""The layout of a PDF: lines at places on pages, put together to paragraphs."""

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from summitqa_index.sources.clean import one_line, rejoin
from summitqa_index.sources.document import Paragraph

_ENDED = re.compile(r"[.!?:…。！？][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•‣◦▪●■–*-]\s|\(?\d{1,2}[.)]\s")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a PDF: where its baseline starts on the page, and its type size, in points."""

    text: str
    page: int
    x: float
    y: float
    size: float


def paragraphs(pages: Iterable[Any]) -> Iterator[Paragraph]:
    """Give the paragraphs of pypdf pages, in the order they were written, with page numbers from 1.

    Lines are parted by their spacing, type size, indent and length; a word cut at a line's
    end is put together; running heads and page numbers are left out.
    """
    lines = _without_running_heads([_lines(p, number) for number, p in enumerate(pages, start=1)])
    words = frozenset(re.findall(r"\w+(?:-\w+)*", " ".join(line.text for line in lines).lower()))
    gaps = [a.y - b.y for a, b in pairwise(lines) if 0.5 * a.size < a.y - b.y < 3 * a.size]
    # Lines within paragraphs outnumber those between, or else every line is a paragraph.
    pitch = statistics.quantiles(gaps, n=4)[0] if len(gaps) > 1 else 0.0
    short = 0.6 * statistics.median(len(line.text) for line in lines) if lines else 0.0
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or _parts(lines[end - 1], lines[end], pitch, short):
            text = rejoin([line.text for line in lines[start:end]], words)
            yield Paragraph(text, page=lines[start].page)
            start = end


def stated(value: object) -> str | None:
    """Give a title or an author, unless it is what a program writes where there is none."""
    name = re.sub(r"^Microsoft \w+ - ", "", one_line(str(value or "")) or "")
    return None if re.fullmatch(r"(?i)\W*(untitled|anonymous|unspecified|)\W*", name) else name


def _lines(page: Any, number: int) -> list[_Line]:
    lines: list[_Line] = []
    parts: list[str] = []
    place = (0.0, 0.0, 0.0)

    def visit(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        nonlocal place
        for piece in re.findall(r"[^\n]+|\n", text):
            if piece == "\n" and "".join(parts).strip():
                lines.append(_Line(" ".join("".join(parts).split()), number, *place))
            if piece == "\n":
                parts.clear()
            elif piece.strip() or parts:
                place = place if parts else _place(cm, tm, size)
                parts.append(piece)

    page.extract_text(visitor_text=visit)
    visit("\n", [], [], None, 0)
    return lines


def _place(cm: list[float], tm: list[float], size: float) -> tuple[float, float, float]:
    """Map a text matrix onto the page: x, y, and the type size as it appears (PDF 32000, 9.4.4)."""
    x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
    y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
    up = (tm[2] * cm[0] + tm[3] * cm[2], tm[2] * cm[1] + tm[3] * cm[3])
    return x, y, abs(size) * math.hypot(*up)


def _without_running_heads(pages: list[list[_Line]]) -> list[_Line]:
    """Leave out the topmost and lowest lines that recur, but for digits, on half of the pages."""
    edges = [
        {f(lines, key=lambda line: line.y) for f in (min, max)} if lines else set()
        for lines in pages
    ]
    seen = Counter(_digitless(line) for edge in edges for line in edge)
    return [
        line
        for edge, lines in zip(edges, pages, strict=True)
        for line in lines
        if not (
            line in edge
            and (
                line.text.strip("-– ") == str(line.page)
                or seen[_digitless(line)] >= max(3, len(pages) / 2)
            )
        )
    ]


def _digitless(line: _Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.y)


def _parts(above: _Line, line: _Line, pitch: float, short: float) -> bool:
    """Say whether a paragraph ends between two lines that follow one another."""
    gap = above.y - line.y
    ended = bool(_ENDED.search(above.text))
    if abs(above.size - line.size) > 0.1 * above.size and abs(gap) > 0.5 * above.size:
        return True
    if above.page != line.page or gap < -0.5 * above.size:  # on at the top of a page or column
        return ended or not (line.text[0].islower() or above.text[-1] in "-,\u00ad\u2010")
    if gap > max(1.25 * pitch, 1.3 * line.size) or _BULLET.match(line.text):
        return True
    # The last line of a paragraph ends short, or the first of the next is indented.
    return ended and (len(above.text) < short or line.x - above.x > 0.8 * line.size)
