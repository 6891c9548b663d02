"""What an answer must hold where a question goes on from others, or leans on what was not asked."""

from collections.abc import Sequence

from summitqa.answer import Answer, Band
from summitqa.leaning import content, strange
from summitqa.lexical import words
from summitqa.snapshot import Snapshot

# How surely a follow-up with a word that the shelf does not hold must be answered on its own:
# of 35 written for this, 10 of the 17 that were answered are above it, none of the others.
_OWN_CONFIDENCE = 0.2


def may_be_one_word(question: str, earlier: Sequence[str], store: Snapshot) -> bool:
    """Tell whether a question that is one word is enough: it is on the shelf, or a later "Why?"."""
    if len(words(question)) > 1:
        return True
    asked = content(question)
    if not asked:
        return bool(earlier)
    return not strange(question, store.vocabulary)


def enough_itself(text: str, answer: Answer, store: Snapshot, unanswered: bool) -> bool:
    """Tell whether what a question says itself is enough to be found by, whatever "he" means.

    One word is too little where what the pronoun means is known to be no matter of the shelf.
    """
    asked = content(text)
    if strange(text, store.vocabulary):
        return not unanswered and bool(asked) and answer.confidence >= _OWN_CONFIDENCE
    if not unanswered:
        return bool(asked)
    return len(asked) > 1 and {word.stem for word in asked} <= _stems(answer, 0)


def names_another(text: str, answer: Answer, alone: Answer) -> bool:
    """Tell whether a name in a question is not quoted, but is, or surely answered, asked alone."""
    names = {word.stem for word in words(text) if word.start and text[word.start].isupper()}
    quoted, by_itself = (
        {word.stem for word in words(one.matches[0].citation.quote)} for one in (answer, alone)
    )
    said = bool(names & by_itself) or alone.band is not Band.WEAK
    return bool(names) and said and not names & quoted


def stands_near(text: str, before: Answer, answer: Answer) -> bool:
    """Tell whether a question's own words stand close to what the one before was answered by."""
    close = _stems(before, 1) | _stems(answer, 0)
    return {word.stem for word in content(text)} <= close


def _stems(answer: Answer, around: int) -> set[str]:
    """Give the stems of an answer's first passage and of so many passages around it."""
    if not answer.matches:
        return set()
    citation = answer.matches[0].citation
    first = max(0, citation.passage.number - 1 - around)
    close = citation.article.passages[first : citation.passage.number + around]
    return {
        word.stem
        for one in close
        for said in (citation.article.text[one.start : one.end], *one.heading)
        for word in words(said)
    }
