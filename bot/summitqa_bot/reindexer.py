"""The one reindex that may run in this process: its progress, its cancelling, its end."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from summitqa.counting import counted
from summitqa.encoder import Encoder
from summitqa.errors import CalledOffError, GateError, IndexBusyError
from summitqa.reader import Reader
from summitqa_bot import strings
from summitqa_bot.reply import Person
from summitqa_bot.settings import Settings
from summitqa_index.build import Job, Progress, Report, build
from summitqa_index.lock import busy
from summitqa_index.versions import rollback

Told = Callable[[Progress, float], Awaitable[None]]

# Platforms limit how often a message may be edited; this is slow enough for both.
_TELL_SECONDS = 1.5


class Reindexer:
    """Runs a build in a thread of its own, so that it never waits behind questions."""

    def __init__(self, settings: Settings, encoder: Encoder, reader: Reader | None) -> None:
        self._settings = settings
        self._encoder, self._reader = encoder, reader
        self._cancelled: threading.Event | None = None
        self._since: datetime | None = None
        self._who = ""
        self.by: Person | None = None
        """Who had the running reindex begun; None for one that nobody did, or where none runs."""

    async def run(
        self, who: Person | str, told: Told | None = None, *, force: bool = False
    ) -> Report:
        """Build from the sources, telling ``told`` of progress now and then.

        Raises what ``summitqa_index.build.build`` raises; IndexBusyError while another runs.
        """
        if self._cancelled is not None:
            raise self._running()
        self._cancelled, self._since = threading.Event(), datetime.now(UTC)
        self._who = _words(who)
        self.by = who if isinstance(who, Person) else None
        latest: list[Progress] = []
        job = Job(
            self._settings, self._encoder, self._who, latest.append, self._cancelled, force,
            self._reader,
        )  # fmt: skip
        teller = asyncio.create_task(_tell(latest, told)) if told else None
        try:
            return await asyncio.to_thread(build, job)
        except asyncio.CancelledError:
            # The process is stopping: the thread must not be left building.
            self._cancelled.set()
            raise
        finally:
            self._cancelled = self.by = None
            if teller:
                teller.cancel()

    async def switch(self, version: str, who: Person) -> None:
        """Switch to a version that is kept, or kept aside, once it is verified whole."""
        await asyncio.to_thread(rollback, self._settings.home, version, who.words)

    def _running(self) -> IndexBusyError:
        error = busy(self._settings.home)
        # Who holds the lock may not have been written yet, or be another process.
        error.since, error.who = self._since, self._who
        return error

    def cancel(self) -> bool:
        """Call the running build off; false where none runs."""
        if self._cancelled is None:
            return False
        self._cancelled.set()
        return True


def _words(who: Person | str) -> str:
    return who.words if isinstance(who, Person) else who


def outcome(error: BaseException) -> str:
    """Say how an admin's work came to nothing, in a log that holds no question."""
    if isinstance(error, CalledOffError):
        return "cancelled"
    if isinstance(error, GateError):
        return f"kept aside: {counted(len(error.lost), *strings.LOST_QUESTIONS)}"
    return f"failed: {error}"


async def _tell(latest: list[Progress], told: Told) -> None:
    phase, began = "", time.monotonic()
    while True:
        if latest:
            now = latest[-1]
            latest.clear()
            if now.phase != phase:
                phase, began = now.phase, time.monotonic()
            await told(now, time.monotonic() - began)
        await asyncio.sleep(_TELL_SECONDS)
