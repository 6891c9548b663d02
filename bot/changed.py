"""Answers whose quoted passage has changed since: found after a reindex, and marked in place."""

from collections.abc import Iterator

from bot import strings
from bot.reply import Button, Card, Reply
from bot.state import Asked, State
from summitqa.store import Store

DAYS = 7


def changed(state: State, store: Store, platform: str) -> Iterator[tuple[str, Reply]]:
    """Give (message, what it is to show now) for each answer to mark; each is given once.

    Answers for one person alone are left: no platform lets them be edited later.
    """
    for asked in state.recent(DAYS, found=True):
        if asked.message is None or asked.private or asked.platform != platform:
            continue
        if not _stands(asked, store) and state.mark_stale(asked.ref):
            yield asked.message, _marked(asked)


def _stands(asked: Asked, store: Store) -> bool:
    """Tell whether every quote of an answer still stands in a passage of its article."""
    for slug, _, _, _, quote, *_ in asked.cited:
        number = store.numbers.get(slug)
        if number is None:
            return False
        article = store.article(number)
        if not any(quote in article.text[one.start : one.end] for one in article.passages):
            return False
    return True


def _marked(asked: Asked) -> Reply:
    cards = tuple(Card(label, "", quote, "", url) for *_, quote, label, url in asked.cited)
    again = Button("again", asked.ref, strings.BUTTON_AGAIN)
    return Reply(strings.CHANGED_SINCE, cards, buttons=(again,), ref=asked.ref)
