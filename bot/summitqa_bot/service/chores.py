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
        self, name: str, seconds: float, do: Do, *, at_once: bool = True, alone: bool = False
    ) -> None:
        """Do something now and so many seconds after each time; first then, if not ``at_once``.

        ``alone``: by one replica, as a duty of that name.
        """
        told: type[SummitQAError] | None = None

        async def forever() -> None:
            if not at_once:
                await asyncio.sleep(seconds)
            nonlocal told
            while True:
                try:
                    if not alone or await self._duties.ours(name):
                        await do()
                except SummitQAError as error:
                    if type(error) is not told:  # an outage is told once
                        log.warning(
                            "the chore %s, of every %g s, came to nothing: %s", name, seconds, error
                        )
                    told = type(error)
                except Exception:
                    log.exception("the chore %s failed; it is tried again in %g s", name, seconds)
                else:
                    if told is not None:
                        log.info("the chore %s is done again", name)
                    told = None
                await asyncio.sleep(seconds)

        self._tasks.append(asyncio.create_task(forever()))

    async def end(self) -> None:
        """End all of them, and leave to other replicas what was ours."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._duties.leave()
