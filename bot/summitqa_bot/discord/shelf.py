"""``/shelf``: whose articles somebody asks when they write to the bot directly."""

import asyncio
import logging
import re

import discord
from discord import app_commands
from discord.ext import commands

from summitqa_bot import strings
from summitqa_bot.discord.actor import Interaction, visits
from summitqa_bot.discord.commands import Choices
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.naming import community, server_of
from summitqa_bot.service.permissions import Actor
from summitqa_bot.strings import DISCORD_COMMANDS, DISCORD_OPTIONS
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

MINE = "mine"
_SNOWFLAKE = re.compile("[0-9]{1,20}")
OFFERED = 10
"""How many servers are offered, for each of which Discord is asked."""
OFFER_SECONDS = 2.0  # Discord drops suggestions that take longer than 3


class Shelf(commands.Cog):
    """Lets people choose among the servers that they share with the bot."""

    def __init__(self, front: Front) -> None:
        self.front = front

    @app_commands.command(name="shelf", description=DISCORD_COMMANDS["shelf"])
    @app_commands.describe(server=DISCORD_OPTIONS["server"])
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def shelf(self, interaction: Interaction, server: str) -> None:
        """Choose whose articles are asked in direct messages."""

        async def choose(actor: Actor) -> Reply:
            return await self._choose(interaction, actor, server.strip())

        await self.front.serve(interaction, choose, private=True)

    async def _choose(self, interaction: Interaction, actor: Actor, said: str) -> Reply:
        """Take what was said, an offered one's value or its name; anybody can forge it."""
        if said.casefold() in (MINE, strings.DISCORD_ONLY_MINE.casefold()):
            return await self.front.desk.choose_shelf(actor, None)
        guild = await self.front.servers.get(int(said)) if _SNOWFLAKE.fullmatch(said) else None
        if guild is None:
            offered = await self._servers(interaction)
            named = (one for one in offered if one.name.casefold() == said.casefold())
            guild = next(named, None)
        if guild is None or not await self.front.membership.of(guild.id, interaction.user.id):
            return replies.notice(strings.DISCORD_NO_MEMBER)
        return await self.front.desk.choose_shelf(actor, community(guild.id), guild.name)

    @shelf.autocomplete("server")
    async def servers(self, interaction: Interaction, typed: str) -> Choices:
        """Offer the servers whose name holds what was typed, and to go back to none."""
        try:
            guilds = await asyncio.wait_for(self._servers(interaction), OFFER_SECONDS)
        except Exception:
            log.exception("no servers could be suggested")
            guilds = []
        offered = [(strings.DISCORD_ONLY_MINE, MINE), *((one.name, str(one.id)) for one in guilds)]
        return [
            app_commands.Choice(name=name, value=value)
            for name, value in offered
            if typed.casefold() in name.casefold()
        ]

    async def _servers(self, interaction: Interaction) -> list[discord.Guild]:
        """Give the server they are in, and those they have asked in and are still members of."""
        user = interaction.user.id
        asked = await self.front.desk.asked_in(str(user), OFFERED)
        here = None if visits(interaction) else interaction.guild_id
        numbers = dict.fromkeys(filter(None, (here, *map(server_of, asked))))
        found = await asyncio.gather(*map(self.front.servers.get, numbers))
        guilds = [one for one in found if one and one.name]
        member = await asyncio.gather(*(self.front.membership.of(one.id, user) for one in guilds))
        return [guild for guild, true in zip(guilds, member, strict=True) if true]
