"""What the listeners on Discord share: who acts, and what is attended."""

import asyncio
import functools
import logging
from dataclasses import replace

import discord

from summitqa_bot.attend import SHARE, Attendance, Work
from summitqa_bot.discord import relay
from summitqa_bot.discord.actor import Conversations, Interaction, of_interaction, visits
from summitqa_bot.discord.amend import amend
from summitqa_bot.discord.membership import Membership
from summitqa_bot.discord.naming import server_of
from summitqa_bot.discord.post import post
from summitqa_bot.discord.servers import Servers
from summitqa_bot.discord.venues import InteractionVenue
from summitqa_bot.event import Event
from summitqa_bot.service.claims import Division
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state.events import Parts, Payload
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

TITLES_SECONDS = 2.0  # Discord drops suggestions that take longer than 3


class Front:
    """What is heard of Discord, in front of one desk.

    ``client`` hears it all; where replicas share the shards, it only calls the REST API, and
    ``parts`` are the clients that hear, each its shard.
    """

    def __init__(self, settings: Settings, desk: Desk, client: discord.AutoShardedClient) -> None:
        self.settings = settings
        self.desk = desk
        self.client = client
        self.parts: set[discord.AutoShardedClient] = set()
        self.conversations = Conversations()
        self.servers = Servers(client)
        self.membership = Membership(self.servers)
        # Which actions open a form, and what it asks: a component's id does not say.
        self.prompts: dict[str, str] = dict(desk.forms)
        self.attendance = Attendance("discord", desk, functools.partial(amend, client), self._noted)
        self.attendance.takes_over(self._again, Division(relay.part_of, self._heard))
        desk.posts("discord", functools.partial(post, client, self.servers))

    @property
    def me(self) -> int:
        """The bot's own user id."""
        return self.client.user.id if self.client.user else 0

    async def serve(self, interaction: Interaction, work: Work, *, private: bool) -> None:
        """Acknowledge a command, have the desk do the work, and show its reply."""
        visiting = visits(interaction)
        venue = InteractionVenue(interaction, private=private or visiting)
        await self.attendance.attend(
            self.event(interaction, venue), kept_apart(work) if visiting else work
        )

    async def reindex(self, interaction: Interaction, *, force: bool, shelf: str | None) -> None:
        """Rebuild the index; progress is set in place, as often as the desk tells it."""
        venue = InteractionVenue(interaction, private=True)
        await self.attendance.attend(
            self.event(interaction, venue),
            lambda actor: self.desk.reindex(actor, venue.progress, force=force, shelf=shelf),
        )

    async def titles(self, interaction: Interaction, typed: str) -> tuple[tuple[str, str], ...]:
        """Give the articles to suggest; none where they take too long or fail."""

        async def suggest() -> tuple[tuple[str, str], ...]:
            return await self.desk.titles(await self.actor(interaction), typed)

        try:
            return await asyncio.wait_for(suggest(), TITLES_SECONDS)
        except Exception:
            log.exception("no articles could be suggested")
            return ()

    def event(self, interaction: Interaction, venue: InteractionVenue) -> Event:
        """Tell of a command that was used or a button that was pressed."""
        return Event(str(interaction.id), venue, functools.partial(self.actor, interaction))

    async def actor(self, interaction: Interaction) -> Actor:
        """Tell who acts, and in direct messages whose shelf they ask."""
        direct = interaction.guild_id is None and not visits(interaction)
        chosen = await self.chosen(interaction.user.id) if direct else None
        return of_interaction(interaction, self.conversations, self.workspaces(), chosen)

    async def chosen(self, user: int) -> str | None:
        """Give the community whose shelf somebody has chosen, while they are a member of it.

        Once they are none, the choice is dropped; where Discord does not say, it counts for nothing
        this once.
        """
        community = await self.desk.shelf_of(str(user))
        server = server_of(community) if community else None
        if community is None or server is None:
            return None
        member = await self.membership.of(server, user)
        if member is False:
            await self.desk.no_longer_theirs(str(user), community)
        return community if member else None

    def workspaces(self) -> frozenset[str]:
        """Give the ids of all servers the bot is in; none where this process cannot know them.

        To some of the shards, or before Discord has listed them all, one of many would look like
        the only.
        """
        if not self.servers.all_known:
            return frozenset()
        return frozenset(str(guild.id) for guild in self.client.guilds)

    def _heard(self) -> Parts:
        return relay.heard(tuple(self.parts) or (self.client,))

    async def _again(self, payload: Payload) -> None:
        client = relay.hearer(tuple(self.parts) or (self.client,), payload)
        if client is not None:  # else its shard has gone meanwhile, and it is another's in time
            relay.hear(client, payload)

    def _noted(self, actor: Actor, reply: Reply, message: str) -> Actor:
        self.prompts.update({one.action: one.form for one in reply.buttons if one.form})
        self.conversations.remember(int(message.rpartition("/")[2]), actor.thread)
        return actor


def kept_apart(work: Work) -> Work:
    """Have what a work shows be its asker's alone, with no button to share it."""

    async def apart(actor: Actor) -> Reply | None:
        reply = await work(actor)
        if reply is None:
            return None
        buttons = tuple(one for one in reply.buttons if one.action != SHARE)
        return replace(reply, private=True, buttons=buttons)

    return apart
