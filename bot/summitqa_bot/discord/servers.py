"""The servers that the bot is in, and their channels: those too that another replica serves."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

import discord

from summitqa_bot.discord.send import BARRED

Channel = discord.abc.GuildChannel | discord.abc.PrivateChannel | discord.Thread

BELIEVED_SECONDS = 60.0
ANSWER_SECONDS = 3.0
REMEMBERED = 1000


class Servers:
    """Knows those that a client is told of; asks Discord for others, and believes it a minute."""

    def __init__(
        self, client: discord.AutoShardedClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._clock = clock
        self._told: OrderedDict[int, tuple[float, discord.Guild | None]] = OrderedDict()

    @property
    def all_known(self) -> bool:
        """Whether this process is told of every server, and has been by now."""
        shards = set(range(self._client.shard_count or 0))
        return self._client.is_ready() and set(self._client.shards) == shards

    async def get(self, server: int) -> discord.Guild | None:
        """Find a server; ``None`` where the bot is not in it, or where Discord does not say."""
        known = self._client.get_guild(server)
        if known is not None or self.all_known:
            return known
        until, told = self._told.get(server, (-1.0, None))
        if until > self._clock():
            return told
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                told = await self._client.fetch_guild(server, with_counts=False)
        except (discord.NotFound, discord.Forbidden):
            told = None
        except BARRED:
            return None
        self._believe(server, told)
        return told

    async def channel(self, channel: int) -> Channel | None:
        """Find a channel or thread; ``None`` where it is not seen, or Discord does not say."""
        known = self._client.get_channel(channel)
        if known is not None:
            return known
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._client.fetch_channel(channel)
        except (discord.InvalidData, *BARRED):
            return None

    def _believe(self, server: int, told: discord.Guild | None) -> None:
        self._told[server] = self._clock() + BELIEVED_SECONDS, told
        self._told.move_to_end(server)
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
