"""Two wordings of a passage beside each other, with the words that are other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from summitqa_bot import strings
from summitqa_index.changes import PassageChange

_WORD = re.compile(r"\S+\s*|\s+")
# Characters: of what is the same, shown on each side of what is other; of what is other.
_AROUND, _OTHER = 40, 300


@dataclass(frozen=True, slots=True)
class Words:
    """Some words of a passage; ``other``: the other wording does not have them."""

    text: str
    other: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """How a passage read then and how it reads now; empty where there was or is none."""

    then: tuple[Words, ...]
    now: tuple[Words, ...]


def difference(change: PassageChange) -> Difference:
    """Set the two wordings of a passage beside each other."""
    then, now = _WORD.findall(change.old or ""), _WORD.findall(change.new or "")
    same = Indel.opcodes(_bare(then), _bare(now)).as_matching_blocks()
    return Difference(
        _marked(then, [(one.a, one.a + one.size) for one in same]),
        _marked(now, [(one.b, one.b + one.size) for one in same]),
    )


def narrowed(words: Sequence[Words]) -> tuple[Words, ...]:
    """Cut a wording to what is other in it and a little around that, on one line.

    Empty where nothing is; ``strings.GAP`` stands for what is left out.
    """
    if not any(one.other for one in words):
        return ()
    last = len(words) - 1
    found: list[Words] = []
    for place, one in enumerate(words):
        head = _OTHER if one.other else _AROUND if place else 0
        tail = _AROUND if place < last and not one.other else 0
        found.append(Words(_short(" ".join(one.text.split()), head, tail), one.other))
    return tuple(found)


def _short(line: str, head: int, tail: int) -> str:
    """Give the whole words of the head and the tail of a line that has room for no more."""
    if len(line) <= head + tail + len(strings.GAP):
        return line
    begins = line[:head].rpartition(" ")[0] or line[:head]
    ends = line[len(line) - tail :].partition(" ")[2] or line[len(line) - tail :]
    return " ".join(one for one in (begins, strings.GAP, ends) if one)


def _bare(words: list[str]) -> list[str]:
    return [word.strip() for word in words]


def _marked(words: list[str], same: list[tuple[int, int]]) -> tuple[Words, ...]:
    """Put words together that are the same, and those that are other."""
    found: list[Words] = []
    place = 0
    for start, end in same:
        found.append(Words("".join(words[place:start]), other=True))
        found.append(Words("".join(words[start:end])))
        place = end
    return tuple(one for one in found if one.text)
