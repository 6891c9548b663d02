"""What changes shelves in this process: one job a shelf, one at a time; progress, calling off."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from summitqa.counting import counted
from summitqa.encoder import Encoder
from summitqa.errors import CalledOffError, GateError, IndexBusyError
from summitqa_bot import strings
from summitqa_bot.reply import Person
from summitqa_bot.shelves import Shelves
from summitqa_index.build import Job, Progress, Report, build

Told = Callable[[Progress, float], Awaitable[None]]
T = TypeVar("T")

# Platforms limit how often a message may be edited; this is slow enough for both.
_TELL_SECONDS = 1.5


class RunningError(IndexBusyError):
    """A job of this process is changing the shelf already; ``by``: who had it begun, if anybody."""

    def __init__(self, since: datetime, who: str, by: Person | None) -> None:
        super().__init__(since, who)
        self.by = by


@dataclass(frozen=True, slots=True)
class _Running:
    """A job: who had it begun, since when, and the flag that calls it off."""

    who: Person | str
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def words(self) -> str:
        return self.who.words if isinstance(self.who, Person) else self.who

    @property
    def by(self) -> Person | None:
        return self.who if isinstance(self.who, Person) else None


class Reindexer:
    """Runs jobs in a thread of their own, so that they never wait behind questions."""

    def __init__(self, shelves: Shelves, encoder: Encoder) -> None:
        self._shelves = shelves
        self._encoder = encoder
        self._running: dict[str, _Running] = {}
        # Each takes a core: of many shelves one after the other is changed.
        self._turn = asyncio.Lock()

    async def run(
        self, shelf: str, who: Person | str, told: Told | None = None, *, force: bool = False
    ) -> Report:
        """Build a shelf from its sources, telling ``told`` of progress now and then.

        Raises what ``summitqa_index.build.build`` raises; IndexBusyError while another job runs.
        """
        return await self.work(shelf, who, build, told, force=force)

    async def work(
        self,
        shelf: str,
        who: Person | str,
        do: Callable[[Job], T],
        told: Told | None = None,
        *,
        force: bool = False,
    ) -> T:
        """Do what changes a shelf, as its one job; raises what that raises, as ``run`` does."""
        if shelf in self._running:
            raise self._busy(shelf)
        running = self._running[shelf] = _Running(who)
        latest: list[Progress] = []
        reader = self._shelves.house.library.reader
        job = Job(
            self._shelves.publisher(shelf), self._shelves.settings_of(shelf), self._encoder,
            running.words, latest.append, running.cancelled, force, reader,
        )  # fmt: skip
        teller = asyncio.create_task(_tell(latest, told)) if told else None
        try:
            async with self._turn:
                job.check()
                return await asyncio.to_thread(do, job)
        except asyncio.CancelledError:
            # The process is stopping: the thread must not be left building.
            running.cancelled.set()
            raise
        finally:
            del self._running[shelf]
            if teller:
                teller.cancel()

    def _busy(self, shelf: str) -> RunningError:
        running = self._running[shelf]
        return RunningError(running.since, running.words, running.by)

    def cancel(self, shelf: str) -> bool:
        """Call off what changes a shelf; false where nothing does."""
        running = self._running.get(shelf)
        if running is None:
            return False
        running.cancelled.set()
        return True

    def cancel_all(self) -> None:
        """Call off whatever runs."""
        for running in self._running.values():
            running.cancelled.set()

    def runs(self, shelf: str) -> bool:
        """Tell whether a job of this process changes a shelf."""
        return shelf in self._running


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
