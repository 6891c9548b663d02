"""Which servers let the bot in and put it out, also while it was away."""

import asyncio
import contextlib
from typing import Any

import discord
from discord.ext import commands

from summitqa_bot import strings
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.naming import community, server_of
from summitqa_bot.discord.send import BARRED


class Communities(commands.Cog):
    """Hears of servers that come and go."""

    def __init__(self, front: Front, client: discord.AutoShardedClient) -> None:
        self.front = front
        self.client = client
        self._comparing: set[asyncio.Task[Any]] = set()

    async def cog_unload(self) -> None:
        """Compare no more: the bot is being closed, and the desk may be soon."""
        for task in self._comparing:
            task.cancel()
        await asyncio.gather(*self._comparing, return_exceptions=True)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Note a server that has let the bot in, and say there how to begin."""
        if await self.front.desk.joined(community(guild.id)):
            await _welcome(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note a server that has put the bot out; an outage is told of by another event."""
        await self.front.desk.left(community(guild.id))

    @commands.Cog.listener()
    async def on_shard_ready(self, shard: int) -> None:
        """Note what came and went while we were away, of those servers that this shard has.

        Discord has listed them all by now, those that are in an outage, too.
        """
        comparing = asyncio.create_task(self._compare(shard))
        self._comparing.add(comparing)
        try:
            await comparing
        finally:
            self._comparing.discard(comparing)

    async def _compare(self, shard: int) -> None:
        client, desk = self.client, self.front.desk
        listed = {guild.id for guild in client.guilds if guild.shard_id == shard}
        noted = {server for name in await desk.here() if (server := server_of(name)) is not None}
        theirs = {server for server in noted if (server >> 22) % (client.shard_count or 1) == shard}
        for server in sorted(listed - noted):
            await desk.joined(community(server))
        # One may have come in the meantime.
        for server in sorted(theirs - listed):
            if client.get_guild(server) is None:
                await desk.left(community(server))


async def _welcome(guild: discord.Guild) -> None:
    """Say in one sentence how to begin, where the server has a place for that."""
    channel = guild.system_channel
    if channel is None or not channel.permissions_for(guild.me).send_messages:
        return
    with contextlib.suppress(*BARRED):
        await channel.send(strings.DISCORD_WELCOME)
