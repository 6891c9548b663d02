"""Waiting for a platform that cannot be reached yet."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from summitqa.errors import UnreachableError

log = logging.getLogger(__name__)
T = TypeVar("T")

# Seconds; each pause is twice the one before, less up to half of it, so that many bots do not
# call at the same moments once the network is back.
FIRST, LONGEST = 1.0, 60.0


async def until_reached(call: Callable[[], Awaitable[T]]) -> T:
    """Await a call until it no longer ends in UnreachableError, saying so once.

    Whatever else it raises, such as that a token is refused, is raised.
    """
    pause, waiting = FIRST, False
    while True:
        try:
            result = await call()
        except UnreachableError as error:
            if not waiting:
                log.warning("%s Trying again until it answers.", error)
            waiting = True
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - no secret
            pause = min(LONGEST, 2 * pause)
        else:
            if waiting:
                log.info("reached; the waiting is over")
            return result
