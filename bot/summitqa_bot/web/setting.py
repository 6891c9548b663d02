"""An article set out for reading: headings, paragraphs, lists and tables, and what is lit in them.

Pure, and plain text throughout: nothing here is markup, and no word of a passage is lost but what
parts the cells of a table.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from summitqa.article import Article, Passage
from summitqa.asks import asks
from summitqa.listing import depths
from summitqa_bot.web.tabular import Span, cells_of, columns_of

_MARK = re.compile(r"(\s*)([-*•]|\d{1,3}[.)]|[a-z][.)]|\([a-z\d]{1,3}\))\s+(?=\S)")
_DEEPEST = 3  # levels that a list is indented by
_LAST_LEVEL = 6


class Lit(StrEnum):
    """How a piece is marked: as the quote that was followed, or as another of its answer."""

    CITED = "cited"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, marked or not; ``anchor`` is the id of what begins to be marked here."""

    text: str
    lit: Lit | None = None
    anchor: str = ""


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; the title of the article is of level 1."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a paragraph; ``mark`` is what a list sets before it, ``depth`` its level in it."""

    pieces: Pieces
    mark: Pieces = ()
    depth: int = 0

    @property
    def asks(self) -> bool:
        """Whether it is a question, which the lines below it may answer."""
        return self.pieces[-1].text.rstrip().endswith("?")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A passage: one row of prose, the items of a list, or lines to be kept as they are.

    ``page`` is that of a paged source, where it begins with this passage.
    """

    number: int
    kind: Literal["prose", "list", "lines"]
    rows: tuple[Row, ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; ``label`` names its column in the article's own words."""

    label: Pieces
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Body:
    """The rows of a table that are one passage."""

    number: int
    rows: tuple[tuple[Cell, ...], ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Passages that are rows of the same columns, which are all empty where none has a name."""

    columns: tuple[str, ...]
    bodies: tuple[Body, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Those of its passages."""
        return tuple(body.number for body in self.bodies)


Block = Heading | Paragraph | Table


def set_out(
    article: Article,
    cited: Span | None = None,
    beside: Sequence[Span] = (),
    anchor: str = "",
) -> tuple[Block, ...]:
    """Set an article out, one span of it lit and others more faintly.

    ``anchor`` is the id of the cited one, by default as of the others, "s" and its span; what
    of a span is not within the text, or is lit already, is left out.
    """
    return tuple(_blocks(article, _Lights(len(article.text), cited, beside, anchor)))


class _Lights:
    """What is lit, as spans that do not overlap; each is named where it is first cut from."""

    def __init__(
        self, length: int, cited: Span | None, beside: Sequence[Span], anchor: str
    ) -> None:
        self._lit: list[tuple[int, int, Lit, str]] = []
        self._named: set[str] = set()
        for span in [] if cited is None else [cited]:
            self._light(length, span, Lit.CITED, anchor or f"s{span[0]}-{span[1]}")
        for span in beside:
            self._light(length, span, Lit.BESIDE, f"s{span[0]}-{span[1]}")
        self._lit.sort()

    def _light(self, length: int, span: Span, how: Lit, anchor: str) -> None:
        start, end = max(0, span[0]), min(length, span[1])
        for from_, to, _, _ in sorted(self._lit):
            if start < end and from_ < end and start < to:
                if start < from_:
                    self._lit.append((start, from_, how, anchor))
                start = to
        if start < end:
            self._lit.append((start, end, how, anchor))

    def cut(self, text: str, start: int, end: int) -> Pieces:
        """Cut a span of the text into pieces, lit and not."""
        found: list[Piece] = []
        for from_, to, how, anchor in self._lit:
            if from_ < end and start < to:
                if start < from_:
                    found.append(Piece(text[start:from_]))
                    start = from_
                stop = min(to, end)
                name = "" if anchor in self._named else anchor
                self._named.add(anchor)
                found.append(Piece(text[start:stop], how, name))
                start = stop
        if start < end:
            found.append(Piece(text[start:end]))
        return tuple(found)


def _blocks(article: Article, lights: _Lights) -> Iterator[Block]:
    above: tuple[str, ...] = ()
    said = ""  # by the passage before
    page: int | None = None
    columns: tuple[str, ...] = ()
    bodies: list[Body] = []  # of the table that may go on
    for passage in article.passages:
        headings = passage.heading[passage.heading[:1] == (article.title,) :]
        begins = passage.page if passage.page != page else None
        lines = _lines(article, passage)
        before = columns if headings == above else ()
        found = columns_of([article.text[start:end] for start, end in lines], before)
        if bodies and (headings != above or found != columns):
            yield Table(columns, tuple(bodies))
            bodies = []
        yield from _headings(above, headings, said)
        if found:
            rows = tuple(_cells(article.text, line, found, lights) for line in lines)
            bodies.append(Body(passage.number, rows, begins))
        else:
            yield _paragraph(article.text, passage.number, lines, begins, lights)
        above, page, columns = headings, passage.page, found
        said = article.text[passage.start : passage.end]
    if bodies:
        yield Table(columns, tuple(bodies))


def _headings(above: Sequence[str], now: Sequence[str], said: str) -> Iterator[Heading]:
    """Give the headings that begin here; an inner one begins anew under another outer one.

    A question that is read with its first answer, ``said`` above, is not set again.
    """
    same = 0
    while same < min(len(above), len(now)) and above[same] == now[same]:
        same += 1
    for depth in range(same, len(now)):
        if not (asks(now[depth]) and " ".join(said.split()).startswith(now[depth])):
            yield Heading(min(depth + 2, _LAST_LEVEL), now[depth])


def _lines(article: Article, passage: Passage) -> list[Span]:
    """Give the lines of a passage, white space around them left out where it starts no list.

    Where a sentence goes on over the end of a line, the lines were only folded, and are one.
    """
    text = article.text
    if "\n" not in text[passage.start : passage.end]:
        return [(passage.start, passage.end)]
    starts = [sentence.start for sentence in passage.sentences]

    def folded(place: int) -> bool:
        at = bisect_right(starts, place) - 1
        return at >= 0 and place < passage.sentences[at].end

    breaks = [match.start() for match in re.finditer("\n", text[passage.start : passage.end])]
    ends = [passage.start + place for place in breaks]
    cuts = [place for place in ends if not folded(place)]
    if len(cuts) < len(ends) and not any(_MARK.match(text, place + 1) for place in cuts):
        cuts = []
    lines = zip([passage.start, *(cut + 1 for cut in cuts)], [*cuts, passage.end], strict=True)
    return [(start, end) for start, end in lines if text[start:end].strip()]


def _paragraph(
    text: str, number: int, lines: Sequence[Span], page: int | None, lights: _Lights
) -> Paragraph:
    marks = [_MARK.match(text, start, end) for start, end in lines]
    if not any(marks):
        kind: Literal["prose", "lines"] = "lines" if len(lines) > 1 else "prose"
        rows = tuple(Row(lights.cut(text, start, end)) for start, end in lines)
        return Paragraph(number, kind, rows, page)
    items = []
    deep = depths(text, lines, [mark and mark.span(2) for mark in marks])
    for (start, end), mark, level in zip(lines, marks, deep, strict=True):
        depth = min(level, _DEEPEST)
        if mark is None:
            items.append(Row(lights.cut(text, start, end), (), depth))
        else:
            before = lights.cut(text, *mark.span(2))
            items.append(Row(lights.cut(text, mark.end(), end), before, depth))
    return Paragraph(number, "list", tuple(items), page)


def _cells(text: str, line: Span, columns: Sequence[str], lights: _Lights) -> tuple[Cell, ...]:
    start = line[0]
    cells = []
    for label, said in cells_of(text[slice(*line)], columns):
        # First what it says: its label may not be shown, and what is not cannot be led to.
        pieces = lights.cut(text, start + said[0], start + said[1])
        cells.append(Cell(lights.cut(text, start + label[0], start + label[1]), pieces))
    return tuple(cells)
