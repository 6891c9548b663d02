"""Two wordings of a passage beside each other, with the words that are other."""

import re
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from summitqa_index.changes import PassageChange

_WORD = re.compile(r"\S+\s*|\s+")


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
