"""Which shelves somebody asks: their community's own, and beside it the house shelf.

A shelf is opened when it is asked and let go again when others are, so that a thousand of them
cost what a few cost. Everything here is synchronous and safe to call from many threads.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from summitqa.answer import Answer, Band
from summitqa.encoder import Encoder
from summitqa.errors import IndexMissingError, InputError, SummitQAError
from summitqa.library import Library, current_version
from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_index.publisher import Publisher

log = logging.getLogger(__name__)

OPEN = 32
"""How many shelves are open at once beside the house shelf."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf that can be asked: its name, and the version in use."""

    name: str
    library: Library

    def ask(self, question: str, articles: Sequence[str] = (), **given: Any) -> Answer:
        """Answer from the whole shelf, or from some of its articles (slugs) as if from one.

        Each of these is asked, and the surest answers; ``given`` and errors: see ``Library.ask``.
        """
        answers = [self.library.ask(question, article=one, **given) for one in articles or (None,)]
        best = max(answers, key=_sureness)
        if len(answers) == 1:
            return best
        first = best.matches[:1]
        others = [match for one in answers for match in one.matches if match not in first]
        others.sort(key=lambda match: match.probability, reverse=True)
        return replace(best, matches=(*first, *others)[: given.get("top")])


class Shelves:
    """Opens shelves by their names."""

    def __init__(self, settings: Settings, house: Library, encoder: Encoder, state: State) -> None:
        self._settings = settings
        self._house = Shelf(HOUSE, house)
        self._encoder = encoder
        self._state = state
        self._lock = threading.Lock()
        # Open ones, and those that are being opened: whoever comes meanwhile waits for that.
        self._open: OrderedDict[str, Future[Library]] = OrderedDict()

    @property
    def house(self) -> Shelf:
        """The shelf that every community sees."""
        return self._house

    def settings_of(self, name: str) -> Settings:
        """Give the settings by which a shelf is built; a community's has no sources but its own."""
        if name == HOUSE:
            return self._settings
        return replace(self._settings, shelf=name, sources=())

    def publisher(self, name: str) -> Publisher:
        """Give what changes the versions of a shelf."""
        return assemble.publisher(self.folder(name))

    def folder(self, name: str) -> Path:
        """Give where a shelf lies, or would."""
        return self.settings_of(name).folder

    def get(self, name: str) -> Shelf | None:
        """Open a shelf; ``None`` where nothing was ever put on it."""
        if name == HOUSE:
            return self._house
        opened, begun = self._place(name)
        try:
            if begun:
                self._fill(name, opened)
            return Shelf(name, opened.result())
        except IndexMissingError:
            return None

    def _place(self, name: str) -> tuple[Future[Library], bool]:
        """Give the place of an open shelf, and whether it is for the caller to open it."""
        with self._lock:
            opened = self._open.get(name)
            if begun := opened is None:
                opened = self._open[name] = Future()
            self._open.move_to_end(name)
        return opened, begun

    def _fill(self, name: str, opened: Future[Library]) -> None:
        try:
            library = Library(self.folder(name), self._encoder, self._house.library.reader)
        except BaseException as error:
            self._let_go(name, opened)
            opened.set_exception(error)
            raise
        opened.set_result(library)
        with self._lock:  # only now, for what nothing was ever put on takes no other's place
            while len(self._open) > OPEN:
                self._open.popitem(last=False)

    def asked_by(self, actor: Actor) -> list[Shelf]:
        """Give the shelves that somebody asks, their own first; at least one."""
        own = self.get(actor.community)
        if own is None:
            return [self._house]
        shows_house = self._state.communities.choices(actor.community).house
        return [own, *([self._house] if shows_house else [])]

    def holding(self, actor: Actor, slug: str) -> Shelf:
        """Give the shelf of those somebody asks that has an article; ArticleUnknownError else."""
        return next(scoped(self.asked_by(actor), [slug]))[0]

    def titles(self, actor: Actor, typed: str, count: int) -> list[tuple[str, str]]:
        """Give (slug, title) of what somebody may ask about, their own articles first."""
        found: dict[str, str] = {}
        for shelf in self.asked_by(actor):
            for slug, title in shelf.library.store.titles(typed, count):
                found.setdefault(slug, title)
        return list(found.items())[:count]

    def version(self, name: str) -> str | None:
        """Name a shelf's version in use, without opening it; ``None`` where there is none."""
        if name == HOUSE:
            return self._house.library.store.version
        try:
            return current_version(self.folder(name))
        except SummitQAError:
            return None

    def holds(self, name: str, version: str) -> bool:
        """Tell whether a shelf keeps a version, aside too."""
        publisher = self.publisher(name)
        return version in publisher.ids() or version == publisher.aside()

    def erase(self, name: str) -> None:
        """Erase a community's shelf; from the first moment on there is nothing on it."""
        if name == HOUSE:
            raise InputError("The house shelf is no community's, and is not erased from chat.")
        self._let_go(name)
        self.publisher(name).erase()
        self._let_go(name)  # what was opened anew while its files went

    def _let_go(self, name: str, opened: Future[Library] | None = None) -> None:
        """Let go of a shelf, or only where it is still the one that is meant."""
        with self._lock:
            if opened is None or self._open.get(name) is opened:
                self._open.pop(name, None)

    def refresh(self) -> None:
        """Swap every open shelf to its version in use; one that fails goes on as it is."""
        with self._lock:
            places = list(self._open.items())
        for name, opened in places:
            if opened.done() and opened.exception() is None:
                self._refresh(name, opened)
        self._house.library.refresh()

    def _refresh(self, name: str, opened: Future[Library]) -> None:
        try:
            opened.result().refresh()
        except IndexMissingError:
            self._let_go(name, opened)
        except SummitQAError:
            log.exception("the shelf %s stays at the version it is at", name)


def better(answers: Iterable[tuple[Shelf, Answer]]) -> tuple[Shelf, Answer]:
    """Give the first answer that is sure; where none is, the one that is found, and surest."""
    seen: list[tuple[Shelf, Answer]] = []
    for shelf, answer in answers:
        if answer.found and answer.band is not Band.WEAK:
            return shelf, answer
        seen.append((shelf, answer))
    return max(seen, key=lambda one: _sureness(one[1]))


def _sureness(answer: Answer) -> tuple[bool, float]:
    return answer.found, answer.confidence


def scoped(
    shelves: Sequence[Shelf], articles: Sequence[str]
) -> Iterator[tuple[Shelf, Sequence[str]]]:
    """Give those of the shelves that are to be asked, each with those of the articles it has.

    Without articles, all, whole. Of two that have an article, the first is meant;
    ArticleUnknownError where none has any.
    """
    left = list(articles)
    for shelf in shelves:
        there = [one for one in left if one in shelf.library.store.slugs]
        left = [one for one in left if one not in there]
        if there or not articles:
            yield shelf, there
    if articles and len(left) == len(articles):
        shelves[0].library.store.article(left[0])  # says that there is none
