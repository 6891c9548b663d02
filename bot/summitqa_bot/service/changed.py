"""What an answer cited, held against a version: what still stands, and where."""

from collections.abc import Sequence
from typing import Any

from summitqa.article import Citation, Passage, Sentence
from summitqa.snapshot import Snapshot
from summitqa_bot import strings
from summitqa_bot.asked import Asked


def mark(asked: Asked, store: Snapshot) -> str:
    """Say which of an answer's quotes, numbered from 1, stand no longer; "" where all do."""
    numbers: dict[str, list[int]] = {}
    for number, one in enumerate(asked.cited, 1):
        if one[0] not in store.slugs:
            numbers.setdefault("removed", []).append(number)
        elif standing(one, store) is None:
            numbers.setdefault("changed", []).append(number)
    return " ".join(_said(what, which, len(asked.cited)) for what, which in numbers.items())


def _said(what: str, which: Sequence[int], of: int) -> str:
    alone, some = {
        "removed": (strings.REMOVED_SINCE, strings.REMOVED_SOME),
        "changed": (strings.CHANGED_SINCE, strings.CHANGED_SOME),
    }[what]
    return alone if of == 1 else some.format(which=", ".join(f"[{one}]" for one in which))


def standing(cited: Sequence[Any], store: Snapshot) -> Citation | None:
    """Give a stored citation as it stands now, or None where its quote has gone.

    A paragraph that an insertion has only moved is found again by what it says.
    """
    slug, paragraph, _, _, quote, _, _, *around = cited
    if slug not in store.slugs:
        return None
    article = store.article(slug)
    whole = quote.join(around)
    there = [one for one in article.passages if quote in article.text[one.start : one.end]]

    def unlike(passage: Passage) -> tuple[bool, int]:
        moved = abs(passage.number - paragraph)
        return article.text[passage.start : passage.end] != whole, moved

    if not there:
        return None
    passage = min(there, key=unlike)
    start = article.text.index(quote, passage.start)
    return Citation(article, passage, Sentence(start, start + len(quote)))
