"""The title and the headings of a text without markup, told by how they are set.

A line that is underlined heads what follows it, and one that stands alone and ends like no
sentence where it is in capitals or numbered. Such a first line is the title, however it is set.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile

from summitqa_index.sources.clean import one_line
from summitqa_index.sources.document import Block
from summitqa_index.sources.heads import is_head, is_prose, places

_LONGEST, _MOST_WORDS = 120, 16
_PLACED = 3  # the level of a heading that is told by its place alone; of a question, one below
_ENDS = re.compile(r"[.!?…:;,。！？][\"'”’»)\]]*\Z")
_NUMBERED = re.compile(r"(?:§\s*)?\d{1,3}(?P<below>(?:\.\d{1,3})*)[.)]?\s+[^\W\d_]")
# An item of a list, or what somebody says in an interview.
_OTHER = re.compile(r"[-*•–—]\s|[^\Wa-z\d_][^a-z\d]{0,40}\s?[—–:]\s")
_MARK = re.compile(r"(?:[A-Z]|\d{1,3})[.)]\s+")  # of a chapter
_RULE = re.compile(r"([=\-~^*#_])\1{2,}+")
_DRAWN = re.compile(r"\s*(?:_{5,}+|={5,}+)\s*")
# The first line of a page of a manual: "TAR(1)      GNU TAR Manual      TAR(1)".
_MANUAL = re.compile(r"(?P<name>[\w.:+-]{1,40}\(\w{1,5}\))\s.{0,200}\s(?P=name)")


@dataclass(frozen=True, slots=True)
class _Set:
    """How a block is set: the words of a short line, its level as a heading, or none (0).

    ``own``: it has a heading in its first line; ``asked``: it begins with a question that heads
    what follows the block, too, up to another ``number`` (the level it tells, or none).
    """

    words: str = ""
    level: int = 0
    ruled: bool = False
    own: bool = False
    asked: bool = False
    number: int = 0


def parted(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part a paragraph from the heading that stands on its first lines, if one does."""
    lines = text[start:end].split("\n", 3)
    count = _ruled(lines)
    if not count and len(lines) > 1 and _level(lines[0]) == 1 and lines[0].isupper():
        count = int(_indent(lines[1]) > _indent(lines[0]))  # as in a page of a manual
    place = start + sum(len(line) + 1 for line in lines[:count])
    if not count or place >= end:
        yield start, end
        return
    yield start, place - 1
    while text[place].isspace() and place < end - 1:
        place += 1
    yield place, end


