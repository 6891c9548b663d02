"""``/summitqa``: what the admins of a shelf look at, undo and choose."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.attend import Work
from summitqa_bot.discord.actor import Interaction
from summitqa_bot.discord.commands import INSTALLS, MANAGERS, PLACES, Choices, suggested
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.named import named, writes_in
from summitqa_bot.service.permissions import Actor
from summitqa_bot.strings import DISCORD_COMMANDS, DISCORD_OPTIONS
from summitqa_bot.strings.discord import COMMANDS, NOT_WRITTEN, OPTIONS
from summitqa_bot.wording.reply import Reply


class Channel(app_commands.Transformer):
    """Takes a channel to write in, by its id: the library may not know it."""

    type = discord.AppCommandOptionType.channel
    channel_types = [discord.ChannelType.text, discord.ChannelType.news]  # noqa: RUF012

    async def transform(
        self, interaction: Interaction, value: app_commands.AppCommandChannel
    ) -> str:
        """Give the channel's id."""
        del interaction
        return str(value.id)


class Somebody(app_commands.Transformer):
    """Takes a person or a role, by its id."""

    type = discord.AppCommandOptionType.mentionable

    async def transform(
        self, interaction: Interaction, value: discord.User | discord.Member | discord.Role
    ) -> str:
        """Give the person's or the role's id."""
        del interaction
        return str(value.id)


InChannel = app_commands.Transform[str, Channel]
Who = app_commands.Transform[str, Somebody]


