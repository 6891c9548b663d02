"""What every reader gives, whatever the format: a text, its paragraphs, what is known of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph: a half-open character span of the document's text.

    ``heading`` is the path of headings above it, outermost first; ``page`` counts from 1.
    ``parts`` are the spans that may be quoted, each split into sentences by itself, save a
    ``whole`` one; without any, the whole paragraph is one part.
    """

    start: int
    end: int
    heading: tuple[str, ...] = ()
    page: int | None = None
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A span of a text that may be quoted; ``whole``: as one sentence, such as a table's row."""

    start: int
    end: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A source as read: the stored text, its paragraphs in order, and its metadata.

    ``trouble`` says in a clause what was amiss, though it could be read.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    url: str | None = None
    published: date | None = None
    credit: str | None = None
    language: str | None = None
    slug: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line (or a few) of a paragraph; its ``mark``, such as a list's number, is not quoted.

    One with a ``depth`` belongs to the nearest line above that has less, as in a list.
    """

    text: str
    mark: str = ""
    whole: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a source: lines, and what they are.

    ``level`` is a heading's; ``asks``: a question that the next unit answers; ``apart``: lines
    that may be several paragraphs, as many together as there is room for, the first ``lead`` of
    them with those that follow; ``bold``: what of
    it is so at its start.
    """

    lines: tuple[Line, ...]
    level: int = 0
    asks: bool = False
    apart: bool = False
    lead: int = 0
    bold: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph before it has a place in a text; ``parts`` are spans of its own text."""

    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    parts: tuple[Part, ...] = ()


def stacked(lines: Iterable[Line], heading: tuple[str, ...]) -> Paragraph:
    """Make a paragraph of lines, one below the other."""
    pieces: list[str] = []
    parts: list[Part] = []
    place = 0
    for line in lines:
        start = place + len(line.mark)
        parts.append(Part(start, start + len(line.text), line.whole))
        pieces.append(line.mark + line.text)
        place += len(pieces[-1]) + 1
    return Paragraph("\n".join(pieces), heading, parts=tuple(parts))


def join(paragraphs: Iterable[Paragraph]) -> tuple[str, tuple[Block, ...]]:
    """Set paragraphs one below the other, an empty line between; give the text and its blocks."""
    pieces: list[str] = []
    blocks: list[Block] = []
    position = 0
    for one in paragraphs:
        if pieces:
            position += 2
        blocks.append(placed(one, position))
        pieces.append(one.text)
        position = blocks[-1].end
    return "\n\n".join(pieces), tuple(blocks)


def placed(one: Paragraph, start: int) -> Block:
    """Give a paragraph its place in a text."""
    parts = tuple(Part(start + part.start, start + part.end, part.whole) for part in one.parts)
    return Block(start, start + len(one.text), one.heading, one.page, parts)
