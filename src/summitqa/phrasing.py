"""How a question is put: what it asks of, what it names, and what kind of answer it wants."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from summitqa.encoder import Floats, unit
from summitqa.leaning import AUXILIARY
from summitqa.lexical import STOP_WORDS, Word, words
from summitqa.question import Question


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# As they are typed in a chat, too, without their apostrophe.
_NEGATIONS = _set(
    "not no nor never none nobody nothing nowhere neither without cannot aint arent cant couldnt "
    "didnt doesnt dont hadnt hasnt havent isnt shouldnt wasnt werent wont wouldnt"
)
_PUT_WITH = _set(
    "whats whens wheres whos hows whys possible way able ok okay allowed guys please does"
)
_NUMBERS = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve".split(),  # noqa: SIM905
        map(str, range(2, 13)),
        strict=True,
    )
)
# What kind of answer a word asks for, and what it does together with the word after it.
_KINDS = {
    "when": "time", "whens": "time", "until": "time", "till": "time",
    "where": "place", "wheres": "place",
    "who": "person", "whom": "person", "whose": "person", "whos": "person",
    "why": "reason", "reason": "reason",
}  # fmt: skip
_TIMES = _set("day days date time year month evening hour century")
_PLACES = _set("city town country place room venue state")


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A question as it is compared: how it is put, and what its words mean where they stand.

    ``stems``: of all its words, in order; ``content``: its n content words; ``vectors``: (n, d)
    unit vectors of these; ``sentence``: (d,) that of the whole; ``kinds``: of the answers that are
    asked for; ``names``: stems of words with a capital; ``numbers``: in digits.
    """

    text: str
    stems: tuple[str, ...]
    content: tuple[Word, ...]
    vectors: Floats
    sentence: Floats
    folded: frozenset[str]
    kinds: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    negated: bool

    @classmethod
    def of(cls, question: Question) -> "Phrasing":
        """Look at a question that leans on none before it."""
        content = _content(words(question.text))
        return cls.made(question.text, question.sentence, _vectors(question, content))

    @classmethod
    def made(cls, text: str, sentence: Floats, vectors: Floats) -> "Phrasing":
        """Look at a question whose ``sentence`` and ``vectors`` are known already."""
        found = words(text)
        folded = frozenset(word.folded for word in found)
        return cls(
            text=text,
            stems=tuple(word.stem for word in found),
            content=_content(found),
            vectors=vectors,
            sentence=sentence,
            folded=folded,
            kinds=_kinds([word.folded for word in found]),
            names=frozenset(word.stem for word in found[1:] if _named(text, word)),
            numbers=_numbers(text, folded),
            negated=any(one in _NEGATIONS or one.endswith("n't") for one in folded),
        )


def _content(found: Sequence[Word]) -> tuple[Word, ...]:
    return tuple(word for word in found if _says(word)) or tuple(found)


def _says(word: Word) -> bool:
    return word.folded not in STOP_WORDS | _PUT_WITH


def _vectors(question: Question, content: Sequence[Word]) -> Floats:
    """Give each word the mean of its tokens; one without a token the question's own."""
    starts, ends = question.spans[:, 0], question.spans[:, 1]
    inside = [(starts < word.end) & (ends > word.start) for word in content]
    found = [question.tokens[one].sum(axis=0) if one.any() else question.sentence for one in inside]
    return unit(np.stack(found)) if found else question.sentence[None][:0]


def _named(text: str, word: Word) -> bool:
    return text[word.start].isupper() and word.folded != "i" and not word.folded.startswith("i'")


def _numbers(text: str, folded: frozenset[str]) -> frozenset[str]:
    digits = re.findall(r"\d+(?:[.,:]\d+)*", text)
    return frozenset([*digits, *(_NUMBERS[one] for one in folded if one in _NUMBERS)])


def _kinds(folded: Sequence[str]) -> frozenset[str]:
    found: set[str | None] = set()
    for word, after in zip(folded, [*folded[1:], ""], strict=True):
        if word in {"what", "which"}:
            kind = "time" if after in _TIMES else "place" if after in _PLACES else None
        elif word == "how":
            kind = {"long": "time", "soon": "time", "late": "time", "come": "reason"}.get(
                after, "number" if after in {"many", "much", "old"} else None
            )
        else:
            kind = _KINDS.get(word)
        found.add(kind)
    if found <= {None} and folded[:1] and folded[0] in AUXILIARY:
        found = {"whether"}
    return frozenset(one for one in found if one)
