"""The shards of one bot on several processes, against a stand-in of Discord on the loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

from discord_rest import APP, GUILD
from discord_server import Discord, serving
from test_discord_wire import Bot, start

COUNT = 12
INTERVAL = 0.3
HASTE = {"INTERVAL_SECONDS": INTERVAL, "LEASE_SECONDS": 4.0, "CLOSING_SECONDS": 1.0}


def server_of(shard: int) -> str:
    """Give a server of a shard: GUILD is one of the first."""
    return str(int(GUILD) + (shard << 22))


@asynccontextmanager
async def replicas(folder: Path, url: str, count: int) -> AsyncIterator[tuple[Discord, list[Bot]]]:
    async with serving() as discord:
        discord.shards = COUNT
        discord.guilds = [discord.guild(server_of(shard)) for shard in range(COUNT)]
        assert {discord.shard_of(one["id"]) for one in discord.guilds} == set(range(COUNT))
        bots = [await replica(discord, folder / str(number), url) for number in range(count)]
        try:
            yield discord, bots
        finally:
            await asyncio.gather(*(bot.stop() for bot in bots))
            for bot in bots:
                print(bot.output)


async def replica(discord: Discord, folder: Path, url: str, **more: str) -> Bot:
    return await start(
        discord,
        SUMMITQA_HOME=str(folder),
        SUMMITQA_DATABASE_URL=url,
        SUMMITQA_DISCORD_SHARDS="auto",
        SUMMITQA_DISCORD_HOME=GUILD,
        SUMMITQA_ANSWER_IN="reply",
        HASTE=json.dumps({**HASTE, "BEAT_SECONDS": 0.1}),
        **more,
    )


def whole(discord: Discord) -> bool:
    return all(len(discord.listening.get(shard, ())) == 1 for shard in range(COUNT))


def least_gap(discord: Discord) -> float:
    buckets: dict[int, list[float]] = {}
    for at, shard in discord.identified_at:
        buckets.setdefault(shard % discord.concurrency, []).append(at)
    return min(after - before for one in buckets.values() for before, after in pairwise(one))


async def test_each_is_served_once_whoever_dies_and_comes_back(
    tmp_path: Path, postgres_databases: Callable[[], str]
) -> None:
    url = postgres_databases()
    async with replicas(tmp_path, url, 3) as (discord, bots):
        await discord.until(lambda: whole(discord), 60)
        assert least_gap(discord) >= INTERVAL
        assert len(discord.sent("PUT", "/commands$")) == 1
        before = len(discord.identified)
        bots[2].process.kill()
        await discord.until(lambda: not whole(discord))
        await discord.until(lambda: whole(discord), 60)
        moved = {one["shard"][0] for one in discord.identified[before:]}
        assert len(moved) == COUNT // 3
        for shard in sorted(moved):
            await discord.say(f"<@{APP}> Shard {shard}?", guild_id=server_of(shard))
        await discord.until(lambda: len(discord.shown()) == len(moved))
        bots[2] = await replica(discord, tmp_path / "2", url)
        before = len(discord.identified)
        await discord.until(lambda: len(discord.identified) == before + COUNT // 3, 60)
        await discord.until(lambda: whole(discord))
        assert least_gap(discord) >= INTERVAL
        assert len(discord.sent("PUT", "/commands$")) == 1
