"""Where answers go on Slack: the place of the question, or the one who acted alone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from summitqa_bot import strings
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.post import Place, Post
from summitqa_bot.wording.reply import Reply

log = logging.getLogger("summitqa_bot.slack")

PROGRESS_EVERY = 1.0


async def _nothing() -> None:
    """Bolt acknowledges events itself."""


@dataclass(slots=True)
class PlaceVenue:
    """The answer to a question: in its place, for all who read there."""

    post: Post
    place: Place
    acknowledge: Callable[[], Awaitable[Any]] = _nothing

    async def ack(self) -> bool | None:
        """Answer the request that brought the event, where Bolt has not."""
        await self.acknowledge()
        return None if self.acknowledge is _nothing else True

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        """Post a reply, or set the earlier message anew where the same people see that."""
        if instead is not None and (self.place.direct or not reply.private):
            return await self.post.change(instead, self.place, reply)
        return await self.post.say(self.place, reply)

    async def earlier(self, reply: Reply) -> str | None:
        """Look for the answer in its place; what was whispered is not to be found."""
        return await self.post.earlier(self.place, reply)

    async def tell(self, sentence: Reply, instead: str | None = None) -> None:
        """Whisper a sentence; the earlier answer stays."""
        del instead
        await self.post.whisper(self.place, sentence)


@dataclass(slots=True)
class AsideVenue(PlaceVenue):
    """The answer to a press or an errand: to whoever acted, save what is shared with the place."""

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        """Whisper a reply, its file behind it, which has no id then; post what is shared."""
        if not reply.private and instead is not None:
            return await self.post.change(instead, self.place, reply)
        if not reply.private:
            return await self.post.say(self.place, reply, passing=False)
        await self.post.whisper(self.place, reply)
        if reply.file is not None:
            await self.post.hand(self.place, reply.file)
        return None


@dataclass(slots=True)
class ProgressVenue(PlaceVenue):
    """One message that is set in place while a reindex runs, then holds its outcome.

    It stands in the admin's direct messages: what a response URL shows cannot be edited
    after a command, and a channel need not watch.
    """

    _message: str | None = field(default=None, init=False)
    _shown_at: float = field(default=0.0, init=False)

    async def progress(self, reply: Reply) -> str | None:
        """Show how far it is, at most once a second; a failure must not stop the reindex.

        Gives the message that shows it.
        """
        now = asyncio.get_running_loop().time()
        if self._message and now - self._shown_at < PROGRESS_EVERY:
            return self._message
        self._shown_at = now
        try:
            await self._set(reply)
        except CallError as error:
            log.warning("progress could not be shown (%s)", code_of(error))
        return self._message

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        """Show the outcome, or the refusal where nothing was ever begun."""
        del instead
        if self._message is None:
            await self.post.whisper(self.place, replace(reply, private=True))
        else:
            await self._set(reply)
        return None

    async def _set(self, reply: Reply) -> None:
        direct = self.place if self.place.direct else Place(self.place.user)
        if self._message is not None:
            self._message = await self.post.change(self._message, direct, reply)
            return
        self._message = await self.post.say(direct, reply)
        if self._message and not self.place.direct:
            elsewhere = Reply(strings.SLACK_PROGRESS_ELSEWHERE, private=True)
            await self.post.whisper(self.place, elsewhere)
