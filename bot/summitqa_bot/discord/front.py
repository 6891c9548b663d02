"""What the listeners on Discord share: who acts, and what is attended."""

import asyncio
import functools
import logging

import discord

from summitqa_bot.attend import Attendance, Event, Work
from summitqa_bot.desk import Desk
from summitqa_bot.discord.actor import Conversations, Interaction, of_interaction
from summitqa_bot.discord.amend import amend
from summitqa_bot.discord.venues import InteractionVenue
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Reply
from summitqa_bot.settings import Settings

log = logging.getLogger(__name__)

TITLES_SECONDS = 2.0  # Discord drops suggestions that take longer than 3


class Front:
    """One connection to Discord, in front of one desk."""

    def __init__(self, settings: Settings, desk: Desk, client: discord.AutoShardedClient) -> None:
        self.settings = settings
        self.desk = desk
        self.client = client
        self.conversations = Conversations()
        # Which actions open a form, and what it asks: a component's id does not say.
        self.prompts: dict[str, str] = dict(desk.forms)
        self.attendance = Attendance("discord", desk, functools.partial(amend, client), self._noted)

    @property
    def me(self) -> int:
        """The bot's own user id."""
        return self.client.user.id if self.client.user else 0

    async def serve(self, interaction: Interaction, work: Work, *, private: bool) -> None:
        """Acknowledge a command, have the desk do the work, and show its reply."""
        venue = InteractionVenue(interaction, private=private)
        await self.attendance.attend(self.event(interaction, venue), work)

    async def reindex(self, interaction: Interaction, *, force: bool) -> None:
        """Rebuild the index; progress is set in place, as often as the desk tells it."""
        venue = InteractionVenue(interaction, private=True)
        await self.attendance.attend(
            self.event(interaction, venue),
            lambda actor: self.desk.reindex(actor, venue.progress, force=force),
        )

    async def titles(self, interaction: Interaction, typed: str) -> tuple[tuple[str, str], ...]:
        """Give the articles to suggest; none where they take too long or fail."""
        actor = of_interaction(interaction, self.conversations, self.workspaces())
        try:
            return await asyncio.wait_for(self.desk.titles(actor, typed), TITLES_SECONDS)
        except Exception:
            log.exception("no articles could be suggested")
            return ()

    def event(self, interaction: Interaction, venue: InteractionVenue) -> Event:
        """Tell of a command that was used or a button that was pressed."""

        async def actor() -> Actor:
            return of_interaction(interaction, self.conversations, self.workspaces())

        return Event(str(interaction.id), venue, actor)

    def workspaces(self) -> frozenset[str]:
        """Give the ids of all servers the bot is in; none where this process cannot know them.

        To some of the shards, or before Discord has listed them all, one of many would look like
        the only.
        """
        client = self.client
        if not client.is_ready() or set(client.shards) != set(range(client.shard_count or 0)):
            return frozenset()
        return frozenset(str(guild.id) for guild in self.client.guilds)

    def _noted(self, actor: Actor, reply: Reply, message: str) -> Actor:
        self.prompts.update({one.action: one.form for one in reply.buttons if one.form})
        self.conversations.remember(int(message.rpartition("/")[2]), actor.thread)
        return actor
