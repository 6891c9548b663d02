"""An inverted index of words, as a version's folder keeps it."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summitqa.encoder import Ints
from summitqa.folder.arrays import load_arrays
from summitqa.folder.lines import Lines
from summitqa.folder.mapped import Mapped
from summitqa.folder.tables import holds
from summitqa.lexical import words


@dataclass(frozen=True, slots=True)
class Lexicon:
    """For each stem the sentences that hold it.

    A store's has titles and headings too, each like one more sentence, after those of its text.
    ``vocabulary``: the stems. The postings of stem ``i`` are
    ``sentences[starts[i]:starts[i + 1]]``, ascending, with as many ``counts``;
    ``lengths``: (sentences,) words in each sentence; ``forms``: every word as it is spelt,
    folded, in order.
    """

    vocabulary: Lines
    starts: NDArray[np.int64]
    sentences: Ints
    counts: Ints
    lengths: Ints
    forms: Lines

    @classmethod
    def build(cls, texts: Iterable[str]) -> "Lexicon":
        """Index sentences given in order."""
        postings: dict[str, array[int]] = {}  # of each stem, sentence and count by turns
        lengths = array("i")
        forms: set[str] = set()
        for number, text in enumerate(texts):
            found = words(text)
            lengths.append(len(found))
            forms.update(word.folded for word in found)
            for stem, count in Counter(word.stem for word in found).items():
                postings.setdefault(stem, array("i")).extend((number, count))
        ordered = sorted(postings)
        sizes = np.asarray([0, *(len(postings[stem]) // 2 for stem in ordered)], np.int64)
        runs = [np.asarray(postings[stem], np.int32) for stem in ordered]
        flat = np.concatenate(runs or [np.zeros(0, np.int32)]).reshape(-1, 2)
        return cls(
            vocabulary=Lines.of(ordered),
            starts=np.cumsum(sizes),
            sentences=np.ascontiguousarray(flat[:, 0]),
            counts=np.ascontiguousarray(flat[:, 1]),
            lengths=np.asarray(lengths, np.int32),
            forms=Lines.of(sorted(forms)),
        )

    @classmethod
    def load(cls, raw: bytes | Mapped, sentences: int, headings: int) -> "Lexicon":
        """Read what ``arrays`` gave and ``check`` it; ValueError where it is something else."""
        arrays = load_arrays(raw)
        stems, forms = (Lines(arrays.pop(name)) for name in ("vocabulary", "forms"))
        lexicon = cls(stems, forms=forms, **arrays)
        lexicon.check(sentences, headings)
        return lexicon

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Give what is to be written: the index, its words as lines of UTF-8."""
        return {
            "vocabulary": self.vocabulary.raw,
            "forms": self.forms.raw,
            "starts": self.starts,
            "sentences": self.sentences,
            "counts": self.counts,
            "lengths": self.lengths,
        }

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
            and holds(self.sentences, lambda part: (part >= 0) & (part < held))
            and holds(self.counts, lambda part: part > 0)
            and holds(self.lengths[:sentences], lambda part: part > 0)
            and holds(self.lengths, lambda part: part >= 0)
        )
        if not sound:
            raise ValueError("the words do not fit the sentences")

    def postings(self, stem: str, first: int, last: int) -> tuple[Ints, Ints]:
        """Give the sentences in ``first:last`` that hold a stem, and how often each does."""
        number = self.vocabulary.find(stem)
        if number is None:
            return self.sentences[:0], self.counts[:0]
        low, high = self.starts[number], self.starts[number + 1]
        held = self.sentences[low:high]
        # Bounds of another type would have all of what is held copied to theirs.
        inside = np.searchsorted(held, np.asarray((first, last), held.dtype)) + low
        return self.sentences[inside[0] : inside[1]], self.counts[inside[0] : inside[1]]
