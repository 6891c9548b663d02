"""``/articles``, ``/contents`` and the message command "Add to the shelf"."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from summitqa_bot.attend import Work
from summitqa_bot.discord import modals
from summitqa_bot.discord.actor import Interaction
from summitqa_bot.discord.commands import INSTALLS, MANAGERS, PLACES, Choices, suggested
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.handed import Handed, take
from summitqa_bot.service.permissions import Actor
from summitqa_bot.strings.discord import COMMANDS, OPTIONS
from summitqa_bot.wording.reply import Reply

GIVEN = {name: OPTIONS[name] for name in ("file", "url", "title", "date", "link", "credit")}


class Articles(commands.Cog):
    """What stands on the shelf of a community, looked at and changed.

    Discord shows a group to all or to none, so what everybody may see stands beside it.
    """

    articles = app_commands.Group(
        name="articles",
        description=COMMANDS["articles"],
        default_permissions=MANAGERS,
        allowed_contexts=PLACES,
        allowed_installs=INSTALLS,
    )

    def __init__(self, front: Front, tree: app_commands.CommandTree[Any]) -> None:
        self.front = front
        self.desk = front.desk
        self.tree = tree
        self.add_message = app_commands.ContextMenu(
            name=COMMANDS["add message"],
            callback=self._add_message,
            allowed_contexts=PLACES,
            allowed_installs=INSTALLS,
        )
        self.add_message.default_permissions = MANAGERS

    async def cog_load(self) -> None:
        """Add what a cog cannot declare."""
        self.tree.add_command(self.add_message)

    @app_commands.command(name="contents", description=COMMANDS["contents"])
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def contents(self, interaction: Interaction) -> None:
        """Name what may be asked about."""
        await self._serve(interaction, self.desk.articles.listing)

    @articles.command(name="list", description=COMMANDS["list"])
    async def listing(self, interaction: Interaction) -> None:
        """Name what may be asked about, beside what changes it."""
        await self._serve(interaction, self.desk.articles.listing)

    @articles.command(name="add", description=COMMANDS["add"])
    @app_commands.describe(**GIVEN)
    async def add(
        self,
        interaction: Interaction,
        file: discord.Attachment | None = None,
        url: str | None = None,
        title: str | None = None,
        date: str | None = None,
        link: str | None = None,
        credit: str | None = None,
    ) -> None:
        """Show what putting something on the shelf would do."""
        texts = _texts(page=url, title=title, date=date, link=link, credit=credit)
        await self._hand_in(interaction, "add:", file, texts)

    @articles.command(name="replace", description=COMMANDS["replace"])
    @app_commands.describe(article=OPTIONS["article"], **GIVEN)
    async def replace(
        self,
        interaction: Interaction,
        article: str,
        file: discord.Attachment | None = None,
        url: str | None = None,
        title: str | None = None,
        date: str | None = None,
        link: str | None = None,
        credit: str | None = None,
    ) -> None:
        """Show what putting something in place of an article would do."""
        texts = _texts(page=url, title=title, date=date, link=link, credit=credit)
        await self._hand_in(interaction, f"add:{article}", file, texts)

    @articles.command(name="show", description=COMMANDS["show"])
    @app_commands.describe(article=OPTIONS["article"])
    async def show(self, interaction: Interaction, article: str) -> None:
        """Tell of one article."""
        await self._serve(interaction, lambda actor: self.desk.articles.show(actor, article))

    @articles.command(name="rename", description=COMMANDS["rename"])
    @app_commands.describe(article=OPTIONS["article"], title=OPTIONS["new title"])
    async def rename(self, interaction: Interaction, article: str, title: str = "") -> None:
        """Show what another title would do."""
        await self._serve(
            interaction, lambda actor: self.desk.articles.rename(actor, article, title)
        )

    @articles.command(name="remove", description=COMMANDS["remove"])
    @app_commands.describe(article=OPTIONS["article"])
    async def remove(self, interaction: Interaction, article: str) -> None:
        """Show what taking an article off would do."""
        await self._serve(interaction, lambda actor: self.desk.articles.remove(actor, article))

    @articles.command(name="history", description=COMMANDS["history"])
    async def history(self, interaction: Interaction) -> None:
        """Tell what was changed lately."""
        await self._serve(interaction, self.desk.articles.history)

    @show.autocomplete("article")
    @replace.autocomplete("article")
    @rename.autocomplete("article")
    @remove.autocomplete("article")
    async def titles(self, interaction: Interaction, typed: str) -> Choices:
        """Offer the articles whose title holds what was typed."""
        return await suggested(self.front, interaction, typed)

    async def _add_message(self, interaction: Interaction, message: discord.Message) -> None:
        await self._take(interaction, "add:", Handed.message(message, self.front.me))

    async def _hand_in(
        self,
        interaction: Interaction,
        component: str,
        file: discord.Attachment | None,
        texts: dict[str, str],
    ) -> None:
        """Take a file or a page; with neither, open the form that asks for them."""
        nothing = file is None and "page" not in texts
        if nothing and await modals.asked_for(self.front, interaction, component, texts):
            return
        await self._take(interaction, component, Handed(texts, [file] if file else []))

    async def _take(self, interaction: Interaction, component: str, handed: Handed) -> None:
        most = self.front.settings.max_source_mb

        async def work(actor: Actor) -> Reply:
            return await take(self.desk, actor, component, handed, most)

        await self._serve(interaction, work)

    async def _serve(self, interaction: Interaction, work: Work) -> None:
        await self.front.serve(interaction, work, private=True)


def _texts(**given: str | None) -> dict[str, str]:
    return {name: text for name, text in given.items() if text}
