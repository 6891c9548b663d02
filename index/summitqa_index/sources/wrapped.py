"""Lines of a plain text that were wrapped by hand, put together again where they are prose.

Of a line that was wrapped two things are true: the word behind its end had no more room, and some
sentence goes on over an end. Lists keep their items; verse, tables and programs their lines.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

# Empty lines and lines that are drawn; the indent of a line is part of its width.
_BETWEEN = re.compile(r"(\n(?>(?:[ \t]*+(?:_{5,}+|={5,}+)?[ \t]*+(?:\n|\Z))+))")
# Characters: lines are seldom wrapped at fewer, and wider ones are paragraphs.
_NARROW, _WIDE = 50, 120
_ABOVE = 3  # lines of a heading, with those drawn over and under it
# Where something begins that is no more of the line above: an item, or what somebody says.
_BEGINS = re.compile(
    r"\s*(?:(?:[-*•–—+]|\(?(?:\d{1,3}|[a-z])[.)])\s|[^\s:]{1,20}(?: [^\s:]{1,20})?:\s)"
)
# A table's columns (two spaces stand behind a sentence, too), a program's lines, a quoted mail.
_OTHERWISE = re.compile(
    r"(?<=[^.!?:;\s])[ ]{2,}(?=\S)|\S[ ]*\t|\||[{}\\][ \t]*$|^[ \t]*>", re.MULTILINE
)
# What has come to its end, quotation marks and brackets behind it.
ENDED = re.compile(r"[.!?…:;][\"'”’»)\]]*\Z")


def unwrapped(text: str) -> str:
    """Give a text with the lines of each paragraph of prose put together, a space between."""
    pieces = _BETWEEN.split(text)
    pieces[::2] = ["\n".join(_joined(one)) for one in pieces[::2]]
    return "".join(pieces)


def _joined(paragraph: str) -> Iterator[str]:
    lines = paragraph.split("\n")
    if len(lines) == 1 or _OTHERWISE.search(paragraph):
        yield from lines
        return
    for group in _groups(lines):
        above = _headed(group)
        yield from group[:above]
        if group[above:]:
            first, *further = group[above:]
            yield " ".join([first.rstrip(), *(line.strip() for line in further)])


def _headed(group: Sequence[str]) -> int:
    """Count the lines that stay above those to put together: a heading, or all that there are."""
    for count in range(_ABOVE + 1):
        if _is_wrapped(group[count:]):
            return count
        if ENDED.search(group[min(count, len(group) - 1)].rstrip()):
            break
    return len(group)


def _groups(lines: Sequence[str]) -> Iterator[list[str]]:
    """Part lines where an item of a list begins, or what somebody says."""
    group: list[str] = []
    for line in lines:
        if group and _BEGINS.match(line):
            yield group
            group = []
        group.append(line)
    yield group


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Tell whether lines are prose that was wrapped at some width."""
    widths = [len(line.rstrip()) for line in lines]
    widest = max(widths, default=0)
    if len(lines) < 2 or not _NARROW <= widest <= _WIDE:
        return False
    if len({len(line) - len(line.lstrip()) for line in lines[1:]}) > 1:
        return False
    words = [(line.split() or [""])[0] for line in lines[1:]]
    full = all(width + 1 + len(word) > widest for width, word in zip(widths, words, strict=False))
    return full and any(
        not ENDED.search(line.rstrip()) and further.lstrip()[:1].islower()
        for line, further in pairwise(lines)
    )
