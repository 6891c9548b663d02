"""The commands Discord lists: what each is called, takes and asks of the desk."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import Interaction, visits
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.plain import plain
from summitqa_bot.strings import DISCORD_COMMANDS, DISCORD_OPTIONS

Choices = list[app_commands.Choice[str]]

# Discord hides these commands from all others; the desk decides again at run time.
MANAGERS = discord.Permissions(manage_guild=True)


class Commands(commands.Cog):
    """``/ask``, ``/reindex``, ``/summitqa`` and the message command "Find in the article"."""

    summitqa = app_commands.Group(
        name="summitqa",
        description=DISCORD_COMMANDS["summitqa"],
        default_permissions=MANAGERS,
        guild_only=True,
        allowed_contexts=app_commands.AppCommandContext(guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )

    def __init__(self, front: Front, tree: app_commands.CommandTree[Any]) -> None:
        self.front = front
        self.desk = front.desk
        self.tree = tree
        self.find = app_commands.ContextMenu(
            name=DISCORD_COMMANDS["find"],
            callback=self._find,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
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
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.describe(force=DISCORD_OPTIONS["force"])
    async def reindex(self, interaction: Interaction, force: bool = False) -> None:
        """Rebuild the index, telling how it goes in place."""
        await self.front.reindex(interaction, force=force)

    @summitqa.command(name="status", description=DISCORD_COMMANDS["status"])
    async def status(self, interaction: Interaction) -> None:
        """Tell what is indexed."""
        await self.front.serve(interaction, self.desk.status, private=True)

    @summitqa.command(name="channel", description=DISCORD_COMMANDS["channel"])
    @app_commands.describe(article=DISCORD_OPTIONS["default"])
    async def channel(self, interaction: Interaction, article: str | None = None) -> None:
        """Set or clear the channel's default article."""
        await self.front.serve(
            interaction, lambda actor: self.desk.set_channel(actor, article), private=True
        )

    @summitqa.command(name="unanswered", description=DISCORD_COMMANDS["unanswered"])
    async def unanswered(self, interaction: Interaction) -> None:
        """List what nothing answered."""
        await self.front.serve(interaction, self.desk.unanswered, private=True)

    @summitqa.command(name="feedback", description=DISCORD_COMMANDS["feedback"])
    async def feedback(self, interaction: Interaction) -> None:
        """Sum up the thumbs."""
        await self.front.serve(interaction, self.desk.feedback, private=True)

    @ask.autocomplete("article")
    @channel.autocomplete("article")
    async def titles(self, interaction: Interaction, typed: str) -> Choices:
        """Offer the articles whose title holds what was typed."""
        titles = await self.front.titles(interaction, typed)
        return [
            app_commands.Choice(name=name, value=slug)
            for name, slug in discord_text.choices(titles)
        ]
