"""The shards that this replica serves: taken by leases, each served by a bot of its own.

A bot of its own, as the library adds no shard to one that runs, and takes none away: what a shard
holds goes with its bot.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Protocol

from summitqa.errors import UnreachableError
from summitqa_bot.discord.division import PREFIX, Division, replica_lease, shard_lease
from summitqa_bot.service.threads import Aside
from summitqa_bot.state.leases import AWAY, Leases

log = logging.getLogger(__name__)

# Long enough for a database to fail over; so long a shard is unheard whose replica was killed.
LEASE_SECONDS = 30.0
# What is left of a lease when a shard is closed that could not be kept: closing takes some.
CLOSING_SECONDS = 4.5
BEAT_SECONDS = 2.0
FREEING_SECONDS = 1.0
AGAIN_SECONDS = 0.1
# How long a replica takes no shard that could not reach Discord; each time twice as long.
REST_SECONDS, LONGEST_REST_SECONDS = 10.0, 600.0


class Serving(Protocol):
    """The bot of one shard."""

    @property
    def identified(self) -> bool:
        """Whether it has told Discord who it is."""

    async def serve(self) -> None:
        """Serve until cancelled; raises what ends it for good, UnreachableError among that."""

    async def hang_up(self) -> None:
        """Hear nothing any more, at once."""

    async def finish(self) -> None:
        """Wait until what was heard is seen through."""

    async def close(self) -> None:
        """Let go of it all."""

    async def is_connected(self) -> bool:
        """Tell whether it is."""


class Shards:
    """Keeps as many of ``count`` shards as is this replica's share, ``most`` at most.

    ``concurrency``: how many of them may identify at a time; ``make``: makes the bot of one;
    ``drain``: at a stop, has whatever was heard end soon.
    """

    def __init__(
        self,
        leases: Leases,
        aside: Aside,
        count: int,
        concurrency: int,
        most: int,
        make: Callable[[int], Serving],
        drain: Callable[[], Awaitable[None]],
    ) -> None:
        self._leases = leases
        self._aside = aside
        self._count = count
        self._concurrency = concurrency
        self._here = replica_lease(count, leases.holder, most)
        self._make = make
        self._drain = drain
        self._held: set[_Held] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._beating: asyncio.Task[None] | None = None
        self._in_touch = False
        self._rest, self._rests_until = REST_SECONDS, 0.0

    async def keep(self) -> None:
        """Take, serve and give up shards until cancelled; raises what ended one for good."""
        try:
            while True:
                self._collect()
                self._beating = asyncio.create_task(self._beat())
                await asyncio.shield(self._beating)
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            await self._leave()

    async def _leave(self) -> None:
        """Hear nothing any more, have others take all that we hold, and see the rest through."""
        if self._beating is not None and not self._beating.done():
            # Else it would take anew what is let go of here.
            await asyncio.wait({self._beating}, timeout=FREEING_SECONDS)
            self._beating.cancel()
        held = tuple(self._held)
        for one in held:
            one.end()
        await asyncio.gather(self._free(self._here), *(one.over.wait() for one in held))
        await self._drain()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def is_connected(self) -> bool:
        """Tell whether it is known which shards are ours, and all of these are connected."""
        connected = [await one.bot.is_connected() for one in tuple(self._held)]
        return self._in_touch and all(connected)

    def _collect(self) -> None:
        """Rest where Discord was out of reach; raise what ended a shard for good."""
        for task in [one for one in self._tasks if one.done()]:
            self._tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            if isinstance(error, UnreachableError):
                log.warning("%s Taking no shard for %.0f s.", error, self._rest)
                self._rests_until = _now() + self._rest
                self._rest = min(LONGEST_REST_SECONDS, 2 * self._rest)
            elif error is not None:
                raise error

    async def _beat(self) -> None:
        began = _now()
        resting = began < self._rests_until
        try:
            kept, division = await self._aside(self._renew, self._shards(), resting)
            self._in_touch = not resting
            for one in self._held:
                one.renew(began if shard_lease(self._count, one.shard) in kept else None)
            await self._divide(division)
        except AWAY as error:
            if self._in_touch:
                log.warning("which shards are ours is not known (%s)", type(error).__name__)
            self._in_touch = False
        if all(one.bot.identified for one in self._held):
            self._rest = REST_SECONDS

    def _renew(self, held: Collection[int], resting: bool) -> tuple[frozenset[str], Division]:
        """Have our leases last from now on; give those that are ours still, and who has what."""
        if resting:
            self._leases.free(self._here)
        else:
            self._leases.take(self._here, LEASE_SECONDS)
        kept = self._leases.keep([shard_lease(self._count, one) for one in held], LEASE_SECONDS)
        division = Division.read(self._count, self._leases.holders(PREFIX))
        # One may be noted as ours that is not served any more.
        noted = division.held.items()
        me = self._leases.holder
        served = {shard: holder for shard, holder in noted if holder != me or shard in held}
        return kept, replace(division, held=served)

    async def _divide(self, division: Division) -> None:
        me = self._leases.holder
        given = division.gives(me)
        for one in self._held:
            if one.shard == given:
                log.info("shard %d of %d is given up to another replica", given, self._count)
                one.end()
        for shard in division.free:
            # One at a time of each bucket: what would wait to identify is as well another's.
            if division.takes(me) and self._is_idle(shard) and await self._take(shard):
                division = replace(division, held={**division.held, shard: me})

    def _is_idle(self, shard: int) -> bool:
        bucket = shard % self._concurrency
        waiting = (one.shard for one in self._held if not one.bot.identified)
        return bucket not in {one % self._concurrency for one in waiting}

    async def _take(self, shard: int) -> bool:
        began, lease = _now(), shard_lease(self._count, shard)
        if not await self._aside(self._leases.take, lease, LEASE_SECONDS):
            return False
        log.info("shard %d of %d is served here", shard, self._count)
        one = _Held(shard, self._make(shard), began)
        self._held.add(one)
        self._tasks.add(asyncio.create_task(self._see_through(one)))
        return True

    async def _see_through(self, one: "_Held") -> None:
        """Serve a shard as long as it is ours, then let another have it, and finish what began."""
        try:
            try:
                await one.served()
            finally:
                self._held.discard(one)
                if one.is_ours:
                    await self._free(shard_lease(self._count, one.shard))
                one.over.set()
            await one.bot.finish()
        finally:
            await one.bot.close()

    async def _free(self, lease: str) -> None:
        """Let go of a lease, if that is possible now; else it runs out."""
        try:
            async with asyncio.timeout(FREEING_SECONDS):
                await self._aside(self._leases.free, lease)
        except (*AWAY, TimeoutError) as error:
            log.info("a lease is left to run out (%s)", type(error).__name__)

    def _shards(self) -> list[int]:
        return [one.shard for one in self._held]


class _Held:
    """A shard that is ours for a while, and its bot."""

    def __init__(self, shard: int, bot: Serving, since: float) -> None:
        self.shard = shard
        self.bot = bot
        self.over = asyncio.Event()
        self._until = since + LEASE_SECONDS - CLOSING_SECONDS
        self._serving = asyncio.create_task(bot.serve())

    @property
    def is_ours(self) -> bool:
        """Whether its lease has not run out."""
        return _now() < self._until

    def renew(self, since: float | None) -> None:
        """Note since when its lease is taken again; None: it is another's."""
        if since is not None:
            self._until = since + LEASE_SECONDS - CLOSING_SECONDS
        else:
            self._until = -math.inf
            self.end()

    def end(self) -> None:
        """Have it be served no more."""
        self._serving.cancel()

    async def served(self) -> None:
        """Serve it until it is to be served no more; raises what ends its bot for good."""
        serving = self._serving
        try:
            while not serving.done() and self.is_ours:
                await asyncio.wait({serving}, timeout=max(0, self._until - _now()))
            if not self.is_ours:
                log.warning("shard %d is let go of: its lease could not be kept", self.shard)
        finally:
            # The library lets a cancellation pass that comes while it reconnects.
            while not serving.done():
                serving.cancel()
                await asyncio.wait({serving}, timeout=AGAIN_SECONDS)
            await self.bot.hang_up()
        if not serving.cancelled():
            serving.result()


def _now() -> float:
    return asyncio.get_running_loop().time()
