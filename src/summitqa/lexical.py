"""Words: how text becomes stems, and what a word in common is worth."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import Stemmer

from summitqa.encoder import Floats, Ints

_WORD = re.compile(r"\w+(?:[.’'&]\w+)*")
_POSSESSIVE = re.compile(r"(?:['’]s?)$")

# English function words, and the words a question is put with: they say what kind of
# answer is wanted, not what it is about, and as search terms they only mislead.
_STOP_WORDS = """
a about above after again against ago all also am an and any are aren't as at be because been
before being below between both but by can can't cannot could did didn't do does doesn't doing
don't down during each else ever few for from further get gets got had has have having he her
here hers herself him himself his how i if in into is isn't it its itself just let's many may me
might more most much must my myself no nor not of off on once only or other our ours out over own
please same say says said she should so some such tell than that the their theirs them themselves
then there these they this those through to too under until up us very was wasn't we were what
whatever when where whether which while who whom whose why will with would you your yours
yourself name kind type call called
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its stem, its folded form, and its character span."""

    stem: str
    folded: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower-case and strip accents, so that "Zelenskýy" and "zelenskyy" are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words(text: str) -> list[Word]:
    """Find the words of a text, in order."""
    # A stemmer keeps a cache that is not safe to share between threads; making one is cheap.
    stem = Stemmer.Stemmer("english", 0).stemWord
    found = []
    for match in _WORD.finditer(text):
        folded = _POSSESSIVE.sub("", fold(match[0])).replace("’", "'")
        if folded:
            found.append(Word(stem(folded), folded, match.start(), match.end()))
    return found


def content_words(found: Iterable[Word]) -> tuple[Word, ...]:
    """Give the words a question is about, in order; all of them if none but stop words."""
    listed = tuple(found)
    return tuple(word for word in listed if word.folded not in STOP_WORDS) or listed


def inverse_frequency(total: int, holding: Any) -> Any:
    """BM25's inverse frequency (Robertson et al. 1995): ln(1 + (N − df + ½) / (df + ½))."""
    return np.log1p((total - holding + 0.5) / (holding + 0.5))


def bm25_parts(counts: Ints, lengths: Floats, average: float) -> Floats:
    """Okapi BM25 before the inverse frequency: what ``counts`` occurrences of a stem are worth.

    k1 = 1.2 and b = 0.75 are the usual values (Robertson et al. 1995). ``lengths`` are the
    words of each unit and ``average`` their mean over the scope.
    """
    k1, b = 1.2, 0.75
    parts = counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths / max(average, 1.0)))
    return parts.astype(np.float32)
