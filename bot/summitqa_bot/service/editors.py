"""What nothing answered is handed to people, who point to a passage or write an answer.

Nothing is made up: what is taught is a passage of the shelf, and what is written stands there as
an entry with its author's name, quoted and cited like any other.
"""

import hashlib
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from summitqa.answer import Answer
from summitqa.errors import InputError
from summitqa.library import Library
from summitqa.taught import Pair
from summitqa_bot.asked import Asked
from summitqa_bot.service.duties import Duties
from summitqa_bot.service.office import Office
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state.handoffs import Handoff
from summitqa_bot.strings import editors as said
from summitqa_bot.wording import handing, replies
from summitqa_bot.wording.reply import Filled, Form, Reply
from summitqa_index.build import Job
from summitqa_index.catalogue import PASTED, Change, Entry
from summitqa_index.fields import ANSWER
from summitqa_index.previewing import preview
from summitqa_index.putting import Standing, put
from summitqa_index.sources.clean import one_line

ACTIONS = frozenset({"point", "write", "dismiss", "teach"})
FORM_ACTIONS = frozenset({"point", "write"})
_SHOWN = 5
_TRIES, _AGAIN_SECONDS = 60, 60.0
_MOST = 4000  # characters of a written answer

Poster = Callable[[str, str, Reply, Sequence[str]], Awaitable[str | None]]
"""Posts for a community in a channel, or under one of our messages, calling people by their ids.

Gives the message's id; ``None`` where it could not.
"""


