"""What an answer cited, held against a version: what still stands, and where."""

from collections.abc import Sequence
from typing import Any

from bot.state import Asked
from summitqa.article import Citation, Passage, Sentence
from summitqa.store import Store


def changed(asked: Asked, store: Store) -> tuple[int, ...]:
    """Give the numbers, from 1, of the quotes that stand in their article no longer."""
    return tuple(
        number for number, one in enumerate(asked.cited, 1) if standing(one, store) is None
    )


def standing(cited: Sequence[Any], store: Store) -> Citation | None:
    """Give a stored citation as it stands now, or None where its quote has gone.

    A paragraph that an insertion has only moved is found again by what it says.
    """
    slug, paragraph, _, _, quote, _, _, *around = cited
    number = store.numbers.get(slug)
    if number is None:
        return None
    article = store.article(number)
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
