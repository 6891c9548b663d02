"""Quotes in the terminal open on the reading page, too, where there is one."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from summitqa.answer import Answer
from summitqa_bot.links import Links
from summitqa_bot.settings import Settings
from summitqa_bot.wording.cards import whole
from summitqa_bot.wording.reply import Card


class Linking:
    """Links what a command shows of its shelf."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._links = Links(chosen, self._key)

    def of(self, answer: Answer) -> Callable[[Sequence[Card]], Sequence[Card]]:
        """Give what has cards of an answer open on the page."""
        shelf, version = self._chosen.shelf, answer.index_version
        return lambda cards: self._links.on_cards(cards, "terminal", shelf, version)

    def json(self, answer: Answer) -> dict[str, Any]:
        """Give the ``ask --json`` contract, with the ``page`` of each passage, or null."""
        given = answer.to_json()
        numbered = enumerate(answer.matches, start=1)
        bare = [replace(whole(one.citation, number), url=None) for number, one in numbered]
        for passage, card in zip(given["passages"], self.of(answer)(bare), strict=True):
            passage["page"] = card.url
        return given

    def _key(self) -> str:
        # A database takes a quarter of a second, and is opened where a link is to be sealed.
        from summitqa_bot.state import State, noted
        from summitqa_bot.state.records import LINK_KEY

        home, url = self._chosen.home, self._chosen.database_url
        known = noted(home, url, LINK_KEY)
        if known is not None:
            return known
        with closing(State(home, url)) as state:
            return state.link_key()
