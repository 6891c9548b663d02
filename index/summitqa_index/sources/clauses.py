"""Items of a plain text's numbered list that are passages: clauses, and those of a long list.

A clause has a title on its line and what it says below: "3. Fees", and then a paragraph.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from summitqa.listing import Span, depths
from summitqa_index.sources.clean import one_line
from summitqa_index.sources.document import Block
from summitqa_index.sources.typed import item_in, titles

# Characters of a list that is not cut, and of short items that make one passage, as in Markdown.
_WHOLE, _ROOM = 900, 300
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a list; where its ``title`` ends, or 0."""

    start: int
    end: int
    title: int = 0


def clauses(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """Cut paragraphs that hold clauses, and a long list, between the outermost items.

    A text that has one alone has none: what seems a title may be a line that is short.
    """
    found = [_items(text, block) for block in blocks]
    several = sum(one.title > 0 for items in found for one in items) > 1
    for block, items in zip(blocks, found, strict=True):
        if several and any(one.title for one in items):
            yield from _trimmed(text, Block(block.start, items[0].start))
            for one in items:
                heading = one_line(text[one.start : one.title])
                path = (heading,) if one.title and heading else ()
                yield from _trimmed(text, Block(one.title or one.start, one.end, path))
        elif len(items) > 1 and block.end - block.start > _WHOLE:
            for start, end in _packed(block.start, items):
                yield from _trimmed(text, Block(start, end))
        else:
            yield block


def _items(text: str, block: Block) -> list[_Item]:
    lines = [match.span() for match in _LINE.finditer(text, block.start, block.end)]
    marks = [item_in(text, *line) for line in lines]
    deep = depths(text, lines, marks)
    starts = [
        line[0]
        for line, mark, depth in zip(lines, marks, deep, strict=True)
        if mark and not depth and text[mark[0]].isdigit()
    ]
    return [
        _Item(start, end, _title(text, start, end)) for start, end in pairwise([*starts, block.end])
    ]


def _title(text: str, start: int, end: int) -> int:
    """Give where the title of an item ends, or 0 where it has none."""
    lines = text[start:end].rstrip().split("\n")
    return start + len(lines[0]) if titles(lines) else 0


def _packed(start: int, items: Sequence[_Item]) -> Iterator[Span]:
    """Put as many items together as there is room for, the first with what leads to them."""
    end = items[0].end
    for one in items[1:]:
        if one.end - start > _ROOM:
            yield start, end
            start = one.start
        end = one.end
    yield start, end


def _trimmed(text: str, block: Block) -> Iterator[Block]:
    """Give a block without the white space around it, if it holds more."""
    said = text[block.start : block.end]
    if said.strip():
        start = block.start + len(said) - len(said.lstrip())
        yield replace(block, start=start, end=block.start + len(said.rstrip()))
