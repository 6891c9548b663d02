"""One job a shelf, whichever replica runs it: begun once, told of and called off from any."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from summitqa.errors import IndexBusyError, SummitQAError
from summitqa_bot.service.threads import Clerk
from summitqa_bot.state.jobs import Jobs, RunningJob
from summitqa_bot.state.leases import AWAY
from summitqa_bot.wording.reply import Person

log = logging.getLogger(__name__)

# How often is looked whether a job was called off, and whether another's has ended.
LOOK_SECONDS = 0.5


class RunningError(IndexBusyError):
    """A job is changing the shelf already; ``by``: who had it begun, if anybody."""

    def __init__(self, since: datetime, who: str, by: Person | None) -> None:
        super().__init__(since, who)
        self.by = by


class SharedJobs:
    """The jobs of this replica, as the others see them."""

    def __init__(self, jobs: Jobs, clerk: Clerk) -> None:
        self._jobs = jobs
        self._clerk = clerk

    @asynccontextmanager
    async def held(
        self, shelf: str, who: Person | str, cancelled: threading.Event, *, wait: bool
    ) -> AsyncIterator[None]:
        """Be the one that changes a shelf; ``cancelled`` is set where that is called off.

        While another replica changes it: RunningError, unless it is to ``wait``.
        """
        if not self._jobs.shared:
            yield
            return
        person = who if isinstance(who, Person) else None
        words, by = (person.words, (person.platform, person.user)) if person else (str(who), None)
        while (other := await self._clerk(self._jobs.begin, shelf, words, by)) is not None:
            if not wait:
                raise _running(other)
            await asyncio.sleep(LOOK_SECONDS)
        keeping = asyncio.create_task(self._keep(shelf, cancelled))
        try:
            yield
        finally:
            keeping.cancel()
            await self._end(shelf)

    async def running(self, *shelves: str) -> set[str]:
        """Give those of these shelves that some replica changes."""
        return await self._clerk(self._jobs.running, shelves) if self._jobs.shared else set()

    async def call_off(self, shelf: str) -> bool:
        """Have whichever replica changes a shelf stop; false where none does."""
        return self._jobs.shared and bool(await self._clerk(self._jobs.call_off, shelf))

    async def _keep(self, shelf: str, cancelled: threading.Event) -> None:
        known = True
        while not cancelled.is_set():
            await asyncio.sleep(LOOK_SECONDS)
            try:
                kept = await self._clerk(self._jobs.keep, shelf)
            except Exception as error:
                if known:
                    foreseen = isinstance(error, SummitQAError)
                    log.warning(
                        "whether the job is called off is not known: %s",
                        error if foreseen else type(error).__name__, exc_info=not foreseen,
                    )  # fmt: skip
                known = False
                continue
            known = True
            if not kept:
                cancelled.set()

    async def _end(self, shelf: str) -> None:
        try:
            await self._clerk(self._jobs.end, shelf)
        except AWAY as error:  # it runs out by itself
            log.warning("that a job has ended could not be noted (%s)", type(error).__name__)


def _running(other: RunningJob) -> RunningError:
    return RunningError(other.since, other.who, Person(*other.by) if other.by else None)
