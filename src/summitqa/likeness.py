"""Whether one question asks what another does: by vectors, by words, and by what must not differ.

Vectors alone take "Can I bring a cat?" for "Can I bring a dog?", for all about the two is alike
but what is asked of. So a name, a number, a negation, the kind of answer wanted or one of two
opposites that differs says that another thing is asked; so does another word in the same place
of what is otherwise worded alike: who asks the same again words more than one thing otherwise.
What is left is weighed by a logistic model, fitted by ``training.likeness``.
"""

import json
import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from summitqa.encoder import Floats
from summitqa.leaning import LIGHT
from summitqa.lexical import Word
from summitqa.phrasing import Phrasing

_WEIGHTS = Path(__file__).with_name("likeness.json")
_SAME_FRAME = 0.5  # of two questions' words, that stand in the same order in both
_TYPO_FROM, _TWO_TYPOS_FROM = 5, 8  # letters a word has that may be misspelt by one, by two
# Of each, two different words make two different questions.
_OPPOSITES = tuple(
    frozenset(listed.split())
    for listed in (
        "monday tuesday wednesday thursday friday saturday sunday weekday weekend",
        "january february march april may june july august september october november december",
        "first second third fourth fifth last next previous",
        "open opens opening opened close closes closing closed shut",
        "start starts started begin begins began end ends ended finish finishes stop stops",
        "new newest latest old oldest",
        "few fewer less least minimum min many more most maximum max",
        "join joins enter leave leaves left exit quit",
        "before after during",
        "morning afternoon evening night noon",
        "today tomorrow yesterday",
        "buy sell rent lend borrow",
        "above over below under",
        "best worst",
        "adult adults child children kid kids",
        "win wins won lose loses lost",
        "biggest largest smallest",
        "up down",
        "on off",
        "in out",
        "he him his she her hers",
    )
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """An asked question beside a taught one: which words are the same, and how near the others.

    ``cosines``: (a, t) of their content words, 1 where they are the same; ``same``: (a, t).
    """

    asked: Phrasing
    taught: Phrasing
    cosines: Floats
    same: NDArray[np.bool_]

    @classmethod
    def of(cls, asked: Phrasing, taught: Phrasing) -> "Comparison":
        """Compare two questions word by word."""
        same = np.asarray([[_alike(one, two) for two in taught.content] for one in asked.content])
        near = np.maximum(asked.vectors @ taught.vectors.T, 0)
        return cls(asked, taught, np.where(same, np.float32(1), near), same)

    @property
    def fresh(self) -> list[Word]:
        """The content words that are asked and were not taught."""
        pairs = zip(self.asked.content, np.any(self.same, axis=1).tolist(), strict=True)
        return [word for word, known in pairs if not known]

    @property
    def missing(self) -> list[Word]:
        """The content words that were taught and are not asked."""
        pairs = zip(self.taught.content, np.any(self.same, axis=0).tolist(), strict=True)
        return [word for word, known in pairs if not known]

    def order(self) -> SequenceMatcher[str]:
        """Lay the words of both side by side, one misspelt in either as in the other."""
        spelt = {
            one.stem: two.stem
            for one, row in zip(self.asked.content, self.same, strict=True)
            for two, known in zip(self.taught.content, row, strict=True)
            if known
        }
        stems = [spelt.get(stem, stem) for stem in self.asked.stems]
        return SequenceMatcher(None, stems, self.taught.stems, autojunk=False)


def _alike(one: Word, two: Word) -> bool:
    """Tell whether two words are the same, or one of them misspelt."""
    if one.stem == two.stem:
        return True
    shorter = min(len(one.folded), len(two.folded))
    if shorter < _TYPO_FROM or one.folded[0] != two.folded[0]:
        return False
    if not (one.folded + two.folded).isalpha():
        return False
    most = 2 if shorter >= _TWO_TYPOS_FROM else 1
    return OSA.distance(one.folded, two.folded, score_cutoff=most) <= most


def differ(found: Comparison, order: SequenceMatcher[str]) -> bool:
    """Tell whether two questions ask for different things, however alike they sound."""
    asked, taught = found.asked, found.taught
    return (
        asked.negated != taught.negated
        or asked.numbers != taught.numbers
        or not asked.names <= {*taught.stems}
        or not taught.names <= {*asked.stems}
        or (bool(asked.kinds and taught.kinds) and not asked.kinds & taught.kinds)
        or any(_opposed(asked.folded & one, taught.folded & one) for one in _OPPOSITES)
        or _swapped(found, order)
    )


def _opposed(asked: frozenset[str], taught: frozenset[str]) -> bool:
    return bool(asked - taught) and bool(taught - asked)


def _swapped(found: Comparison, order: SequenceMatcher[str]) -> bool:
    """Tell whether what is worded alike has another word of content in the same place."""
    if order.ratio() < _SAME_FRAME:
        return False
    fresh = {word.stem for word in found.fresh if word.folded not in LIGHT}
    missing = {word.stem for word in found.missing if word.folded not in LIGHT}
    return any(
        not fresh.isdisjoint(found.asked.stems[first:last])
        and not missing.isdisjoint(found.taught.stems[begin:end])
        for how, first, last, begin, end in order.get_opcodes()
        if how == "replace"
    )


def features(found: Comparison, order: SequenceMatcher[str], spoken: Container[str]) -> list[float]:
    """Give what speaks for two questions being one, in the order of ``FEATURES``.

    ``spoken``: the stems of the words of the passage that the taught one leads to, and above it.
    """
    fresh, missing = found.fresh, found.missing
    asked, taught = len(found.asked.content), len(found.taught.content)
    near, back = found.cosines.max(axis=1), found.cosines.max(axis=0)
    return [
        float(found.asked.sentence @ found.taught.sentence),
        float(near.mean()),
        float(back.mean()),
        float(near.min()),
        float(back.min()),
        (asked + taught - len(fresh) - len(missing)) / (asked + taught),
        float(sum(word.stem in spoken for word in fresh)),
        float(sum(word.stem not in spoken for word in fresh)),
        float(sum(word.stem in spoken for word in missing)),
        float(sum(word.stem not in spoken for word in missing)),
        order.ratio(),
        float(min(asked, taught)),
    ]


FEATURES = (
    "cosine", "asked", "taught", "least asked", "least taught", "shared", "fresh, spoken of",
    "fresh", "missing, spoken of", "missing", "order", "words",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weights:
    """What likeness is judged by.

    ``odds``: of each feature, and the ``constant``; ``threshold``: the least probability at which
    a question is taken for a taught one; ``same``: that of one in the very same words;
    ``right``: how much the ``odds`` of one that was taken count for its being right, and a
    ``constant``.
    """

    odds: Mapping[str, float]
    threshold: float
    same: float
    right: Mapping[str, float]


@cache
def weights() -> Weights:
    """Read what was fitted."""
    return Weights(**json.loads(_WEIGHTS.read_text("utf-8")))


def likeness(asked: Phrasing, taught: Phrasing, spoken: Container[str]) -> float:
    """Give the probability that a passage, taught for one question, answers another as well.

    0 where they differ in what must not differ. ``spoken``: the stems of the passage's words.
    """
    used = weights()
    found = Comparison.of(asked, taught)
    order = found.order()
    if differ(found, order):
        return 0.0
    if order.ratio() == 1:
        return used.same
    seen = dict(zip(FEATURES, features(found, order, spoken), strict=True))
    odds = used.odds["constant"] + sum(used.odds[name] * value for name, value in seen.items())
    return min(float(1 / (1 + np.exp(-odds))), used.same)


def confidence(likeness: float) -> float:
    """Give how often a passage was right where a question was taken for a taught one so surely.

    Less than the likeness of the two, by which one taught question is told from another: most that
    is asked is no taught question, and is held to all of them, the likeliest of which it meets.
    """
    same = weights().same
    return same if likeness >= same else min(sure(likeness, weights().right), same)


def sure(likeness: float, right: Mapping[str, float]) -> float:
    """Give the probability of being right that ``Weights.right``, or such a fit, makes of it."""
    odds = right["constant"] + right["odds"] * math.log(likeness / (1 - likeness))
    return 1 / (1 + math.exp(-odds))