class Manage(commands.Cog):
    """What admins ask of the desk; it decides who is one."""

    summitqa = app_commands.Group(
        name="summitqa",
        description=DISCORD_COMMANDS["summitqa"],
        default_permissions=MANAGERS,
        allowed_contexts=PLACES,
        allowed_installs=INSTALLS,
    )
    admins = app_commands.Group(name="admins", description=COMMANDS["admins"], parent=summitqa)

    def __init__(self, front: Front) -> None:
        self.front = front
        self.desk = front.desk

    @summitqa.command(name="status", description=DISCORD_COMMANDS["status"])
    @app_commands.describe(house=OPTIONS["house"])
    async def status(self, interaction: Interaction, house: bool = False) -> None:
        """Tell what is indexed."""
        await self._on_shelf(interaction, self.desk.status, house)

    @summitqa.command(name="versions", description=COMMANDS["versions"])
    @app_commands.describe(house=OPTIONS["house"])
    async def versions(self, interaction: Interaction, house: bool = False) -> None:
        """List the versions."""
        await self._on_shelf(interaction, self.desk.versions, house)

    @summitqa.command(name="rollback", description=COMMANDS["rollback"])
    @app_commands.describe(house=OPTIONS["house"])
    async def rollback(self, interaction: Interaction, house: bool = False) -> None:
        """Go back to the version before."""
        await self._on_shelf(interaction, self.desk.rollback, house)

    @summitqa.command(name="verify", description=COMMANDS["verify"])
    @app_commands.describe(house=OPTIONS["house"])
    async def verify(self, interaction: Interaction, house: bool = False) -> None:
        """Check every file."""
        await self._on_shelf(interaction, self.desk.verify, house)

    @summitqa.command(name="channel", description=DISCORD_COMMANDS["channel"])
    @app_commands.describe(
        article=DISCORD_OPTIONS["default"],
        **dict.fromkeys(("second", "third", "fourth", "fifth"), DISCORD_OPTIONS["further"]),
    )
    async def channel(
        self,
        interaction: Interaction,
        article: str | None = None,
        second: str | None = None,
        third: str | None = None,
        fourth: str | None = None,
        fifth: str | None = None,
    ) -> None:
        """Choose the articles that the channel is about, or all again."""
        slugs = [one for one in (article, second, third, fourth, fifth) if one]
        await self._serve(interaction, lambda actor: self.desk.set_channel(actor, slugs))

    @channel.autocomplete("article")
    @channel.autocomplete("second")
    @channel.autocomplete("third")
    @channel.autocomplete("fourth")
    @channel.autocomplete("fifth")
    async def titles(self, interaction: Interaction, typed: str) -> Choices:
        """Offer the articles whose title holds what was typed."""
        return await suggested(self.front, interaction, typed)

    @summitqa.command(name="unanswered", description=DISCORD_COMMANDS["unanswered"])
    async def unanswered(self, interaction: Interaction) -> None:
        """List what nothing answered."""
        await self._serve(interaction, self.desk.unanswered)

    @summitqa.command(name="feedback", description=DISCORD_COMMANDS["feedback"])
    async def feedback(self, interaction: Interaction) -> None:
        """Sum up the thumbs."""
        await self._serve(interaction, self.desk.feedback)

    @summitqa.command(name="report", description=COMMANDS["report"])
    async def report(self, interaction: Interaction) -> None:
        """Sum up the last days."""
        await self._serve(interaction, self.desk.report)

    @summitqa.command(name="forget", description=COMMANDS["forget"])
    async def forget(self, interaction: Interaction) -> None:
        """Ask whether all is to be erased."""
        await self._serve(interaction, self.desk.forget)

    @summitqa.command(name="settings", description=COMMANDS["settings"])
    async def settings(self, interaction: Interaction) -> None:
        """Tell what is chosen."""
        await self._choose(interaction, self.desk.choosing.show)

    @admins.command(name="add", description=COMMANDS["admins add"])
    @app_commands.describe(who=OPTIONS["who"])
    async def name_admin(self, interaction: Interaction, who: Who) -> None:
        """Have somebody look after the shelf."""
        await self._choose(
            interaction, lambda actor: self.desk.choosing.admin(actor, who, named=True)
        )

    @admins.command(name="remove", description=COMMANDS["admins remove"])
    @app_commands.describe(who=OPTIONS["who"])
    async def unname_admin(self, interaction: Interaction, who: Who) -> None:
        """Have somebody look after it no more."""
        await self._choose(
            interaction, lambda actor: self.desk.choosing.admin(actor, who, named=False)
        )

    @summitqa.command(name="house", description=COMMANDS["house"])
    @app_commands.describe(shown=OPTIONS["shown"])
    async def house(self, interaction: Interaction, shown: bool) -> None:
        """Have the house shelf asked, or not."""
        await self._serve(interaction, lambda actor: self.desk.choosing.house(actor, shown))

    @summitqa.command(name="editors", description=COMMANDS["editors"])
    @app_commands.describe(channel=OPTIONS["editors channel"], helper=OPTIONS["helper"])
    async def editors(
        self,
        interaction: Interaction,
        channel: InChannel | None = None,
        helper: Who | None = None,
    ) -> None:
        """Choose where what is not found is handed to."""
        await self._choose(
            interaction, lambda actor: self.desk.choosing.editors(actor, channel, helper), channel
        )

    @summitqa.command(name="weekly", description=COMMANDS["weekly"])
    @app_commands.describe(channel=OPTIONS["weekly channel"])
    async def weekly(self, interaction: Interaction, channel: InChannel | None = None) -> None:
        """Choose where the weekly report goes."""
        await self._choose(
            interaction, lambda actor: self.desk.choosing.weekly(actor, channel), channel
        )

    @summitqa.command(name="rules", description=COMMANDS["rules"])
    @app_commands.describe(answers=OPTIONS["answers"], unasked=OPTIONS["unasked"])
    async def rules(
        self, interaction: Interaction, answers: bool | None = None, unasked: bool | None = None
    ) -> None:
        """Choose how questions in the channel are answered."""
        await self._serve(
            interaction,
            lambda actor: self.desk.choosing.channel(actor, answers=answers, unasked=unasked),
        )

    async def _on_shelf(
        self,
        interaction: Interaction,
        do: Callable[[Actor, str | None], Awaitable[Reply]],
        house: bool,
    ) -> None:
        await self._serve(interaction, lambda actor: do(actor, HOUSE if house else None))

    async def _choose(
        self,
        interaction: Interaction,
        do: Callable[[Actor], Awaitable[Reply]],
        channel: str | None = None,
    ) -> None:
        """Choose something, and say where the bot may not post in the ``channel`` it is to."""
        guild = interaction.guild

        async def work(actor: Actor) -> Reply:
            reply = named(await do(actor), guild)
            barred = channel is not None and not writes_in(guild, channel)
            if barred and reply.text != strings.ADMINS_ONLY:
                return replace(reply, note=NOT_WRITTEN)
            return reply

        await self._serve(interaction, work)

    async def _serve(self, interaction: Interaction, work: Work) -> None:
        await self.front.serve(interaction, work, private=True)
