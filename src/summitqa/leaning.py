"""Whether a question leans on the conversation: told by its own words and the shelf's.

A question leans on the ones before by a pronoun that nothing in it stands for, by an opening
such as "and …" or "in which …?", or by having no content word at all.
"""

from collections.abc import Container, Sequence
from itertools import pairwise

from summitqa.lexical import STOP_WORDS, Word, words


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Words that ask for a kind of answer, or for more of it: nothing is searched for by them.
LIGHT = _set(
    "actually again already anybody anyone anything date day detail details else especially "
    "everybody everyone everything everywhere exactly example examples explain far go goes going "
    "gone happen happened happens hello hey hi hour info information know later long maybe mean "
    "means month next nobody none nothing now number often okay people person place precisely "
    "really reason somebody someone something sorry still thanks time times today went work works "
    "year years yes yet"
)
_PERSONAL = _set("he she it they him her them his hers its their theirs")
_POSSESSIVE = _set("his her its their")
OPENINGS = _set("and but so or")
_PREPOSITIONS = _set(
    "about after against at before by during for from in of on since to under until with without"
)
_JOINING = _set("and or but")
_ASKING = _set("how what when where which who why")
_BEING = _set("is are was were be been isn't aren't wasn't weren't")
AUXILIARY = _BEING | _set(
    "am can can't cannot could did didn't do does doesn't don't had has have may might must "
    "should will won't would"
)
_CLAUSE = _set(
    "after although and as because before but if once or since so than that though until when "
    "where whether which while who"
)
# What a noun follows, rather than a verb: "did Trump", "the museum", "which members".
_BEFORE_NOUNS = (
    _CLAUSE - {"who", "and", "or", "but"}
    | _PREPOSITIONS - {"to"}
    | (AUXILIARY - _BEING)
    | _set("a all an any each every how many most much my no our some the what your")
)
# "Is it allowed to …" speaks of nothing before, nor does "how long does it take to …".
_SUPPOSED = _set(
    "allowed better cost costs easy enough fine forbidden good hard important legal likely "
    "mandatory matter necessary normal ok okay permitted possible required safe take takes true "
    "worth"
)
# "It is going to rain" and "it is late" speak of nothing at all.
_WEATHER = _set(
    "chilly cloudy cold dark early foggy freezing hot humid icy late rain raining rains rainy "
    "snow snowing snows snowy stormy sunny warm windy"
)
_UP_TO_WEATHER = _BEING | _set(
    "be being been get gets getting go going really still quite so to too very will always "
    "gonna again already"
)
# "This server" is where one is, not what was spoken of.
_HERE = _set(
    "article bot channel chat community discord document game group month page place server site "
    "slack team text week workspace year"
)


def leaned_on(
    text: str, context: Sequence[str], vocabulary: Container[str] = frozenset()
) -> list[str]:
    """Give the latest earlier questions that are needed to understand this one, oldest first."""
    needed: list[str] = []
    for earlier in reversed(context):
        if not leans(needed[0] if needed else text, vocabulary):
            break
        needed.insert(0, earlier)
    return needed


def leans(text: str, vocabulary: Container[str] = frozenset()) -> bool:
    """Tell whether a question is to be read together with the ones before it.

    ``vocabulary`` holds the stems of all words on the shelf.
    """
    found = words(text)
    return not _content(found) or _elliptic(found) or dangles(text, vocabulary)


def dangles(text: str, vocabulary: Container[str] = frozenset()) -> bool:
    """Tell whether a pronoun of a question points outside it, to what the text does not say."""
    found = words(text)
    return any(_points(text, found, place, vocabulary) for place in range(len(found)))


def strange(text: str, vocabulary: Container[str]) -> bool:
    """Tell whether a question speaks of something that the shelf has no word of."""
    return any(word.stem not in vocabulary for word in content(text))


def content(text: str) -> list[Word]:
    """Give the words that a question is about: none of "and why?"."""
    return _content(words(text))


def _content(found: Sequence[Word]) -> list[Word]:
    return [word for word in found if word.folded not in STOP_WORDS | LIGHT]


def _elliptic(found: Sequence[Word]) -> bool:
    """Tell an opening that goes on from what was said, or a question without a verb."""
    spoken = [word.folded for word in found]
    if spoken[0] in OPENINGS or spoken[:2] in (["what", "about"], ["how", "about"]):
        return True
    if not AUXILIARY.isdisjoint(spoken):
        return False
    asks = spoken[0] in {"what", "which", "whose"} or spoken[:2] in (
        ["how", "many"],
        ["how", "much"],
    )
    return spoken[0] in _PREPOSITIONS or (asks and len(spoken) <= 3 and len(_content(found)) < 2)


def _points(text: str, found: Sequence[Word], place: int, vocabulary: Container[str]) -> bool:
    """Tell whether a word is a pronoun that points outside the question."""
    word = found[place].folded
    before = found[place - 1].folded if place else ""
    after = found[place + 1].folded if place + 1 < len(found) else ""
    if word == "it" and (_stands_for_nothing(found, place + 1) or _asked_before(found[:place])):
        return False
    if word in _PERSONAL:
        return not _stood_for(text, found, place, vocabulary)
    if word == "there":
        return not after or (before not in _BEING and after not in _BEING)
    if word == "that":
        return not after or before in STOP_WORDS - {"say", "says", "said", "tell", "so"}
    if word in {"this", "these", "those"}:
        return after not in _HERE | {"who"}
    if word == "then":
        return not after or not before
    return word in {"one", "ones"} and (not after or before in {"which", "other"})


def _stands_for_nothing(found: Sequence[Word], place: int) -> bool:
    """Tell whether what follows an "it" leaves it no meaning: "allowed to …", "so hot today"."""
    after = [word.folded for word in found[place:]]
    if after and after[0] in _SUPPOSED:
        return after[1:2] in (["to"], ["that"], ["if"], ["for"], ["when"])
    return next((word for word in after if word not in _UP_TO_WEATHER), "") in _WEATHER


def _asked_before(found: Sequence[Word]) -> bool:
    """Tell whether a second question is under way, whose "it" is what the first is about.

    "When can I swim, and what does it cost?"
    """
    return any(
        joins.folded in _JOINING and asks.folded in _ASKING and bool(_content(found[:number]))
        for number, (joins, asks) in enumerate(pairwise(found))
    )


def _stood_for(text: str, found: Sequence[Word], place: int, vocabulary: Container[str]) -> bool:
    """Tell whether an earlier noun of the question may be what the pronoun means.

    A possessive may mean a noun of its own clause, any other pronoun only one of a clause
    before (Chomsky 1981, principle B).
    """
    nouns = [
        number
        for number, word in enumerate(found[:place])
        if word.folded not in STOP_WORDS | LIGHT | _CLAUSE and _noun(found, number, vocabulary)
    ]
    if not nouns:
        return False
    if found[place].folded in _POSSESSIVE and place + 1 < len(found):
        return True
    between = found[nouns[0] : place]
    gap = text[found[nouns[0]].end : found[place].start]
    return any(word.folded in _CLAUSE for word in between) or any(mark in gap for mark in ",;:.")


def _noun(found: Sequence[Word], place: int, vocabulary: Container[str]) -> bool:
    if place == 0:
        return found[0].stem in vocabulary
    return found[place - 1].folded in _BEFORE_NOUNS or (place == 1 and found[0].folded in _BEING)
