"""What is done beside answering, again and again, for as long as the desk is open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from summitqa.errors import SummitQAError
from summitqa_bot.service.duties import Duties

log = logging.getLogger(__name__)

Do = Callable[[], Awaitable[None]]


class Chores:
    """Chores, each in a task of its own; what fails is tried again when its time comes."""

    def __init__(self, duties: Duties) -> None:
        self._duties = duties
        self._tasks: list[asyncio.Task[None]] = []

    def begin(
        self, seconds: float, do: Do, *, at_once: bool = True, duty: str | None = None
    ) -> None:
        """Do something now and so many seconds after each time; first then, if not ``at_once``.

        A ``duty`` is done by one replica alone.
        """

        async def forever() -> None:
            if not at_once:
                await asyncio.sleep(seconds)
            while True:
                try:
                    if duty is None or await self._duties.ours(duty):
                        await do()
                except SummitQAError as error:
                    log.warning("a task that runs every %d s came to nothing: %s", seconds, error)
                except Exception:
                    log.exception(
                        "a task that runs every %d s failed; it is tried again then", seconds
                    )
                await asyncio.sleep(seconds)

        self._tasks.append(asyncio.create_task(forever()))

    async def end(self) -> None:
        """End all of them, and leave to other replicas what was ours."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._duties.leave()
