"""Misspelt words of a question, put as the scope spells them.

A word that the scope does not hold, and that the encoder knows only in pieces, is taken for a
misspelling of the nearest word the scope does hold, if one is near (optimal string alignment:
insertions, deletions, substitutions and swaps of neighbours). A word the encoder knows whole is
common English, merely absent, and stays.
"""

from bisect import bisect_left

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from summitqa.encoder import Ints
from summitqa.evidence import Scope
from summitqa.lexical import Word, words
from summitqa.question import Question

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
    changes: dict[Word, str] = {}
    for word in question.words:
        if len(word.folded) >= _SHORTEST and not _held(word.stem, scope):
            spelt = _other(word, scope) or (
                _nearest(word.folded, scope) if word in question.pieced else None
            )
            if spelt:
                changes[word] = spelt
    return question.respelt(changes) if changes else question


def _held(stem: str, scope: Scope) -> bool:
    return bool(len(_holding(stem, scope)) or len(scope.headed(stem)))


def _other(word: Word, scope: Scope) -> str | None:
    other = _OTHER.get(word.folded)
    return other if other and _held(words(other)[0].stem, scope) else None


def _nearest(folded: str, scope: Scope) -> str | None:
    """Find the nearest word of the scope with the same first letter, the likelier if two tie."""
    forms = scope.store.lexicon.forms
    initial = folded[0]
    alike = forms[bisect_left(forms, initial) : bisect_left(forms, chr(ord(initial) + 1))]
    slips = 2 if len(folded) >= _TWO_SLIPS else 1
    found = extract(folded, alike, scorer=OSA.distance, score_cutoff=slips, limit=_CLOSEST)
    held = [(distance, -_weight(form, scope), form) for form, distance, _ in found]
    return min((entry for entry in held if entry[1]), default=(0, 0, None))[2]


def _weight(form: str, scope: Scope) -> int:
    """Count the sentences that hold a word of this stem, and the passages under one that does."""
    stem = words(form)[0].stem
    return len(_holding(stem, scope)) + len(scope.headed(stem))


def _holding(stem: str, scope: Scope) -> Ints:
    return scope.store.lexicon.postings(stem, *scope.sentences)[0]