def drawn(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part a paragraph at lines that are drawn from side to side, which are no text.

    Those of a heading stay, and what stands below the first row of a table.
    """
    lines = text[start:end].split("\n")
    if len(lines) <= 3 and _ruled(lines) == len(lines):
        yield start, end
        return
    begin = place = start
    last = len(lines) - 1
    for number, line in enumerate(lines):
        place += len(line) + 1
        if _DRAWN.fullmatch(line) and ("_" in line or number in {0, last}):
            yield from _said(text, begin, place - 1 - len(line))
            begin = place
    yield from _said(text, begin, end)


def _said(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give a span without the white space around it, if it holds more."""
    said = text[start:end]
    if said.strip():
        yield start + len(said) - len(said.lstrip()), start + len(said.rstrip())


def _ruled(lines: Sequence[str]) -> int:
    """Count the lines of a heading with a line under it, or over and under it."""
    over = int(bool(_RULE.fullmatch(lines[0].strip())))
    if len(lines) < over + 2:
        return 0
    words, rule = lines[over].strip(), lines[over + 1].strip()
    fits = len(words) <= _LONGEST and 0.5 * len(words) <= len(rule) <= 2 * len(words) + 4
    # Alone with its line, that may go on to the edge of the text; else it is a table's first row.
    fits = fits or (rule.startswith("==") and len(lines) == over + 2 and len(words) <= _LONGEST)
    marked = _MARK.match(words) if over else None
    spread = re.search(r"\s{2}|[\t|]", words[marked.end() if marked else 0 :])
    return over + 2 if words and fits and not spread and _RULE.fullmatch(rule) else 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def headed(text: str, blocks: Sequence[Block]) -> tuple[str | None, list[Block]]:
    """Give the title, and the blocks under their headings, which are no passages themselves."""
    found = _told(text, blocks)
    if len(blocks) < 2:
        return None, list(_below(blocks, found))
    first = found[0]
    if manual := _MANUAL.fullmatch(first.words):
        return manual["name"], list(_below(blocks[1:], found[1:]))
    if first.ruled:
        titles = _stands_alone(first, found[1:])
        begin = int(titles)
        return one_line(first.words) if titles else None, list(
            _below(blocks[begin:], found[begin:])
        )
    if not first.words or first.level == 2 or first.asked:
        return None, list(_below(blocks, found))
    set_apart = first.level == 1 != found[1].level
    if not set_apart and not _punctuated(text, blocks[1:]):
        return None, list(_below(blocks, found))
    return one_line(first.words), list(_below(blocks[1:], found[1:]))


def _stands_alone(first: _Set, others: Sequence[_Set]) -> bool:
    """Tell a title with a line under it from a heading: most that are set like it are numbered."""
    alike = [one.words[0].isdigit() for one in others if one.ruled and one.level == first.level]
    return not alike or (not first.words[0].isdigit() and sum(alike) * 2 > len(alike))


def _told(text: str, blocks: Sequence[Block]) -> list[_Set]:
    """Tell how each block is set, and which lines head what follows by their place alone."""
    said = [text[block.start : block.end] for block in blocks]
    found = [_asked(text, block) or _set(one) for one, block in zip(said, blocks, strict=True)]
    may = [bool(one.words) and not one.level and is_head(one.words) for one in found]
    heads = places(may, [is_prose(one) for one in said])
    return [
        replace(
            one,
            level=_PLACED if place in heads else one.level,
            own=_has_its_own(text, block),
            number=_number(piece),
        )
        for place, (one, block, piece) in enumerate(zip(found, blocks, said, strict=True))
    ]


def _asked(text: str, block: Block) -> _Set | None:
    """Tell how a question with a number is set, with what answers it or alone."""
    asked = block.parts[0] if block.parts else None
    words = one_line(text[block.start : asked.end]) if asked and asked.whole else None
    if not words or not _NUMBERED.match(words):
        return None
    return _Set(words, _PLACED + _level(words), asked=True)


def _number(piece: str) -> int:
    return _level(piece) if _NUMBERED.match(piece) else 0


def _has_its_own(text: str, block: Block) -> bool:
    return bool(block.parts) and is_head(text[block.start : block.parts[0].start].strip())


def _below(blocks: Sequence[Block], found: Sequence[_Set]) -> Iterator[Block]:
    """Take each heading that something stands under for the path of what follows."""
    path: tuple[tuple[int, str], ...] = ()
    for number, (block, one) in enumerate(zip(blocks, found, strict=True)):
        if one.asked:
            path = tuple(takewhile(partial(_is_above, one), path))
            yield replace(block, heading=(*(words for _, words in path), *block.heading))
            path = (*path, (one.level, one.words))
        elif one.level and number + 1 < len(blocks) and found[number + 1].level != one.level:
            path = (*(above for above in path if above[0] < one.level), (one.level, one.words))
        else:
            if one.number:
                path = tuple(above for above in path if above[0] < _PLACED + one.number)
            # What another such line stands above is not known; one with its own needs no other.
            if one.words or one.own:
                path = tuple(above for above in path if above[0] < _PLACED)
            yield replace(block, heading=(*(words for _, words in path), *block.heading))


def _is_above(asked: _Set, heading: tuple[int, str]) -> bool:
    """Tell whether a question stands under a heading, and is no section beside it."""
    level, words = heading
    return level < asked.level and _number(words) < asked.number


def _set(piece: str) -> _Set:
    """Tell how a block is set; a short line ends like no sentence, save one with a line below."""
    lines = piece.split("\n")
    if len(lines) <= 3 and _ruled(lines) == len(lines):
        words, rule = " ".join(lines[-2].split()), lines[-1].strip()
        return _Set(words, 1 if rule[0] in "=#" or len(lines) == 3 else 2, ruled=True)
    short = "\n" not in piece and len(piece) <= _LONGEST and len(piece.split()) <= _MOST_WORDS
    line = piece if short and not _ENDS.search(piece) and not _OTHER.match(piece) else ""
    return _Set(line, _level(line))


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
