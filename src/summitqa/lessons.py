"""A shelf's taught questions, ready to be met by those that are asked."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from summitqa.encoder import Encoder, Floats
from summitqa.errors import InputError
from summitqa.likeness import confidence, likeness, weights
from summitqa.phrased import phrasings
from summitqa.phrasing import Phrasing
from summitqa.question import Question, clean_question
from summitqa.snapshot import Snapshot
from summitqa.taught import Pair, Place, pairs_of, places_of, read_raw

log = logging.getLogger(__name__)

# Of the taught questions so many that mean most nearly the same are compared word by word, none
# that means something else altogether.
_COMPARED, _LEAST_COSINE = 8, 0.4


@dataclass(frozen=True, slots=True)
class Lesson:
    """A taught question that one asked is taken for, and where its passage stands now.

    ``likeness``: the probability that the two ask one thing.
    """

    pair: Pair
    number: int
    likeness: float

    @property
    def confidence(self) -> float:
        """The probability that this passage answers what was asked."""
        return confidence(self.likeness)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a shelf was taught, found in one version of it.

    ``digest``: of the file; ``version``: the version's id; ``places``: of each pair, ``None``
    where its text is gone; ``phrasings``: of each question; ``vectors``: (n, d) of those;
    ``numbers``: by their texts, which of them these are;
    ``trouble``: why the file as it is now cannot be used, else empty.
    """

    digest: bytes = b""
    version: str = ""
    pairs: tuple[Pair, ...] = ()
    places: tuple[Place | None, ...] = ()
    phrasings: tuple[Phrasing, ...] = ()
    vectors: Floats | None = None
    numbers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    trouble: str = ""

    @property
    def silent(self) -> tuple[Pair, ...]:
        """The pairs whose text this version does not have."""
        pairs = zip(self.pairs, self.places, strict=True)
        return tuple(pair for pair, place in pairs if place is None)

    def taught(self, question: str, article: str | None) -> Lesson | None:
        """Give what was taught for a question of these very words; no model is asked for that."""
        text = clean_question(question, alone=False)
        for number in self.numbers.get(text, ()):
            pair, place = self.pairs[number], self.places[number]
            if place and article in {None, pair.article}:
                return Lesson(pair, place.number, weights().same)
        return None

    def met(self, question: Question, article: str | None) -> Lesson | None:
        """Give what was taught for a question, or one much like it, in an article or on the shelf.

        The question is to lean on none before it.
        """
        if self.vectors is None:
            return None
        cosines = self.vectors @ question.sentence
        asked = Phrasing.of(question)
        found = [
            lesson
            for number in self._nearest(cosines, article)
            if (lesson := self._lesson(number, asked)).likeness >= weights().threshold
        ]
        return max(found, key=lambda one: one.likeness, default=None)

    def _nearest(self, cosines: Floats, article: str | None) -> Sequence[int]:
        near = [
            number
            for number in np.flatnonzero(cosines >= _LEAST_COSINE).tolist()
            if self.places[number] and article in {None, self.pairs[number].article}
        ]
        return sorted(near, key=lambda number: -float(cosines[number]))[:_COMPARED]

    def _lesson(self, number: int, asked: Phrasing) -> Lesson:
        place = self.places[number]
        assert place is not None  # noqa: S101
        found = likeness(asked, self.phrasings[number], place.stems)
        return Lesson(self.pairs[number], place.number, found)


NOTHING = Lessons()


def lessons_of(
    folder: Path, shelf: Snapshot, encoder: Encoder, known: Lessons = NOTHING
) -> Lessons:
    """Read what the shelf of a folder was taught; ``known`` itself where nothing has changed.

    A file that cannot be used is told of in the log, once, and what was known before stays.
    """
    pairs, trouble = known.pairs, known.trouble
    raw, unread = _read(folder)
    digest = hashlib.sha256(raw).digest() if raw else b""
    if digest != known.digest:
        try:
            pairs, trouble = (known.pairs, unread) if unread else (pairs_of(raw), "")
        except InputError as error:
            trouble = str(error)
        if trouble:
            log.warning("what was taught is not taken up: %s", trouble)
    elif shelf.version == known.version:
        return known
    texts = [clean_question(pair.question, alone=False) for pair in pairs]
    before = {one.text: one for one in known.phrasings}
    # Of a file that cannot be read nothing is known to be gone.
    put = phrasings(texts, folder, encoder, before) if texts or not trouble else {}
    return _found(pairs, digest, shelf, [put[text] for text in texts], known, trouble)


def _read(folder: Path) -> tuple[bytes, str]:
    """Give what the file holds, or why it cannot be read, twice."""
    try:
        return read_raw(folder), ""
    except InputError as error:
        return str(error).encode(), str(error)


def _found(
    pairs: tuple[Pair, ...], digest: bytes, shelf: Snapshot, put: Sequence[Phrasing],
    known: Lessons, trouble: str,
) -> Lessons:  # fmt: skip
    """Find pairs in a version; one that was found in it before is not looked for again."""
    places = dict(zip(known.pairs, known.places, strict=True))
    if shelf.version != known.version:
        places.clear()
    fresh = [pair for pair in pairs if pair not in places]
    places.update(zip(fresh, places_of(fresh, shelf), strict=True))
    numbers: dict[str, list[int]] = {}
    for number, one in enumerate(put):
        numbers.setdefault(one.text, []).append(number)
    return Lessons(
        digest=digest,
        version=shelf.version,
        pairs=pairs,
        places=tuple(places[pair] for pair in pairs),
        phrasings=tuple(put),
        vectors=np.stack([one.sentence for one in put]) if put else None,
        numbers=numbers,
        trouble=trouble,
    )
