"""Replicas that share the shards of one bot: processes, before a stand-in of Discord."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

from discord_rest import GUILD
from discord_server import Discord, serving
from test_discord_wire import Bot, start

COUNT = 12


def server_of(shard: int) -> str:
    """Give a server for each shard."""
    return str(int(GUILD) + (shard << 22))


class Replicas:
    """Those of one database, in folders of their own; ``haste`` shortens what takes seconds."""

    def __init__(self, discord: Discord, folder: Path, url: str, haste: Mapping[str, float]):
        self.discord, self.bots = discord, []
        self._folder, self._url, self._haste = folder, url, haste

    async def add(self) -> Bot:
        bot = await start(
            self.discord,
            SUMMITQA_HOME=str(self._folder / str(len(self.bots))),
            SUMMITQA_DATABASE_URL=self._url,
            SUMMITQA_DISCORD_SHARDS="auto",
            SUMMITQA_DISCORD_HOME=GUILD,
            SUMMITQA_ANSWER_IN="reply",
            HASTE=json.dumps(self._haste),
        )
        self.bots.append(bot)
        return bot

    @property
    def whole(self) -> bool:
        """Whether each shard is heard by one, and each replica has had some."""
        heard = all(len(self.discord.listening.get(shard, ())) == 1 for shard in range(COUNT))
        return heard and all("is served here" in bot.output for bot in self.bots)

    @property
    def least_gap(self) -> float:
        """The fewest seconds between two that identified, of one bucket, as they arrived."""
        buckets: dict[int, list[float]] = {}
        for at, shard in self.discord.identified_at:
            buckets.setdefault(shard % self.discord.concurrency, []).append(at)
        return min(after - before for one in buckets.values() for before, after in pairwise(one))


@asynccontextmanager
async def running(
    folder: Path, url: str, count: int, haste: Mapping[str, float], *, told: bool = True
) -> AsyncIterator[Replicas]:
    """Start so many at once, with a server on each shard; have what they logged ``told``."""
    async with serving() as discord:
        discord.shards = COUNT
        discord.guilds = [discord.guild(server_of(shard)) for shard in range(COUNT)]
        replicas = Replicas(discord, folder, url, haste)
        try:
            for _ in range(count):
                await replicas.add()
            yield replicas
        finally:
            await asyncio.gather(*(bot.stop() for bot in replicas.bots))
            for bot in replicas.bots if told else ():
                print(bot.output)
