"""The commands Discord lists: what each is called, takes and asks of the desk."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from summitqa.settings import HOUSE
from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import Interaction, visits
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.plain import plain
from summitqa_bot.strings import DISCORD_COMMANDS, DISCORD_OPTIONS
from summitqa_bot.strings.discord import OPTIONS

Choices = list[app_commands.Choice[str]]

# Discord hides these commands from all others; the desk decides again at run time.
MANAGERS = discord.Permissions(manage_guild=True)
# A person by themselves has a shelf, too, also where they have brought the bot along.
PLACES = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
INSTALLS = app_commands.AppInstallationType(guild=True, user=True)


class Commands(commands.Cog):
    """``/ask``, ``/reindex`` and the message command "Find in the article"."""

    def __init__(self, front: Front, tree: app_commands.CommandTree[Any]) -> None:
        self.front = front
        self.desk = front.desk
        self.tree = tree
        self.find = app_commands.ContextMenu(
            name=DISCORD_COMMANDS["find"],
            callback=self._find,
            allowed_installs=INSTALLS,
            allowed_contexts=PLACES,
        )

    async def cog_load(self) -> None:
        """Add what a cog cannot declare."""
        self.tree.add_command(self.find)

    @app_commands.command(name="ask", description=DISCORD_COMMANDS["ask"])
    @app_commands.describe(
        question=DISCORD_OPTIONS["question"],
        article=DISCORD_OPTIONS["article"],
        private=DISCORD_OPTIONS["private"],
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask(
        self,
        interaction: Interaction,
        question: str,
        article: str | None = None,
        private: bool = False,
    ) -> None:
        """Answer a question."""
        asked = plain(question, interaction.guild, self.front.me)
        private = private or visits(interaction)
        await self.front.serve(
            interaction,
            lambda actor: self.desk.ask(actor, asked, article=article, private=private),
            private=private,
        )

    async def _find(self, interaction: Interaction, message: discord.Message) -> None:
        said = plain(message.content, interaction.guild, self.front.me, message.mentions)
        text = said or "\n".join(one.description or "" for one in message.embeds)
        await self.front.serve(interaction, lambda actor: self.desk.find(actor, text), private=True)

    @app_commands.command(name="reindex", description=DISCORD_COMMANDS["reindex"])
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(force=DISCORD_OPTIONS["force"], house=OPTIONS["house"])
    async def reindex(
        self, interaction: Interaction, force: bool = False, house: bool = False
    ) -> None:
        """Rebuild the index, telling how it goes in place."""
        await self.front.reindex(interaction, force=force, shelf=HOUSE if house else None)

    @ask.autocomplete("article")
    async def titles(self, interaction: Interaction, typed: str) -> Choices:
        """Offer the articles whose title holds what was typed."""
        return await suggested(self.front, interaction, typed)


async def suggested(front: Front, interaction: Interaction, typed: str) -> Choices:
    """Give the articles whose title holds what was typed, to choose from."""
    titles = await front.titles(interaction, typed)
    return [
        app_commands.Choice(name=name, value=slug) for name, slug in discord_text.choices(titles)
    ]
