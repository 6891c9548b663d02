"""The Discord front end: receives events, asks the desk, and has its replies shown.

No privileged intent is asked for: Discord gives a bot the text of direct messages, of
messages that mention it, and of those a message command is used on, and that is enough.
"""

import asyncio
import contextlib
import functools
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterator

import discord
from discord import app_commands
from discord.ext import commands

from summitqa.counting import counted
from summitqa_bot import strings
from summitqa_bot.desk import Desk
from summitqa_bot.discord.actor import Conversations, Interaction, of_interaction
from summitqa_bot.discord.amend import amend
from summitqa_bot.discord.commands import Commands
from summitqa_bot.discord.connection import explained, keep_tokens_out_of_logs, pointed_at
from summitqa_bot.discord.messages import Messages
from summitqa_bot.discord.presses import Presses
from summitqa_bot.discord.send import BARRED, InteractionVenue, Venue, persist
from summitqa_bot.patience import until_reached
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Reply
from summitqa_bot.settings import Settings

log = logging.getLogger(__name__)

Work = Callable[[Actor], Awaitable[Reply | None]]
Shown = Callable[[Reply], Awaitable[discord.Message | None]]

TITLES_SECONDS = 2.0  # Discord drops suggestions that take longer than 3
# What a stop may take, all within the 5 seconds promised.
FINISHING_SECONDS = 2.0
LAST_WORDS_SECONDS = 1.0
CLOSING_SECONDS = 4.5

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    read_message_history=True,
)


