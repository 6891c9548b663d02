"""The gate before identifying: Discord takes so many shards at a time, whichever process has them.

It tells that number (``max_concurrency``); shards that leave the same rest when divided by it are
a bucket, and identify one after the other
(https://discord.com/developers/docs/events/gateway#sharding-max-concurrency).
"""

import asyncio
import logging
import secrets

from summitqa_bot.discord.division import bucket_lease
from summitqa_bot.service.threads import Aside
from summitqa_bot.state.leases import AWAY, Leases

log = logging.getLogger(__name__)

# Discord asks for 5 seconds between two of a bucket, as they arrive there; ours are those at which
# they leave, so that a little is added for the way.
INTERVAL_SECONDS = 5.5
# How long a turn is held for connecting first; who has not identified by then waits anew.
TURN_SECONDS = 15.0
_POLLS = 20  # in each interval


class Gate:
    """Lets one shard identify when it is its turn.

    ``wait`` for the turn, which lasts for ``TURN_SECONDS``, identify, and have ``passed`` begin the
    interval, which it does once what runs now has handed over the loop.
    """

    def __init__(self, leases: Leases, aside: Aside, shard: int, concurrency: int) -> None:
        self._leases = leases
        self._aside = aside
        self._lease = bucket_lease(shard % concurrency)
        self._turn: Leases | None = None
        self._passing: asyncio.Task[bool] | None = None

    async def wait(self) -> None:
        """Wait until it is this shard's turn, or see that it is still."""
        # Each turn holds for itself: the same shard must wait for itself, too.
        self._turn = self._turn or self._leases.of(secrets.token_hex(4))
        while not await self._take(self._turn, TURN_SECONDS):  # noqa: ASYNC110 - others' doing
            await asyncio.sleep(INTERVAL_SECONDS / _POLLS)

    def passed(self) -> None:
        """Have the next one wait for the interval, from a moment after this one on."""
        if self._turn is not None:
            turn, self._turn = self._turn, None
            self._passing = asyncio.create_task(self._take(turn, INTERVAL_SECONDS))

    async def _take(self, turn: Leases, seconds: float) -> bool:
        try:
            return bool(await self._aside(turn.take, self._lease, seconds))
        except AWAY as error:
            log.warning("whose turn it is to identify is not known (%s)", type(error).__name__)
            return False
