"""Serving Discord as one of many replicas, each with some of the shards."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from summitqa.errors import SettingsError
from summitqa_bot.discord.division import PREFIX, counts
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.gate import Gate
from summitqa_bot.discord.shards import Serving, Shards
from summitqa_bot.settings import Settings
from summitqa_bot.strings.discord import SHARDS_ALONE, SHARDS_HOMELESS

T = TypeVar("T")

# Of their own: a lease must not wait behind what takes long.
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One of ``count`` shards, with the gate before it and the front that it shares with others."""

    shard: int
    count: int
    gate: Gate
    front: Front


def require_shared(settings: Settings) -> None:
    """Raise SettingsError where replicas are to share shards, but cannot as these settings are."""
    if settings.discord_shards is None:
        return
    if settings.database_url is None or settings.database_url.startswith("sqlite"):
        raise SettingsError(SHARDS_ALONE)
    if settings.discord_home is None:
        raise SettingsError(SHARDS_HOMELESS)


async def serve(front: Front, make: Callable[[Part], Serving]) -> None:
    """Serve until cancelled, by a bot for each shard, which ``make`` makes.

    ``front`` is one whose client is logged in, though it listens to nothing.
    """
    settings, leases = front.settings, front.desk.leases
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="leases")
    try:
        aside = partial(_in, pool)
        recommended, _, limits = await front.client.http.get_bot_gateway()
        known = await aside(leases.holders, PREFIX)
        count = settings.discord_shards or max(counts(known), default=recommended)
        concurrency = limits["max_concurrency"]

        def bot_of(shard: int) -> Serving:
            return make(Part(shard, count, Gate(leases, aside, shard, concurrency), front))

        most = settings.discord_most_shards
        drain = front.attendance.drain
        shards = Shards(leases, aside, count, concurrency, most, bot_of, drain)
        with front.desk.metrics.connected("discord", shards.is_connected):
            await shards.keep()
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


async def _in(pool: ThreadPoolExecutor, do: Callable[..., T], *args: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, partial(do, *args))
