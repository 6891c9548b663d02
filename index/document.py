"""What every reader gives, whatever the format: a text, its paragraphs, what is known of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph: a half-open character span of the document's text.

    ``heading`` is the path of headings above it, outermost first; ``page`` counts from 1.
    """

    start: int
    end: int
    heading: tuple[str, ...] = ()
    page: int | None = None


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
class Paragraph:
    """A paragraph before it has a place in a text, as readers of structured formats find it."""

    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None


def join(paragraphs: Iterable[Paragraph]) -> tuple[str, tuple[Block, ...]]:
    """Set paragraphs one below the other, an empty line between; give the text and its blocks."""
    pieces: list[str] = []
    blocks: list[Block] = []
    position = 0
    for paragraph in paragraphs:
        if pieces:
            position += 2
        end = position + len(paragraph.text)
        blocks.append(Block(position, end, paragraph.heading, paragraph.page))
        pieces.append(paragraph.text)
        position = end
    return "\n\n".join(pieces), tuple(blocks)
