"""Messages posted earlier that are set anew: answers since changed, progress a crash left open.

All of it is read from the database, a page at a time, and noted there once the platform has
taken it, so that a restart goes on with the rest.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from summitqa_bot.asked import Asked
from summitqa_bot.service.changed import mark
from summitqa_bot.service.duties import Duties
from summitqa_bot.service.shelves import Shelf, Shelves
from summitqa_bot.state import State
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply

Show = Callable[[Reply], Awaitable[str | None]]
Amend = Callable[[str, Reply], Awaitable[float]]

DAYS = 7
PAGE = 20
TRIES = 5
# Slack allows 50 edits a minute and more, Discord 5 in 5 seconds to a channel.
PAUSE_SECONDS = 1.25


class Amending:
    """Keeps what was posted true, on every platform that has said how."""

    def __init__(self, shelves: Shelves, state: State, duties: Duties) -> None:
        self._shelves = shelves
        self._state = state
        self._duties = duties
        self._amenders: dict[str, Amend] = {}

    def amends(self, platform: str, amend: Amend) -> None:
        """Have ``amend`` set a message anew."""
        self._amenders[platform] = amend

    async def once(self, platform: str, message: str, reply: Reply) -> None:
        """Set a message anew, if its platform is served here and takes it now."""
        if platform in self._amenders:
            await self._amenders[platform](message, reply)

    async def walk(self) -> None:
        """Set anew whatever is to be, slowly; what fails is left to the next walk."""
        await asyncio.gather(*(self._on(*one) for one in self._amenders.items()))

    @asynccontextmanager
    async def progress(self, platform: str, show: Show) -> AsyncIterator[Show]:
        """Give ``show`` remembering its messages until the end; of a stop they are left."""
        known: set[str] = set()

        async def noting(reply: Reply) -> str | None:
            message = await show(reply)
            if message is not None and message not in known:
                known.add(message)
                await asyncio.to_thread(self._state.progress.open, platform, message)
            return message

        try:
            yield noting
        except asyncio.CancelledError:
            known.clear()
            raise
        finally:
            for message in known:
                await asyncio.to_thread(self._state.progress.end, message)

    async def _on(self, platform: str, amend: Amend) -> None:
        if not await self._duties.ours(f"amend:{platform}"):
            return
        for message in await asyncio.to_thread(self._state.progress.left, platform):
            if await _done(amend, message, replies.interrupted()):
                await asyncio.to_thread(self._state.progress.end, message)
        for shelf in await asyncio.to_thread(self._changed, platform):
            await self._on_shelf(platform, amend, shelf)

    def _changed(self, platform: str) -> list[Shelf]:
        """Open the shelves of which a version is cited that is not in use any more."""
        cited = self._state.communities.cited(platform, DAYS)
        used = self._shelves.versions({name for name, _ in cited})
        names = {name for name, version in cited if version != used[name]}
        opened = (self._shelves.get(name) for name in sorted(names))
        return [shelf for shelf in opened if shelf is not None]

    async def _on_shelf(self, platform: str, amend: Amend, shelf: Shelf) -> None:
        given_up: list[str] = []
        while (found := await asyncio.to_thread(self._page, platform, shelf, given_up)) is not None:
            for ref, message, reply in found:
                if await _done(amend, message, reply):
                    await asyncio.to_thread(self._state.checks.mark_stale, ref)
                else:
                    given_up.append(ref)
                await asyncio.sleep(PAUSE_SECONDS)

    def _page(
        self, platform: str, shelf: Shelf, given_up: list[str]
    ) -> list[tuple[str, str, Reply]] | None:
        """Give (ref, message, what it is to show) of the next answers that have changed.

        None after the last. Those that stand are noted, so that they are not looked at again.
        """
        store, state = shelf.library.store, self._state
        answers = state.checks.unchecked(
            platform, store.version, DAYS, PAGE, given_up, shelf=shelf.name
        )
        if not answers:
            return None
        marks = {asked.ref: mark(asked, store) for asked in answers}
        state.checks.check([ref for ref, said in marks.items() if not said], store.version)
        return [
            (asked.ref, asked.message or "", self._marked(asked, marks[asked.ref]))
            for asked in answers
            if marks[asked.ref]
        ]

    def _marked(self, asked: Asked, said: str) -> Reply:
        return self._shelves.links.on_answer(replies.marked(asked, said), asked)


async def _done(amend: Amend, message: str, reply: Reply) -> bool:
    """Set a message anew, again after as long as the platform says; false where that is no use."""
    for _ in range(TRIES):
        seconds = await amend(message, reply)
        if not seconds:
            return True
        await asyncio.sleep(seconds)
    return False
