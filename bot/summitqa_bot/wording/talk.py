"""What a message is: a question, a call for help, or words that want no answer.

Decided by its own words, alike for every platform: a few words of small talk, or remarks to
people. What is told for neither is searched for, and at worst not found.
"""

import re
import unicodedata
from enum import Enum, auto

from summitqa.leaning import AUXILIARY, OPENINGS, content, dangles
from summitqa.lexical import words
from summitqa_bot.wording.remarks import LAUGHTER, remarked


class Kind(Enum):
    """What somebody says."""

    QUESTION = auto()
    HELP = auto()
    THANKS = auto()
    REACTION = auto()


class Address(Enum):
    """To whom: us in a direct message, us in a channel, or nobody, in a thread we are in or not."""

    DIRECT = auto()
    MENTION = auto()
    THREAD = auto()
    OPEN = auto()


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_GREETINGS = _set("hello hey hi hiya howdy yo")
_THANKS = _set("appreciated cheers danke gracias merci ta thank thanks thx ty tysm")
_REACTIONS = _set(
    "agreed ah amazing awesome brilliant bye cool exactly fine gg good goodbye great ha hm hmm "
    "idea interesting k lol lovely makes nevermind nice no nope np nvm oh ok okay omg oops "
    "perfect right same sorry sounds sure true welcome wow yay yeah yep yes yup"
)
# Small talk by themselves; "nice, but how much is it" shows that a question may follow.
_BEFORE = _GREETINGS | _THANKS | _REACTIONS
_BESIDE = _set(
    "a afternoon again all and answer bot day evening everybody everyone folks for guys help "
    "helped helpful i is it lot lots mate me morning much my night of problem quick really "
    "see sense so tbh team that the then there this to too u useful very was we well you your"
)
_HELP = re.compile(
    r"(?:please )?(?:i need |(?:can|could) you )?help(?: me)?(?: please)?"
    r"|(?:what|how) (?:can|do|does) (?:you|this bot|the bot)(?: do| work| help)(?: me)?"
    r"|what (?:can|should|do) i (?:ask|do)(?: you| here)?"
    r"|how (?:can|do|should) i (?:use|ask) (?:you|this|this bot|the bot)"
    r"|(?:who|what|how) are you(?: doing)?(?: bot| today)?"
    r"|are you (?:an? )?(?:ai|bot|human|real|robot)"
    r"|how (?:can|do) i (?:contact|reach) (?:an|the|your) admins?"
    r"|commands|ping|start|test|good morning"
)
# "+1" is a raised thumb in letters.
_EMOJI = re.compile(r":[\w+-]+:|(?<!\w)\+1(?![\d ]*\d)")
_LONGEST = 8
_ASKING = _set("what which who whom whose when where why how tell explain")
_YOU = _set("you u")
_TIMES_OF_DAY = _set("afternoon day evening morning")


def kind_of(text: str) -> Kind:
    """Tell what is said; an empty message, as a bare mention leaves it, calls for help."""
    spoken = _spoken(text)
    if not spoken:
        pictured = any(unicodedata.category(one) in {"So", "Sk"} for one in text)
        return Kind.REACTION if pictured or _EMOJI.search(text) else Kind.HELP
    if _HELP.fullmatch(" ".join(spoken)):
        return Kind.HELP
    kind = _small_talk(spoken, asked="?" in text)
    if kind is Kind.QUESTION and remarked(_EMOJI.sub(" ", text), _BEFORE, _BESIDE):
        return Kind.REACTION if _THANKS.isdisjoint(spoken) else Kind.THANKS
    return kind


def asks(text: str) -> bool:
    """Tell whether a message that is put to nobody is a question by its form, about something."""
    return bool(content(text)) and _formed(text)


def goes_on(text: str) -> bool:
    """Tell whether such a message asks on about what was said: "what is her number?", "where?"."""
    asked = dangles(text) or not (_ASKING | OPENINGS).isdisjoint(_spoken(text))
    return asked and not content(text) and _formed(text)


def bare(text: str) -> bool:
    """Tell a question that names nothing at all, such as "why?" or "and then?"."""
    return not content(text) and (len(_spoken(text)) < 3 or not dangles(text))


def _formed(text: str) -> bool:
    """Tell a question by its form, unless it is put to a person: "are you coming?"."""
    spoken = _spoken(text)
    first = next((word for word in spoken if word not in OPENINGS), "")
    formed = "?" in text or first in _ASKING | AUXILIARY
    return formed and _YOU.isdisjoint(spoken) and kind_of(text) is Kind.QUESTION


def _spoken(text: str) -> list[str]:
    return [re.sub(r"(.)\1{2,}", r"\1", word.folded) for word in words(_EMOJI.sub(" ", text))]


def _small_talk(spoken: list[str], *, asked: bool) -> Kind:
    """Tell by the words that matter, where all others are such as stand beside them."""
    told = [LAUGHTER.sub("lol", word) for word in spoken]
    said = set(told)
    if said - _BEFORE - _BESIDE or len(told) > _LONGEST:
        return Kind.QUESTION
    if said & _THANKS:
        return Kind.THANKS
    if said & _GREETINGS or (told[0] == "good" and said & _TIMES_OF_DAY):
        return Kind.HELP
    return Kind.REACTION if said & _REACTIONS and (not asked or len(told) == 1) else Kind.QUESTION
