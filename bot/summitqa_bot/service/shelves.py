"""Which shelves somebody asks: their community's own, and beside it the house shelf.

A shelf is opened when it is asked and let go again when others are, so that a thousand of them
cost what a few cost. Everything here is synchronous and safe to call from many threads.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from summitqa.answer import Answer, Band
from summitqa.encoder import Encoder
from summitqa.errors import IndexDamagedError, IndexMissingError, InputError, SummitQAError
from summitqa.library import Library
from summitqa.settings import HOUSE
from summitqa.snapshot import Snapshot
from summitqa.taught import QUESTIONS, Pair, teach
from summitqa_bot import assemble
from summitqa_bot.links import Links
from summitqa_bot.service.kept import Kept
from summitqa_bot.service.last_read import LastRead
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.strings.articles import LIST_EMPTY
from summitqa_index.publisher import Publisher
from summitqa_index.room import keep

log = logging.getLogger(__name__)

OPEN = 32
"""How many shelves are open at once beside the house shelf."""
READ = 4
"""How many versions that are not in use are open at once, for what was cited from them."""
BYTES = 500_000_000
"""How many bytes the files of these have, and of those; an open one takes no more memory."""


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
    """Opens shelves by their names; ``links`` lead to what stands on them."""

    def __init__(self, settings: Settings, house: Library, encoder: Encoder, state: State) -> None:
        self._settings = settings
        self._house = Shelf(HOUSE, house)
        self._encoder = encoder
        self._state = state
        self.links = Links(settings, state.link_key)
        self._open: Kept[str, Library] = Kept(lambda library: _bytes(library.store))
        self._read: Kept[tuple[str, str], Snapshot] = Kept(_bytes)
        self._shows_house: LastRead[str, bool] = LastRead(state, True)
        self._unfollow: Callable[[], None] = lambda: None

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
        return assemble.publisher(self.settings_of(name))

    def keep(self, name: str, raw: bytes) -> str:
        """Keep the bytes of what is handed in for a shelf; InputError where it keeps too much."""
        return keep(self.publisher(name), self.settings_of(name), raw)

    def teach(self, name: str, pair: Pair) -> None:
        """Teach a shelf a pair, as ``taught.teach`` does."""
        with assemble.changing(self.settings_of(name), QUESTIONS):
            teach(self.folder(name), pair)

    def folder(self, name: str) -> Path:
        """Give where a shelf lies, or would."""
        return self.settings_of(name).folder

    def get(self, name: str) -> Shelf | None:
        """Open a shelf; ``None`` where nothing was ever put on it."""
        if name == HOUSE:
            return self._house
        try:
            return Shelf(name, self._open.get(name, partial(self._opened, name), OPEN, BYTES))
        except IndexMissingError:
            return None

    def _opened(self, name: str) -> Library:
        house = self._house.library
        chosen = self.settings_of(name)
        assemble.bring(chosen)
        opened = assemble.opener(chosen)
        return Library(chosen.folder, self._encoder, house.reader, house.tally, opened)

    def at(self, name: str, version: str) -> Snapshot | None:
        """Open a version of a shelf; ``None`` where it is not kept any more.

        IndexDamagedError or IndexMismatchError where it cannot be opened.
        """
        shelf = self.get(name)
        if shelf is None:
            return None
        if version == shelf.library.store.version:
            return shelf.library.store
        publisher = self.publisher(name)
        if version not in publisher.ids():
            return None
        make = partial(publisher.opened, version)
        return self._read.get((name, version), make, READ, BYTES)

    def asked_by(self, actor: Actor) -> list[Shelf]:
        """Give the shelves that somebody asks, their own first.

        None where nothing stands on that and the house shelf is hidden.
        """
        own = self.get(actor.community)
        name = actor.community
        shows_house = self._shows_house.get(
            name, lambda: self._state.communities.choices(name).house
        )
        return [*([own] if own else []), *([self._house] if shows_house else [])]

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
            return self.publisher(name).used()
        except (InputError, IndexDamagedError):
            return None

    def versions(self, names: Collection[str]) -> dict[str, str | None]:
        """Name the versions in use of some shelves, as ``version`` does of one."""
        mirror = assemble.mirror(self._settings)
        others = mirror.used(names) if mirror else {name: self.version(name) for name in names}
        return others | {name: self.version(name) for name in names if name == HOUSE}

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

    def _let_go(self, name: str) -> None:
        self._open.let_go(lambda one: one == name)
        self._read.let_go(lambda one: one[0] == name)

    def follow(self) -> None:
        """Swap from now on as soon as another replica publishes, where there are others."""
        if (mirror := assemble.mirror(self._settings)) is not None:
            self._unfollow = mirror.close
            mirror.start(self.refresh, lambda: [name for name, _ in self._open.open()])

    def close(self) -> None:
        """Follow no longer."""
        self._unfollow()

    def refresh(self) -> None:
        """Swap every open shelf to its version in use; one that fails goes on as it is."""
        for name, library in self._open.open():
            self._refresh(name, library)
        self._open.keep(OPEN, BYTES)
        self._house.library.refresh()

    def _refresh(self, name: str, library: Library) -> None:
        try:
            library.refresh()
        except IndexMissingError:
            self._let_go(name)
        except SummitQAError:
            log.exception("the shelf %s stays at the version it is at", name)


def _bytes(snapshot: Snapshot) -> int:
    count: int = snapshot.facts["bytes"]
    return count


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
    ArticleUnknownError where none has any, InputError where there is no shelf to ask.
    """
    if not shelves:
        raise InputError(LIST_EMPTY)
    left = list(articles)
    for shelf in shelves:
        there = [one for one in left if one in shelf.library.store.slugs]
        left = [one for one in left if one not in there]
        if there or not articles:
            yield shelf, there
    if articles and len(left) == len(articles):
        shelves[0].library.store.article(left[0])  # says that there is none