class Editors:
    """Hands questions to people, and takes in what they say."""

    def __init__(
        self, office: Office, amend: Callable[[str, str, Reply], Awaitable[None]], duties: Duties
    ) -> None:
        self._office = office
        self._duties = duties
        self._amend = amend
        self._posters: dict[str, Poster] = {}
        self._failed: dict[str, tuple[int, float]] = {}

    def posts(self, platform: str, poster: Poster) -> None:
        """Have ``poster`` post on a platform; it must not raise."""
        self._posters[platform] = poster

    async def ours(self, duty: str) -> set[str]:
        """Give the platforms on which it is for us to post, by a duty."""
        return {one for one in self._posters if await self._duties.ours(f"{duty}:{one}")}

    def still(self, duty: str, platform: str) -> bool:
        """Tell whether it has been for us to post there ever since."""
        return self._duties.still(f"{duty}:{platform}")

    async def post(
        self, community: str, place: str, reply: Reply, people: Sequence[str] = ()
    ) -> str | None:
        """Post for a community; ``None`` where its platform is not served here, or it failed."""
        poster = self._posters.get(community.partition("-")[0])
        return None if poster is None else await poster(community, place, reply, people)

    async def walk(self) -> None:
        """Tell people of every question that they were not told of yet.

        Each is noted once it is posted, so that a stop at any moment leaves none out; where that
        fails it is tried again, for as long as a platform may be out of reach.
        """
        ours = await self.ours("editors")
        for handoff in await self._office.clerk(self._office.state.handoffs.untold):
            tries, since = self._failed.get(handoff.ref, (0, -math.inf))
            if handoff.platform not in ours or time.monotonic() - since < _AGAIN_SECONDS:
                continue
            chosen = await self._office.clerk(
                self._office.state.communities.choices, handoff.community
            )
            if not self.still("editors", handoff.platform):
                continue
            message = None
            if chosen.editors is not None:
                reply = handing.handed(handoff)
                message = await self.post(handoff.community, chosen.editors, reply, chosen.helpers)
            if message is None and chosen.editors is not None and tries + 1 < _TRIES:
                self._failed[handoff.ref] = (tries + 1, time.monotonic())
                continue
            self._failed.pop(handoff.ref, None)
            await self._office.clerk(self._office.state.handoffs.told, handoff.ref, message or "")

    def form(self, component: str, question: str) -> Form:
        """Give the form in which people search for a passage, or write."""
        search = component.startswith("point:")
        return handing.pointing(component, question) if search else handing.writing(component)

    async def question_of(self, actor: Actor, ref: str) -> str | None:
        """Give the question that was handed on, to those who see to it; ``None`` to others."""
        if not await self._office.admins.may(actor, helpers=True):
            return None
        handoff = await self._office.clerk(self._office.state.handoffs.get, ref, actor.community)
        return handoff.question if handoff is not None and handoff.outcome is None else None

    async def press(self, actor: Actor, action: str, rest: str) -> Reply:
        """Do what a button says; raises what that raises."""
        ref, _, place = rest.partition(".")

        async def pressed(name: str) -> Reply:
            handoff, asked = await self._waiting(actor, ref)
            if action == "teach":
                return await self._teach(name, handoff, asked, place)
            if action == "dismiss":
                await self._close(handoff, said.DISMISSED)
                return replies.notice(said.DISMISS_DONE)
            return replies.notice(said.GONE)  # a form that could not be opened

        return await self._office.admins.only(actor, action, pressed, helpers=True)

    async def fill(self, actor: Actor, component: str, filled: Filled) -> Reply:
        """Take what people filled in."""
        action, _, ref = component.partition(":")

        async def done(name: str) -> Reply:
            handoff, asked = await self._waiting(actor, ref)
            if action == "point":
                return await self._search(name, actor, handoff, filled)
            return await self._write(name, actor, handoff, asked, filled)

        return await self._office.admins.only(actor, action, done, helpers=True)

    async def _waiting(self, actor: Actor, ref: str) -> tuple[Handoff, Asked]:
        """Find a question that waits for people; InputError where it does not."""
        handoff = await self._office.clerk(self._office.state.handoffs.get, ref, actor.community)
        asked = await self._office.clerk(self._office.state.answer, ref)
        if handoff is None or asked is None:
            raise InputError(said.GONE)
        if handoff.outcome is not None:
            raise InputError(said.DONE_ALREADY.format(outcome=handoff.outcome))
        return handoff, asked

    async def _search(self, name: str, actor: Actor, handoff: Handoff, filled: Filled) -> Reply:
        def search() -> Reply:
            shelf = self._office.shelves.get(name)
            words = filled.text("search") or handoff.question
            found = (
                None if shelf is None else shelf.library.ask(words, top=_SHOWN, by=actor.community)
            )
            if found is None or not found.matches:
                return replies.notice(said.NOTHING_FOUND)
            choice = handing.choice(handoff, found.matches, _short)
            return self._linked(choice, actor.platform, name, found)

        found: Reply = await self._office.clerk(search)
        return found

    async def _teach(self, name: str, handoff: Handoff, asked: Asked, place: str) -> Reply:
        """Teach the passage that was chosen, and tell who asked."""

        def learn() -> str:
            library = self._library(name)
            slug, number = _place(library, place)
            article = library.store.article(slug)
            self._office.shelves.teach(name, Pair.of(handoff.question, article, number))
            library.refresh()
            return article.title

        title = await self._office.clerk(learn)
        return await self._seen_to(name, handoff, asked, said.POINTED.format(article=title), None)

    async def _write(
        self, name: str, actor: Actor, handoff: Handoff, asked: Asked, filled: Filled
    ) -> Reply:
        """Put a written answer on the shelf, teach it, and tell who asked."""
        text, author = filled.text("text"), filled.text("name")
        if not text:
            raise InputError(said.NO_TEXT)
        if not author:
            raise InputError(said.NO_NAME)
        raw = text[:_MOST].encode("utf-8", "replace")
        blob = await self._office.clerk(self._office.shelves.keep, name, raw)
        entry = Entry(
            slug="", name=PASTED, blob=blob, url=None, at=datetime.now(UTC),
            title=one_line(handoff.question), credit=said.CREDIT.format(name=author), by=author,
            ref=f"a-{handoff.ref}", kind=ANSWER,
        )  # fmt: skip

        def make(job: Job) -> str:
            change = Change.adding(entry)
            put(job, preview(job, change).change)  # which knows the slug
            catalogue = Standing.of(job.publisher).catalogue
            return next(one.slug for one in catalogue if one.ref == entry.ref)

        slug = await self._office.reindexer.work(name, actor.person, make, wait=True)
        await self._office.watch()

        def learn() -> str:
            library = self._library(name)
            article = library.store.article(slug)
            self._office.shelves.teach(name, Pair.of(handoff.question, article, 1))
            library.refresh()
            return article.title

        title = await self._office.clerk(learn)
        outcome = said.WRITTEN.format(name=author)
        return await self._seen_to(name, handoff, asked, outcome, title)

    async def _seen_to(
        self, name: str, handoff: Handoff, asked: Asked, outcome: str, title: str | None
    ) -> Reply:
        """Note what was done, once, and tell who asked where they asked."""
        first = await self._close(handoff, outcome)
        told = first and await self._tell_asker(name, asked)
        asker = said.ASKER_TOLD if told else said.ASKER_NOT_TOLD
        return handing.seen_to(handoff, outcome, asker, title)

    async def _close(self, handoff: Handoff, outcome: str) -> bool:
        """Note what came of a question, where people read of it, too; false where it is known."""
        first: bool = await self._office.clerk(
            self._office.state.handoffs.finish, handoff.ref, outcome
        )
        if first and handoff.message:
            await self._amend(handoff.platform, handoff.message, handing.closed(handoff, outcome))
        return first

    async def _tell_asker(self, name: str, asked: Asked) -> bool:
        if asked.private or asked.message is None:
            return False

        def answer() -> Reply:
            found = self._library(name).ask(asked.question, top=1, by=asked.community)
            told = handing.answered(asked.question, found)
            return self._linked(told, asked.platform, name, found)

        reply = await self._office.clerk(answer)
        return await self.post(asked.community, asked.message, reply) is not None

    def _linked(self, reply: Reply, platform: str, name: str, found: Answer) -> Reply:
        return self._office.shelves.links.on(reply, platform, name, found.index_version)

    def _library(self, name: str) -> Library:
        shelf = self._office.shelves.get(name)
        if shelf is None:
            raise InputError(said.NOTHING_FOUND)
        return shelf.library


def _short(slug: str) -> str:
    """Name an article in a button's id, which has room for few characters."""
    return hashlib.sha256(slug.encode()).hexdigest()[:12]


def _place(library: Library, place: str) -> tuple[str, int]:
    """Find the passage that a button names; InputError where there is none."""
    short, _, number = place.partition(".")
    slug = next((one for one in library.store.slugs if _short(one) == short), None)
    if slug is None or not number.isdecimal() or len(number) > 9:
        raise InputError(said.NOTHING_FOUND)
    return slug, int(number)
