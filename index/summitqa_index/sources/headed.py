"""The title and the headings of a text without markup, told by how they are set.

A line that stands alone and ends like no sentence heads what follows it where it is in capitals
or numbered. Such a first line is the title, however it is set.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from summitqa_index.sources.clean import one_line
from summitqa_index.sources.document import Block

_LONGEST, _MOST_WORDS = 120, 16
_ENDS = re.compile(r"[.!?…:;,。！？][\"'”’»)\]]*\Z")
_NUMBERED = re.compile(r"(?:§\s*)?\d{1,3}(?P<below>(?:\.\d{1,3})*)[.)]?\s+[^\W\d_]")
# An item of a list, or what somebody says in an interview.
_OTHER = re.compile(r"[-*•–—]\s|[^\Wa-z\d_][^a-z\d]{0,40}\s?[—–:]\s")


def headed(text: str, blocks: Sequence[Block]) -> tuple[str | None, list[Block]]:
    """Give the title, and the blocks under their headings, which are no passages themselves."""
    alone = [_alone(text[block.start : block.end]) for block in blocks]
    if len(blocks) < 2 or not alone[0] or _level(alone[0]) == 2:
        return None, list(_below(blocks, alone))
    set_apart = _level(alone[0]) == 1 != _level(alone[1])
    if not set_apart and not _punctuated(text, blocks[1:]):
        return None, list(_below(blocks, alone))
    return one_line(alone[0]), list(_below(blocks[1:], alone[1:]))


def _below(blocks: Sequence[Block], alone: Sequence[str]) -> Iterator[Block]:
    """Take each heading that something stands under for the path of what follows."""
    path: tuple[str, ...] = ()
    for number, (block, line) in enumerate(zip(blocks, alone, strict=True)):
        level = _level(line)
        if level and number + 1 < len(blocks) and _level(alone[number + 1]) != level:
            path = (*path[: level - 1], line)
        else:
            yield replace(block, heading=path)


def _alone(piece: str) -> str:
    """Give a block that is a short line and ends like no sentence, else an empty text."""
    short = "\n" not in piece and len(piece) <= _LONGEST and len(piece.split()) <= _MOST_WORDS
    return piece if short and not _ENDS.search(piece) and not _OTHER.match(piece) else ""


def _level(line: str) -> int:
    """Give a heading's level, 1 or 2; 0 for a line that is none."""
    numbered = _NUMBERED.match(line)
    if numbered:
        return 2 if numbered["below"] else 1
    return int(line.isupper() and sum(one.isalpha() for one in line) > 2)


def _punctuated(text: str, blocks: Sequence[Block]) -> bool:
    """Tell whether most paragraphs end as sentences do, so that one which does not is none."""
    ended = [bool(_ENDS.search(text[block.start : block.end])) for block in blocks]
    return sum(ended) > len(ended) / 2
