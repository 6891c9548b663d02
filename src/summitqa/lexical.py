"""Words: how text becomes stems, and which sentence holds which stem how often."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import Stemmer
from numpy.typing import NDArray

from summitqa.encoder import Floats, Ints
from summitqa.tables import dump_arrays, load_arrays

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


@dataclass(frozen=True, slots=True)
class Lexicon:
    """An inverted index: for each stem the sentences that hold it.

    A store's has titles and headings too, each like one more sentence, after those of its text.
    ``vocabulary``: stem → its number. The postings of stem ``i`` are
    ``sentences[starts[i]:starts[i + 1]]``, ascending, with as many ``counts``;
    ``lengths``: (sentences,) words in each sentence; ``forms``: every word as it is spelt,
    folded, in order.
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    sentences: Ints
    counts: Ints
    lengths: Ints
    forms: tuple[str, ...]

    @classmethod
    def build(cls, texts: Iterable[str]) -> "Lexicon":
        """Index sentences given in order."""
        postings: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        forms: set[str] = set()
        for number, text in enumerate(texts):
            found = words(text)
            lengths.append(len(found))
            forms.update(word.folded for word in found)
            for stem, count in Counter(word.stem for word in found).items():
                postings.setdefault(stem, []).append((number, count))
        ordered = sorted(postings)
        sizes = np.asarray([0, *(len(postings[stem]) for stem in ordered)], np.int64)
        flat = np.asarray([pair for stem in ordered for pair in postings[stem]], np.int32).reshape(
            -1, 2
        )
        return cls(
            vocabulary={stem: number for number, stem in enumerate(ordered)},
            starts=np.cumsum(sizes),
            sentences=np.ascontiguousarray(flat[:, 0]),
            counts=np.ascontiguousarray(flat[:, 1]),
            lengths=np.asarray(lengths, np.int32),
            forms=tuple(sorted(forms)),
        )

    @classmethod
    def load(cls, raw: bytes, sentences: int, headings: int) -> "Lexicon":
        """Read what ``dump`` gave and ``check`` it; ValueError where it is something else."""
        arrays = load_arrays(raw)
        stems, forms = (
            tuple(arrays.pop(name).tobytes().decode().split("\n"))
            for name in ("vocabulary", "forms")
        )
        lexicon = cls({stem: number for number, stem in enumerate(stems)}, forms=forms, **arrays)
        lexicon.check(sentences, headings)
        return lexicon

    def dump(self) -> bytes:
        """Give the index as the bytes of an ``.npz``, its words as lines of UTF-8."""
        return dump_arrays(
            vocabulary=_lines(self.vocabulary),
            forms=_lines(self.forms),
            starts=self.starts,
            sentences=self.sentences,
            counts=self.counts,
            lengths=self.lengths,
        )

    def check(self, sentences: int, headings: int = 0) -> None:
        """Hold the index to so many sentences, and to so many headings after them.

        An older one has none of headings. ValueError where it cannot be one of them.
        """
        flat, held = len(self.sentences), len(self.lengths)
        sound = (
            self.starts.shape == (len(self.vocabulary) + 1,)
            and self.lengths.shape == (held,)
            and held in {sentences, sentences + headings}
            and self.counts.shape == self.sentences.shape == (flat,)
            and all(
                np.issubdtype(array.dtype, np.integer)
                for array in (self.starts, self.sentences, self.counts, self.lengths)
            )
            and (self.starts[0], self.starts[-1]) == (0, flat)
            and bool((np.diff(self.starts) > 0).all())
            and bool(((self.sentences >= 0) & (self.sentences < held)).all())
            and bool((self.counts > 0).all())
            and bool((self.lengths[:sentences] > 0).all() and (self.lengths >= 0).all())
        )
        if not sound:
            raise ValueError("the words do not fit the sentences")

    def postings(self, stem: str, first: int, last: int) -> tuple[Ints, Ints]:
        """Give the sentences in ``first:last`` that hold a stem, and how often each does."""
        number = self.vocabulary.get(stem)
        if number is None:
            return self.sentences[:0], self.counts[:0]
        low, high = self.starts[number], self.starts[number + 1]
        inside = np.searchsorted(self.sentences[low:high], (first, last)) + low
        return self.sentences[inside[0] : inside[1]], self.counts[inside[0] : inside[1]]


def _lines(entries: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(entries).encode(), np.uint8)


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
