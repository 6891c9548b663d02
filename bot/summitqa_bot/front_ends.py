"""Several front ends on one desk: what becomes of one is no matter of the others."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from summitqa.errors import InputError, SummitQAError
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings

log = logging.getLogger(__name__)

Serve = Callable[[Settings, Desk], Awaitable[None]]
"""Serves until cancelled. It waits by itself for a platform that is out of reach."""

# Seconds; each pause is twice the one before. One that has served for so long begins anew.
FIRST, LONGEST, STEADY_SECONDS = 1.0, 60.0, 600.0
# How often one is begun that never serves for long.
TRIES = 6


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """What serves people: ``platform`` as actors have it, ``name`` as a sentence has it."""

    platform: str
    name: str
    serve: Serve


async def serve_all(front_ends: Sequence[FrontEnd], settings: Settings, desk: Desk) -> None:
    """Serve all until cancelled; one that ends takes no other down.

    Raises what the last of them ended with; of each before it the log tells.
    """
    serving = {asyncio.create_task(_keep(one, settings, desk)): one for one in front_ends}
    try:
        while serving:
            ended, _ = await asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                one, error = serving.pop(task), None if task.cancelled() else task.exception()
                if error is not None and not serving:
                    raise error
                _say(one, "is not served", error)
    finally:
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _keep(one: FrontEnd, settings: Settings, desk: Desk) -> None:
    """Serve, again after a pause where it failed; raises what trying again cannot mend."""
    clock, pause, tries = asyncio.get_running_loop().time, FIRST, 0
    while True:
        began, tries = clock(), tries + 1
        try:
            return await one.serve(settings, desk)
        except InputError:
            raise
        except Exception as error:
            if clock() - began >= STEADY_SECONDS:
                pause, tries = FIRST, 1
            if tries >= TRIES:
                raise
            _say(one, f"failed, and is begun again in {pause:.0f} s", error)
        await asyncio.sleep(pause)
        pause = min(LONGEST, 2 * pause)


def _say(one: FrontEnd, what: str, error: BaseException | None) -> None:
    """Say in one sentence what became of a front end; of what nobody foresaw, with its trace."""
    if error is None or isinstance(error, SummitQAError):
        log.error("%s %s: %s", one.name, what, error or "it has ended.")
    else:
        log.error("%s %s: error %s", one.name, what, secrets.token_hex(4), exc_info=error)
