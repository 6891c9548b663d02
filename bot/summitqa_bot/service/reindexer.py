"""What changes shelves in this process: one job a shelf, each in its turn; progress, calling off.

A job has a turn of seconds, in which most are done. One that needs longer lets the others go first:
it goes on in the turn of those that take long, with what it had embedded, one of them at a time.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from summitqa.counting import counted
from summitqa.encoder import Encoder
from summitqa.errors import CalledOffError, GateError, IndexBusyError, RejectedError, TurnOverError
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.jobs import RunningError, SharedJobs
from summitqa_bot.service.material import require_place
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.service.threads import Aside
from summitqa_bot.wording.reply import Person
from summitqa_index.build import Job, Progress, Report, build
from summitqa_index.putting import reread

Told = Callable[[Progress, float], Awaitable[None]]
T = TypeVar("T")

# Platforms limit how often a message may be edited; this is slow enough for both.
_TELL_SECONDS = 1.5
_TURN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Running:
    """A job: who had it begun, since when, and the flag that calls it off."""

    who: Person | str
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def words(self) -> str:
        return self.who.words if isinstance(self.who, Person) else self.who

    @property
    def by(self) -> Person | None:
        return self.who if isinstance(self.who, Person) else None


class Reindexer:
    """Runs jobs in a thread of their own, so that they never wait behind questions."""

    def __init__(
        self,
        shelves: Shelves,
        encoder: Encoder,
        aside: Aside,
        metrics: Metrics,
        jobs: SharedJobs,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shelves = shelves
        self._encoder = encoder
        self._aside = aside
        self._metrics = metrics
        self._jobs = jobs
        self._clock = clock
        self._running: dict[str, _Running] = {}
        # Each takes a core: of many shelves one after the other is changed.
        self._changing = asyncio.Lock()
        self._looking = asyncio.Semaphore(2)
        self._long = asyncio.Lock()
        # By shelf: who sends much at once, each a file that takes long, waits behind themselves.
        self._looks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(
        self, shelf: str, who: Person | str, told: Told | None = None, *, force: bool = False
    ) -> Report:
        """Build a shelf from its sources, telling ``told`` of progress now and then.

        One that is filled from chat: from what stands on it, read again. Raises what building
        raises; IndexBusyError while another job runs.
        """

        def do(job: Job) -> Report:
            return build(job) if shelf == HOUSE else reread(job)

        try:
            report = await self.work(shelf, who, do, told, force=force)
        except BaseException as error:
            self._metrics.reindexed(_result(error), house=shelf == HOUSE)
            raise
        result = "switched" if report.switched else "unchanged"
        self._metrics.reindexed(result, house=shelf == HOUSE)
        return report

    async def work(
        self,
        shelf: str,
        who: Person | str,
        do: Callable[[Job], T],
        told: Told | None = None,
        *,
        force: bool = False,
        wait: bool = False,
    ) -> T:
        """Do what changes a shelf, as its one job; raises what that raises.

        While another job changes it: RunningError, unless it is to ``wait``.
        """
        async with self._one(shelf, who, wait=wait) as running:
            latest: list[Progress] = []
            teller = asyncio.create_task(_tell(latest, told)) if told else None
            try:
                job = self._job(shelf, running, latest.append, force=force)
                return await self._by_turns(self._changing, job, do)
            except asyncio.CancelledError:
                # The process is stopping: the thread must not be left building.
                running.cancelled.set()
                raise
            finally:
                if teller:
                    teller.cancel()

    @asynccontextmanager
    async def _one(self, shelf: str, who: Person | str, *, wait: bool) -> AsyncIterator[_Running]:
        while (other := self._running.get(shelf)) is not None:
            if not wait:
                raise RunningError(other.since, other.words, other.by)
            await other.ended.wait()
        running = self._running[shelf] = _Running(who)
        try:
            async with self._jobs.held(shelf, who, running.cancelled, wait=wait):
                yield running
        finally:
            del self._running[shelf]
            running.ended.set()

    async def look(self, shelf: str, who: Person | str, do: Callable[[Job], T]) -> T:
        """Do what only looks at a shelf, whatever else runs; of one, one after the other."""
        running = _Running(who)
        looks = self._looks.setdefault(shelf, asyncio.Lock())
        try:
            async with looks:
                job = self._job(shelf, running, _untold, force=False)
                return await self._by_turns(self._looking, job, do)
        except asyncio.CancelledError:
            running.cancelled.set()
            raise

    async def _by_turns(
        self, turn: AbstractAsyncContextManager[None], job: Job, do: Callable[[Job], T]
    ) -> T:
        """Do something in a turn; what is not done by its end, in one of those that take long."""
        with suppress(TurnOverError):
            async with turn:
                return await self._do(replace(job, over=self._over()), do)
        async with self._long:
            return await self._do(job, do)

    async def _do(self, job: Job, do: Callable[[Job], T]) -> T:
        if job.cancelled.is_set():
            raise CalledOffError
        done: T = await self._aside(do, job)
        return done

    def _over(self) -> Callable[[], bool]:
        """Give what tells that a turn which begins now is over."""
        end = self._clock() + _TURN_SECONDS
        return lambda: self._clock() > end

    def _job(
        self, shelf: str, running: _Running, tell: Callable[[Progress], None], *, force: bool
    ) -> Job:
        settings = self._shelves.settings_of(shelf)
        return Job(
            self._shelves.publisher(shelf), settings, self._encoder, running.words, tell,
            running.cancelled, force, self._shelves.house.library.reader,
            admit=partial(require_place, settings),
        )  # fmt: skip

    def cancel(self, shelf: str) -> bool:
        """Call off what changes a shelf here; false where nothing does."""
        running = self._running.get(shelf)
        if running is None:
            return False
        running.cancelled.set()
        return True

    async def call_off(self, shelf: str) -> bool:
        """Call off what changes a shelf, on whichever replica; false where nothing does."""
        return self.cancel(shelf) or await self._jobs.call_off(shelf)

    def cancel_all(self) -> None:
        """Call off whatever runs."""
        for running in self._running.values():
            running.cancelled.set()

    def runs(self, shelf: str) -> bool:
        """Tell whether a job of this process changes a shelf."""
        return shelf in self._running

    async def running(self, *shelves: str) -> str | None:
        """Give the first of these shelves that a job changes, on whichever replica."""
        there = {one for one in shelves if self.runs(one)} or await self._jobs.running(*shelves)
        return next((one for one in shelves if one in there), None)


def _untold(_: Progress) -> None:
    """Tell nobody: looking is soon over."""


def outcome(error: BaseException) -> str:
    """Say how an admin's work came to nothing, in a log that holds no question."""
    if isinstance(error, CalledOffError):
        return "cancelled"
    if isinstance(error, GateError):
        return f"kept aside: {counted(len(error.lost), *strings.LOST_QUESTIONS)}"
    return f"failed: {error}"


def _result(error: BaseException) -> str:
    """Name how a reindex came to nothing, among ``metrics.RESULTS``."""
    if isinstance(error, CalledOffError | asyncio.CancelledError):
        return "called_off"
    if isinstance(error, GateError | RejectedError):
        return "kept_aside"
    return "busy" if isinstance(error, IndexBusyError) else "failed"


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
