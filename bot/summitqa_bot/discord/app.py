"""The Discord front end: receives events, asks the desk, and has its replies shown.

No privileged intent is asked for: Discord gives a bot the text of direct messages, of
messages that mention it, and of those a message command is used on, and that is enough. What
nobody put to it, it reads only where the operator has said so (SUMMITQA_DISCORD_CONTENT).
"""

import asyncio
import contextlib
import logging
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from summitqa.counting import counted
from summitqa_bot import strings
from summitqa_bot.discord.actor import Interaction
from summitqa_bot.discord.articles import Articles
from summitqa_bot.discord.commands import Commands
from summitqa_bot.discord.communities import Communities
from summitqa_bot.discord.connection import (
    explained,
    keep_tokens_out_of_logs,
    pointed_at,
    traced,
)
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.manage import Manage
from summitqa_bot.discord.messages import Messages
from summitqa_bot.discord.presses import Presses
from summitqa_bot.discord.relay import RECEIVED, received
from summitqa_bot.discord.send import BARRED, persist
from summitqa_bot.discord.sharing import Part, require_shared
from summitqa_bot.discord.sharing import serve as share
from summitqa_bot.discord.shelf import Shelf
from summitqa_bot.discord.syncing import sync_once
from summitqa_bot.patience import until_reached
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

CLOSING_SECONDS = 4.5  # of the 5 that a stop may take
HANGING_UP_SECONDS = 1.0

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    read_message_history=True,
)


class SummitBot(commands.AutoShardedBot):
    """One bot, in any number of servers, in front of one desk.

    Discord says how many shards it takes; all of them are held by this one process. A ``part`` is
    one of them alone, for replicas that share them.
    """

    def __init__(self, settings: Settings, desk: Desk, part: Part | None = None) -> None:
        alone: Any = {"shard_count": part.count, "shard_ids": [part.shard]} if part else {}
        super().__init__(
            **alone,
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(
                guilds=True,
                guild_messages=True,
                dm_messages=True,
                message_content=settings.discord_content,
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=traced(desk.metrics),
            enable_debug_events=True,  # for RECEIVED
        )
        self.part = part
        self.front = part.front if part else Front(settings, desk, self)
        self.tree.error(self._command_failed)

    async def setup_hook(self) -> None:
        """Register the commands; without them mentions and direct messages still work."""
        front = self.front
        await self.add_cog(Commands(front, self.tree))
        await self.add_cog(Articles(front, self.tree))
        for kind in (Manage, Shelf, Messages, Presses):
            await self.add_cog(kind(front))
        await self.add_cog(Communities(front, self))
        if self.part is None:
            await self._register()

    async def _register(self) -> None:
        settings, desk = self.front.settings, self.front.desk
        try:
            if settings.discord_shards is None:
                await persist(self.tree.sync)
            else:
                await sync_once(self.tree, settings, desk)
        except BARRED as error:
            log.error(strings.DISCORD_NO_SYNC, error)  # noqa: TRY400

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Connect a shard, at the gateway that the settings name where they name one.

        The library tries each again for ever; where not even the first got through, we say that
        once, and wait as for all that is out of reach. Raises GatewayNotFound then.
        """
        if not (initial or self.shards):
            raise discord.GatewayNotFound
        if self.part is not None:
            # Before it connects: Discord closes a connection that is silent for long.
            await self.part.gate.wait()
        named = self.front.settings.discord_gateway_url
        await super().launch_shard(yarl.URL(named) if named else gateway, shard_id, initial=initial)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Have Discord's limits kept, over all replicas where they share the shards."""
        if self.part is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self.part.gate.wait()
            self.part.gate.passed()

    def dispatch(self, event: str, /, *args: Any, **named: Any) -> None:
        """Tell of an event; of what was received before what comes of it, which is at once."""
        if event == RECEIVED:
            received(*args)
        else:
            super().dispatch(event, *args, **named)

    async def on_ready(self) -> None:
        """Say that the bot is there."""
        servers = counted(len(self.guilds), *strings.SERVERS)
        shard = f" on shard {self.part.shard}" if self.part else ""
        log.info("connected to Discord as %s%s, in %s", self.user, shard, servers)

    async def on_message(self, message: discord.Message, /) -> None:
        """Look for no prefix commands; messages are heard in ``messages``."""

    async def _command_failed(
        self, interaction: Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Answer a command that never reached its function, such as one renamed since."""

        async def explain(_: Actor) -> Reply:
            log.warning("a command was not understood: %s", error)
            return Reply(strings.DISCORD_UNKNOWN_COMMAND, private=True)

        if interaction.type is discord.InteractionType.application_command:
            await self.front.serve(interaction, explain, private=True)

    async def is_connected(self) -> bool:
        """Tell whether every shard is connected."""
        return self.is_ready() and not any(one.is_closed() for one in self.shards.values())

    def workspaces(self) -> frozenset[str]:
        """Give the ids of all servers the bot is in, where they are known."""
        return self.front.workspaces()

    @property
    def identified(self) -> bool:
        """Whether Discord was told who this is."""
        return bool(self.shards)

    async def serve(self) -> None:
        """Serve until cancelled; raises what ``explained`` says."""
        self.front.parts.add(self)
        try:
            await _connect(self, self.front.settings.discord_token or "")
        finally:
            self.front.parts.discard(self)

    async def hang_up(self) -> None:
        """Hear nothing any more; what was heard can still be answered."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANGING_UP_SECONDS):
                await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))

    async def finish(self) -> None:
        """Wait until what was heard is seen through."""
        await self.front.attendance.settled()

    async def close(self) -> None:
        """Let answers in the making finish for a moment, say so for the rest, and leave.

        Those of a part are its front's, which ends them.
        """
        if self.part is None:
            await self.front.attendance.drain()
        if isinstance(self.loop, asyncio.AbstractEventLoop):  # else it has not even begun
            await super().close()


def build(settings: Settings, desk: Desk, part: Part | None = None) -> SummitBot:
    """Assemble a bot that is not connected yet."""
    return SummitBot(settings, desk, part)


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
    require_shared(settings)
    serve = _serve if settings.discord_shards is None else _share
    with pointed_at(settings):
        await until_reached(lambda: serve(settings, desk))


async def _serve(settings: Settings, desk: Desk) -> None:
    """Serve by a fresh bot: one that did not get through to Discord cannot try again."""
    bot = build(settings, desk)
    try:
        with desk.metrics.connected("discord", bot.is_connected):
            await _connect(bot, settings.discord_token or "")
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bot.close(), CLOSING_SECONDS)


async def _share(settings: Settings, desk: Desk) -> None:
    """Serve by a bot for each shard, and by one that is in no server for what all of them share."""
    office = build(settings, desk)
    try:
        with explained():
            await office.login(settings.discord_token or "")
            await share(office.front, lambda part: build(settings, desk, part))
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(office.close(), CLOSING_SECONDS)


async def _connect(bot: SummitBot, token: str) -> None:
    gateway = logging.getLogger("discord.shard")

    def later(record: logging.LogRecord) -> bool:
        other = bot.part is not None and bot.part.shard not in tuple(record.args or ())
        return other or bool(bot.shards)

    gateway.addFilter(later)  # until then it is ours to say that we wait, once
    try:
        with explained():
            await bot.start(token)
    finally:
        gateway.removeFilter(later)
