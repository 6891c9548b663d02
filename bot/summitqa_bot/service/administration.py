"""The part of the desk that is for admins: what is indexed, reindexed, rolled back, reported."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.service import articles, editors, reports, surveying
from summitqa_bot.service.admins import Admins
from summitqa_bot.service.amending import Amending, Show
from summitqa_bot.service.answering import Answering
from summitqa_bot.service.articles import Articles
from summitqa_bot.service.editors import Editors
from summitqa_bot.service.permissions import Actor, is_admin
from summitqa_bot.service.reindexer import Reindexer
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.service.spoken import spoken
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply
from summitqa_index import versions
from summitqa_index.build import Progress

T = TypeVar("T")


class Administration(ABC):
    """What admins ask of the desk."""

    articles: Articles
    _admins: Admins
    _amending: Amending
    _answering: Answering
    _editors: Editors
    _reindexer: Reindexer
    _settings: Settings
    _shelves: Shelves
    _state: State

    @abstractmethod
    async def _work(self, do: Callable[..., T], *args: Any) -> T:
        """Do something slow in a worker thread."""

    @abstractmethod
    async def _clerically(self, do: Callable[..., T], *args: Any) -> T:
        """Do something short with files or the database in a thread of its own."""

    @abstractmethod
    async def _watch(self) -> None:
        """Swap to new versions."""

    @spoken
    async def reindex(
        self, actor: Actor, show: Show, *, force: bool = False, shelf: str | None = None
    ) -> Reply:
        """Rebuild from the sources (admins).

        ``force`` builds though nothing has changed and switches though questions are lost.
        ``show`` is awaited with progress to set in place, and gives the message's id. ``shelf``:
        as ``Admins.only`` takes it.
        """

        async def build(name: str) -> Reply:
            async with self._amending.progress(actor.platform, show) as shown:

                async def told(now: Progress, seconds: float) -> None:
                    await shown(replies.progress(now, seconds))

                await shown(replies.started())
                report = await self._reindexer.run(name, actor.person, told, force=force)
                await self._watch()
                if report.index_version is None:
                    return replies.notice(strings.STATUS_EMPTY)
                return replies.reindexed(report)

        action = "reindex force" if force else "reindex"
        return await self._admins.only(actor, action, build, shelf=shelf)

    @spoken
    async def status(self, actor: Actor, shelf: str | None = None) -> Reply:
        """Tell what is indexed (admins)."""

        async def tell(name: str) -> Reply:
            return await self._work(reports.status, self._shelves, name)

        return await self._admins.only(actor, "status", tell, shelf=shelf)

    @spoken
    async def versions(self, actor: Actor, shelf: str | None = None) -> Reply:
        """List the versions of a shelf that are kept, each to be switched to (admins)."""

        async def tell(name: str) -> Reply:
            found = await self._clerically(versions.listed, self._shelves.publisher(name))
            return reports.versions(found)

        return await self._admins.only(actor, "versions", tell, shelf=shelf)

    @spoken
    async def rollback(self, actor: Actor, shelf: str | None = None) -> Reply:
        """Go back to the version before the one in use, once it is verified whole (admins)."""

        async def go_back(name: str) -> Reply:
            who, publisher = actor.person.words, self._shelves.publisher(name)
            version = await asyncio.to_thread(versions.rollback, publisher, None, who)
            await self._watch()
            return replies.notice(strings.SWITCHED.format(version=version))

        return await self._admins.only(actor, "rollback", go_back, shelf=shelf)

    @spoken
    async def verify(self, actor: Actor, shelf: str | None = None) -> Reply:
        """Check the version in use file by file (admins)."""

        async def check(name: str) -> Reply:
            broken = await asyncio.to_thread(versions.verify, self._shelves.publisher(name))
            return reports.verified(broken)

        return await self._admins.only(actor, "verify", check, shelf=shelf)

    @spoken
    async def set_channel(self, actor: Actor, articles: Sequence[str]) -> Reply:
        """Set the articles (slugs) that the actor's channel is about; none: all again (admins)."""

        async def set_it(_: str) -> Reply:
            return await self._work(self._answering.set_channel, actor, articles)

        action = f"channel {' '.join(articles) or 'clear'} in {actor.channel}"
        return await self._admins.only(actor, action, set_it, shelf=actor.community)

    @spoken
    async def unanswered(self, actor: Actor) -> Reply:
        """List the questions of the last 7 days that nothing answered, grouped (admins)."""

        # A thread of its own: thousands of questions to group must not hold up those that ask.
        async def tell(_: str) -> Reply:
            library = self._shelves.house.library
            return await asyncio.to_thread(
                reports.unanswered, self._state, library, self._reported(actor)
            )

        return await self._admins.only(actor, "unanswered", tell, shelf=actor.community)

    @spoken
    async def feedback(self, actor: Actor) -> Reply:
        """Sum up the thumbs, with the reasons given (admins)."""

        async def tell(_: str) -> Reply:
            return await self._work(reports.feedback, self._state, self._reported(actor))

        return await self._admins.only(actor, "feedback", tell, shelf=actor.community)

    @spoken
    async def report(self, actor: Actor) -> Reply:
        """Sum up the last 7 days for the editors, with a file of all of it (admins)."""

        async def tell(name: str) -> Reply:
            return await asyncio.to_thread(
                surveying.survey, self._state, self._shelves, name, self._reported(actor)
            )

        return await self._admins.only(actor, "report", tell, shelf=actor.community)

    async def _report_weekly(self) -> None:
        """Tell each community that wants it what the last week was, once a week."""
        week = f"{datetime.now(UTC):%G-%V}"
        ours = await self._editors.ours("report")
        for name, channel in await self._clerically(self._state.communities.due, week):
            platform = name.partition("-")[0]
            if platform not in ours:
                continue
            told = await asyncio.to_thread(
                partial(surveying.survey, told_all=True),
                self._state, self._shelves, name, (name,),
            )  # fmt: skip
            shared = replace(told, private=False, file=None)
            if not self._editors.still("report", platform):
                continue
            if await self._editors.post(name, channel, shared) is not None:
                await self._clerically(partial(self._state.communities.choose, name, reported=week))

    def _reported(self, actor: Actor) -> tuple[str, ...]:
        """Tell of whose questions an admin reads; those of before were the house shelf's."""
        return (actor.community, *([""] if is_admin(actor, self._settings) else []))

    async def joined(self, community: str) -> bool:
        """Note that a community has let the bot in; its shelf is there from now on.

        Tells whether that is news.
        """
        news = await self._clerically(self._state.communities.joined, community)
        if news:
            await self._clerically(self._state.audit, "the platform", "joined", "done", community)
        return news

    async def left(self, community: str) -> None:
        """Note that a community has put the bot out; its shelf is kept for a time."""
        if await self._clerically(self._state.communities.left, community):
            await self._clerically(self._state.audit, "the platform", "left", "done", community)

    async def here(self) -> frozenset[str]:
        """Give the communities, of every platform, that the bot was last known to be in."""
        return frozenset(await self._clerically(self._state.communities.here))

    @spoken
    async def forget(self, actor: Actor) -> Reply:
        """Ask an admin whether all of their community's is to be erased, for good."""

        async def ask(name: str) -> Reply:
            return replies.forgetting(name)

        return await self._admins.only(actor, "forget, asked", ask, shelf=actor.community)

    async def _press_as_admin(self, actor: Actor, action: str, ref: str) -> Reply:
        """Do what a button for admins says."""
        if action in articles.ACTIONS:
            return await self.articles.press(actor, action, ref)
        if action in editors.ACTIONS:
            return await self._editors.press(actor, action, ref)
        own = {"cancel": self._cancel, "switch": self._switch, "forget": self._forget_all}
        return await own[action](actor, ref)

    async def _cancel(self, actor: Actor, _: str) -> Reply:
        async def cancel(name: str) -> Reply:
            known = await self._reindexer.call_off(name)
            return replies.notice(strings.REINDEX_CANCELLED if known else strings.REINDEX_NONE)

        running = await self._reindexer.running(actor.community, HOUSE)
        return await self._admins.only(actor, "cancel", cancel, shelf=running)

    async def _switch(self, actor: Actor, version: str) -> Reply:
        async def switch(name: str) -> Reply:
            publisher = self._shelves.publisher(name)
            await asyncio.to_thread(versions.rollback, publisher, version, actor.person.words)
            await self._watch()
            return replies.notice(strings.SWITCHED.format(version=version))

        own = await self._clerically(self._shelves.holds, actor.community, version)
        return await self._admins.only(
            actor, "switch", switch, shelf=actor.community if own else HOUSE
        )

    async def _forget_all(self, actor: Actor, community: str) -> Reply:
        async def erase(name: str) -> Reply:
            if name != community:
                return replies.notice(strings.GONE)
            return replies.forgotten(await self.erase(name))

        return await self._admins.only(actor, "forget", erase, shelf=actor.community)

    async def erase(self, community: str) -> int:
        """Erase a community's shelf and all it asked; give how many answers that were."""
        await self._reindexer.call_off(community)
        await asyncio.to_thread(self._shelves.erase, community)
        return await self._clerically(self._state.communities.erase, community)

    async def _erase_those_long_gone(self, days: int) -> None:
        """Erase the shelves of communities that left more than ``days`` ago."""
        for name in await self._clerically(self._state.communities.long_gone, days):
            await self.erase(name)
            await self._clerically(self._state.audit, "the schedule", "forget", "done", name)
