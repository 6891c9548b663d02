"""The same questions as people type them: slips, lower case, other quotes, accents, dashes."""

import random
import re
import string
from collections.abc import Callable, Mapping

from summitqa.lexical import STOP_WORDS

_WORD = re.compile(r"[^\W\d_]{4,}")
_ACCENTS = str.maketrans("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ")
_TYPESET = str.maketrans({"'": "’", '"': "”", "-": "–"})


def slip(text: str, chance: random.Random) -> str:
    """Make one slip in one content word: a letter left out, doubled, changed, or two swapped."""
    return _in_one_word(text, chance, _slip)


def two_slips(text: str, chance: random.Random) -> str:
    """Make two slips, as a rule in two words."""
    return slip(slip(text, chance), chance)


def accent(text: str, chance: random.Random) -> str:
    """Put accents on the vowels of one content word."""
    return _in_one_word(text, chance, lambda word, _: word.translate(_ACCENTS))


def lower(text: str, _: random.Random) -> str:
    """Type as on a phone: no capitals, no question mark."""
    return text.lower().rstrip("?").strip()


def typeset(text: str, _: random.Random) -> str:
    """Set curly quotes and long dashes."""
    return text.translate(_TYPESET)


def _in_one_word(
    text: str, chance: random.Random, change: Callable[[str, random.Random], str]
) -> str:
    found = [m for m in _WORD.finditer(text) if m[0].lower() not in STOP_WORDS]
    if not found:
        return text
    chosen = chance.choice(found)
    return text[: chosen.start()] + change(chosen[0], chance) + text[chosen.end() :]


def _slip(word: str, chance: random.Random) -> str:
    # The first letter is hardly ever the one that slips.
    at = chance.randrange(1, len(word))
    kind = chance.choice(("drop", "double", "change", "swap"))
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    if kind == "change":
        return word[:at] + chance.choice(string.ascii_lowercase) + word[at + 1 :]
    at = max(1, min(at, len(word) - 2))
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


WAYS: Mapping[str, Callable[[str, random.Random], str]] = {
    "one slip": slip,
    "two slips": two_slips,
    "accents": accent,
    "lower case": lower,
    "curly quotes, dashes": typeset,
}
