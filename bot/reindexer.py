"""The one reindex that may run in this process: its progress, its cancelling, its end."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

from index.build import Job, Progress, Report, build
from index.lock import busy
from index.versions import rollback
from summitqa.encoder import Encoder
from summitqa.errors import CancelledError, GateError, IndexBusyError
from summitqa.settings import Settings

Told = Callable[[Progress, float], Awaitable[None]]

# Platforms limit how often a message may be edited; this is slow enough for both.
_TELL_SECONDS = 1.5


class Reindexer:
    """Runs a build in a thread of its own, so that it never waits behind questions."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self._settings = settings
        self._encoder = encoder
        self._cancelled: threading.Event | None = None

    async def run(self, who: str, told: Told | None = None, *, force: bool = False) -> Report:
        """Build from the sources, telling ``told`` of progress now and then.

        Raises what ``index.build.build`` raises; IndexBusyError while another runs.
        """
        if self._cancelled is not None:
            raise IndexBusyError(busy(self._settings.home))
        self._cancelled = threading.Event()
        latest: list[Progress] = []
        job = Job(self._settings, self._encoder, who, latest.append, self._cancelled, force)
        teller = asyncio.create_task(_tell(latest, told)) if told else None
        try:
            return await asyncio.to_thread(build, job)
        except asyncio.CancelledError:
            # The process is stopping: the thread must not be left building.
            self._cancelled.set()
            raise
        finally:
            self._cancelled = None
            if teller:
                teller.cancel()

    async def switch(self, version: str, who: str) -> None:
        """Switch to a version that is kept, or kept aside, once it is verified whole."""
        await asyncio.to_thread(rollback, self._settings.home, version, who)

    def cancel(self) -> bool:
        """Call the running build off; false where none runs."""
        if self._cancelled is None:
            return False
        self._cancelled.set()
        return True


def outcome(error: BaseException) -> str:
    """Say how an admin's work came to nothing, in a log that holds no question."""
    if isinstance(error, CancelledError):
        return "cancelled"
    if isinstance(error, GateError):
        return f"kept aside: {len(error.lost)} questions would lose their answer"
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
