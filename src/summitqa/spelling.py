"""Misspelt words of a question, put as the scope spells them.

A word that the scope does not hold, and that the encoder knows only in pieces, is taken for a
misspelling of the nearest word the scope does hold, if one is near (optimal string alignment:
insertions, deletions, substitutions and swaps of neighbours). A word the encoder knows whole is
common English, merely absent, and stays.
"""

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from summitqa.lexical import Word, words
from summitqa.question import Question
from summitqa.snapshot import Scope

# Places that are spelt in two ways too far apart to be taken for a slip.
_PAIRS = (
    ("kiev", "kyiv"),
    ("kharkov", "kharkiv"),
    ("lvov", "lviv"),
    ("odessa", "odesa"),
    ("chernobyl", "chornobyl"),
    ("dnieper", "dnipro"),
    ("nikolaev", "mykolaiv"),
    ("zaporozhye", "zaporizhzhia"),
    ("turkey", "turkiye"),
    ("bombay", "mumbai"),
    ("peking", "beijing"),
)
_OTHER = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}

# The shortest word that is corrected, and the shortest in which two slips are allowed for:
# nearer than that, different words begin to pass for one another.
_SHORTEST, _TWO_SLIPS = 4, 8
_CLOSEST = 8


def respell(question: Question, scope: Scope) -> Question:
    """Give the question as the scope spells it; the same object where nothing is misspelt."""
    long = [word for word in question.words if len(word.folded) >= _SHORTEST]
    standing = scope.standing([word.stem for word in long])
    changes: dict[Word, str] = {}
    for word in (word for word, count in zip(long, standing, strict=True) if not count):
        spelt = _other(word, scope) or (
            _nearest(word.folded, scope) if word in question.pieced else None
        )
        if spelt:
            changes[word] = spelt
    return question.respelt(changes) if changes else question


def _other(word: Word, scope: Scope) -> str | None:
    other = _OTHER.get(word.folded)
    return other if other and scope.standing([words(other)[0].stem])[0] else None


def _nearest(folded: str, scope: Scope) -> str | None:
    """Find the nearest word of the scope with the same first letter, the likelier if two tie."""
    slips = 2 if len(folded) >= _TWO_SLIPS else 1
    alike = scope.forms(folded[0])
    found = extract(folded, alike, scorer=OSA.distance, score_cutoff=slips, limit=_CLOSEST)
    standing = scope.standing([words(form)[0].stem for form, _, _ in found])
    held = [
        (distance, -count, form)
        for (form, distance, _), count in zip(found, standing.tolist(), strict=True)
        if count
    ]
    return min(held, default=(0, 0, None))[2]