class SummitBot(commands.Bot):
    """One bot, in any number of servers, in front of one desk."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.settings = settings
        self.desk = desk
        self.conversations = Conversations()
        # Which actions open a form, and what it asks: a component's id does not say.
        self.prompts: dict[str, str] = dict(desk.forms)
        desk.amends("discord", functools.partial(amend, self))
        self._busy: set[asyncio.Task[object]] = set()
        self.tree.error(self._command_failed)

    @property
    def me(self) -> int:
        """The bot's own user id."""
        return self.user.id if self.user else 0

    async def setup_hook(self) -> None:
        """Register the commands; without them mentions and direct messages still work."""
        for cog in (Commands(self), Messages(self), Presses(self)):
            await self.add_cog(cog)
        try:
            await persist(self.tree.sync)
        except BARRED as error:
            log.error(strings.DISCORD_NO_SYNC, error)  # noqa: TRY400

    async def on_ready(self) -> None:
        """Say that the bot is there."""
        servers = counted(len(self.guilds), *strings.SERVERS)
        log.info("connected to Discord as %s, in %s", self.user, servers)

    async def on_message(self, message: discord.Message, /) -> None:
        """Look for no prefix commands; messages are heard in ``discord_messages``."""

    async def serve(self, interaction: Interaction, work: Work, *, private: bool) -> None:
        """Acknowledge a command, have the desk do the work, and show its reply."""
        venue = InteractionVenue(interaction, private=private)
        await self.attend(venue, self.actor(interaction), interaction.id, work)

    async def reindex(self, interaction: Interaction, *, force: bool) -> None:
        """Rebuild the index; progress is set in place, as often as the desk tells it."""
        venue = InteractionVenue(interaction, private=True)
        await self.attend(
            venue,
            self.actor(interaction),
            interaction.id,
            lambda actor: self.desk.reindex(actor, venue.progress, force=force),
        )

    async def titles(self, typed: str) -> tuple[tuple[str, str], ...]:
        """Give the articles to suggest; none where they take too long or fail."""
        try:
            return await asyncio.wait_for(self.desk.titles(typed), TITLES_SECONDS)
        except Exception:
            log.exception("no articles could be suggested")
            return ()

    async def attend(
        self, venue: Venue, actor: Actor, event: object, work: Work, *, show: Shown | None = None
    ) -> None:
        """See one event through to a reply or a sentence, once, whatever goes wrong."""
        with self._counted():
            try:
                await venue.ack()
                if await self.desk.first_time(f"discord:{event}"):
                    reply = await work(actor)
                    if reply is None:
                        return
                    self.prompts.update({one.action: one.form for one in reply.buttons if one.form})
                    await self._note(actor, reply, await (show or venue.show)(reply))
            except asyncio.CancelledError:
                await _say(venue, strings.STOPPING)
                raise
            except Exception:
                fault = secrets.token_hex(4)
                log.exception("error %s", fault)
                await _say(venue, strings.TROUBLE.format(id=fault))

    async def _note(self, actor: Actor, reply: Reply, sent: discord.Message | None) -> None:
        """Note where an answer stands; it is out already, whatever goes wrong here."""
        if sent is None:
            return
        self.conversations.remember(sent.id, actor.thread)
        if reply.ref is not None:
            try:
                await self.desk.posted(reply, actor, f"{sent.channel.id}/{sent.id}")
            except Exception:
                log.exception("the place of an answer could not be noted")

    async def _command_failed(
        self, interaction: Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Answer a command that never reached its function, such as one renamed since."""

        async def explain(_: Actor) -> Reply:
            log.warning("a command was not understood: %s", error)
            return Reply(strings.DISCORD_UNKNOWN_COMMAND, private=True)

        if interaction.type is discord.InteractionType.application_command:
            await self.serve(interaction, explain, private=True)

    def actor(self, interaction: Interaction) -> Actor:
        """Tell who used a command or pressed a button."""
        return of_interaction(interaction, self.conversations, self.workspaces())

    def workspaces(self) -> frozenset[str]:
        """Give the ids of all servers the bot is in; none where this process cannot know them.

        To a shard, or before Discord has listed them all, one of many would look like the only.
        """
        if not self.is_ready() or (self.shard_count or 1) > 1:
            return frozenset()
        return frozenset(str(guild.id) for guild in self.guilds)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None, "events are handled in tasks"  # noqa: S101
        self._busy.add(task)
        try:
            yield
        finally:
            self._busy.discard(task)

    async def close(self) -> None:
        """Let answers in the making finish for a moment, say so for the rest, and leave."""
        if self._busy:
            await asyncio.wait(self._busy, timeout=FINISHING_SECONDS)
        for task in tuple(self._busy):
            task.cancel()
        if self._busy:
            await asyncio.wait(self._busy, timeout=LAST_WORDS_SECONDS)
        await super().close()


async def _say(venue: Venue, sentence: str) -> None:
    """Say a sentence if at all possible, soon."""
    with contextlib.suppress(*BARRED):
        await asyncio.wait_for(venue.show(Reply(sentence, private=True)), LAST_WORDS_SECONDS)


def build(settings: Settings, desk: Desk) -> SummitBot:
    """Assemble a bot that is not connected yet."""
    return SummitBot(settings, desk)


def invite_url(application_id: int | str) -> str:
    """Give the link by which a server's manager invites the bot, with all it needs."""
    return discord.utils.oauth_url(
        int(application_id), permissions=PERMISSIONS, scopes=("bot", "applications.commands")
    )


async def run(settings: Settings, desk: Desk) -> None:
    """Serve until cancelled, then close within 5 seconds.

    A Discord that cannot be reached yet is waited for; a connection lost later is taken up
    again. Raises SettingsError where Discord refuses the token or the intents.
    """
    settings.require("discord_token")
    keep_tokens_out_of_logs()
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # no voice here
    with pointed_at(settings):
        await until_reached(lambda: _serve(settings, desk))


async def _serve(settings: Settings, desk: Desk) -> None:
    """Serve by a fresh bot: one that did not get through to Discord cannot try again."""
    bot = build(settings, desk)
    try:
        await _connect(bot, settings.discord_token or "")
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bot.close(), CLOSING_SECONDS)


async def _connect(bot: SummitBot, token: str) -> None:
    gateway = logging.getLogger("discord.client")

    def later(_: logging.LogRecord) -> bool:
        return bot.ws is not None

    gateway.addFilter(later)  # until then it is ours to say that we wait, once
    try:
        with explained(bot):
            await bot.start(token)
    finally:
        gateway.removeFilter(later)
