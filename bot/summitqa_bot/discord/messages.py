"""Questions posted as messages: mentions, replies that mention the bot, direct messages."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator

import discord
from discord.ext import commands

from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import of_message
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.naming import community
from summitqa_bot.discord.plain import plain
from summitqa_bot.discord.send import BARRED
from summitqa_bot.discord.venues import MessageVenue
from summitqa_bot.event import Event
from summitqa_bot.service.permissions import Actor
from summitqa_bot.wording.reply import Reply
from summitqa_bot.wording.talk import Address, Kind, kind_of


class Messages(commands.Cog):
    """Hears messages, their edits and their deletion."""

    def __init__(self, front: Front) -> None:
        self.front = front

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a question."""
        if self._is_question(message):
            await self._hear(message, str(message.id), self._venue(message))
        elif self._is_open(message):
            await self._overhear(message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer an edited question anew, in place of the earlier answer."""
        message = payload.message
        if self._is_question(message) and await self.front.attendance.revised(str(message.id)):
            # Not the nonce of the first answer, for which Discord would give back that one.
            venue = MessageVenue(self.front.client, message, nonce=secrets.randbits(63))
            await self._hear(message, f"{message.id}:{message.edited_at}", venue)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Say nothing to a question that is deleted before its answer."""
        message = payload.message_id
        at = discord.utils.snowflake_time(message).timestamp()
        await self.front.attendance.deleted(str(message), at)

    async def _overhear(self, message: discord.Message) -> None:
        """Answer a post that nobody put to us, where that is wanted and the desk is sure."""
        desk, question = self.front.desk, self._question(message)
        actor = of_message(message, str(message.id), self.front.workspaces())

        async def who() -> Actor:
            return actor

        async def work(actor: Actor) -> Reply | None:
            return await desk.hear(actor, question, Address.OPEN)

        if question and await desk.listens(actor):
            event = Event(str(message.id), self._venue(message), who)
            heard = self.front.attendance.hear(event, str(message.id), question, work)
            if heard is not None:
                await heard

    async def _hear(self, message: discord.Message, event: str, venue: MessageVenue) -> None:
        question = self._question(message)
        to = Address.DIRECT if message.guild is None else Address.MENTION

        async def actor() -> Actor:
            conversation = await self._conversation(message)
            direct = message.guild is None
            chosen = await self.front.chosen(message.author.id) if direct else None
            return of_message(message, conversation, self.front.workspaces(), chosen)

        async def work(actor: Actor) -> Reply | None:
            if kind_of(question) is not Kind.QUESTION:
                return await self.front.desk.hear(actor, question, to)
            async with _typing(message.channel):
                return await self.front.desk.hear(actor, question, to)

        heard = self.front.attendance.hear(
            Event(event, venue, actor), str(message.id), question, work
        )
        if heard is not None:
            await heard

    async def _conversation(self, message: discord.Message) -> str:
        """Give the conversation a question belongs to, from the state where memory has lost it."""
        conversations = self.front.conversations
        answered = message.reference.message_id if message.reference else None
        if message.guild and answered is not None and not conversations.knows(answered):
            place, whose = f"{message.channel.id}/{answered}", community(message.guild.id)
            known = await self.front.desk.conversation("discord", place, whose)
            conversations.remember(answered, known)
        return conversations.asked_in(message, self.front.me)

    def _is_open(self, message: discord.Message) -> bool:
        """Tell a post in a channel, or one that begins a thread of a forum, from an answer to one.

        Its words are there only where the operator has asked Discord for them.
        """
        if not _is_somebodys(message) or message.guild is None or not message.content:
            return False
        if message.mentions or message.reference is not None:
            return False
        begins = isinstance(message.channel, discord.Thread) and message.id == message.channel.id
        return begins or isinstance(message.channel, discord.TextChannel)

    def _is_question(self, message: discord.Message) -> bool:
        if not _is_somebodys(message):
            return False
        return message.guild is None or self.front.me in (one.id for one in message.mentions)

    def _question(self, message: discord.Message) -> str:
        return plain(message.content, message.guild, self.front.me, message.mentions)

    def _venue(self, message: discord.Message) -> MessageVenue:
        """Choose a thread where the setting says so and the channel has threads.

        A reply is answered by a reply, which keeps what belongs together in one place.
        """
        branches = isinstance(message.channel, discord.TextChannel) and not message.reference
        if self.front.settings.answer_in != "thread" or not branches:
            return MessageVenue(self.front.client, message)
        name = discord_text.thread_name(self._question(message))
        return MessageVenue(self.front.client, message, thread_name=name)


def _is_somebodys(message: discord.Message) -> bool:
    """Tell what a person wrote from what bots and Discord itself post."""
    if message.author.bot or message.webhook_id is not None:
        return False
    return message.type in (discord.MessageType.default, discord.MessageType.reply)


@contextlib.asynccontextmanager
async def _typing(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Show that an answer is in the making, without ever waiting for that or failing by it."""

    async def show() -> None:
        with contextlib.suppress(*BARRED):
            await channel.typing()

    shown = asyncio.create_task(show())
    try:
        yield
    finally:
        shown.cancel()
