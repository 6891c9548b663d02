"""Short lines that head what follows, though nothing says so: "Parking" above what is said of it.

Such a line stands alone, in bold or as one of several, and has prose below it. It answers nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from summitqa_index.sources.document import Unit

_LONGEST, _MOST_WORDS = 60, 8
_FEWEST = 2  # of those that nothing but their place tells
_LEAST_WORDS = 4  # of the prose below
_ENDS = re.compile(r"[.!?…;,。！？][\"'”’»)\]]*\Z")
_FACT = re.compile(r"[\d,]")
_BEGINS = re.compile(r"[\"'“‘«(]?[^\W\da-z_]")


def is_head(line: str) -> bool:
    """Tell whether a line may be a heading: short, and no sentence, part of one, or fact.

    One with a number or a comma may say what is asked for ("Version 2, 1 July").
    """
    words = line.rstrip(":：")
    few = len(words) <= _LONGEST and len(words.split()) <= _MOST_WORDS
    return few and bool(_BEGINS.match(words)) and not (_ENDS.search(words) or _FACT.search(words))


def is_prose(text: str) -> bool:
    """Tell whether a text ends as sentences do, and is more than a word or two."""
    return bool(_ENDS.search(text)) and len(text.split()) >= _LEAST_WORDS


def places(heads: Sequence[bool], prose: Sequence[bool]) -> frozenset[int]:
    """Give where those that may head have prose right below; none where that is one alone."""
    found = [
        place for place, (head, below) in enumerate(zip(heads, prose[1:], strict=False))
        if head and below
    ]  # fmt: skip
    return frozenset(found if len(found) >= _FEWEST else ())


def told(units: Iterable[Unit]) -> Iterator[Unit]:
    """Give the units, what heads the next as a heading just below the one above it."""
    known = list(units)
    heads = [_is_plain(unit) and is_head(unit.lines[0].text) for unit in known]
    prose = [_is_plain(unit) and is_prose(unit.lines[-1].text) for unit in known]
    several = places(heads, prose)
    level, opened = 0, False  # of the heading above, and whether one that is told here is open
    for place, (unit, below) in enumerate(pairwise([*known, Unit(())])):
        level, opened = unit.level or level, opened and not unit.level
        whole = heads[place] and unit.bold == unit.lines[0].text
        if place in several or (whole and _is_plain(below) and prose[place + 1]):
            line = replace(unit.lines[0], text=unit.lines[0].text.rstrip(":："))
            yield Unit((line,), level=level + 1)
            opened = True
            continue
        # What another such line stands above is not known; a question, or what begins in bold,
        # needs no other head.
        if opened and (heads[place] or unit.bold or unit.asks):
            yield Unit((), level=level + 1)
            opened = False
        yield unit


def _is_plain(unit: Unit) -> bool:
    """Tell whether a unit is a paragraph that says something, no item of a list and no row."""
    special = unit.level or unit.asks or unit.apart or not unit.lines
    return not special and not any(line.mark or line.whole for line in unit.lines)
