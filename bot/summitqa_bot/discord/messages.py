"""Questions posted as messages: mentions, replies that mention the bot, direct messages."""

import asyncio
import contextlib
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import of_message
from summitqa_bot.discord.plain import plain
from summitqa_bot.discord.send import BARRED, EditVenue, MessageVenue, Venue
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Reply
from summitqa_bot.talk import Address, Kind, kind_of

if TYPE_CHECKING:
    from summitqa_bot.discord.app import SummitBot

EDITABLE = 1000  # the latest questions, whose edits are answered


@dataclass
class Asked:
    """A question posted as a message, and what became of it."""

    question: str
    answer: discord.Message | None = None
    deleted: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Messages(commands.Cog):
    """Hears messages, their edits and their deletion."""

    def __init__(self, bot: "SummitBot") -> None:
        self.bot = bot
        self.asked: OrderedDict[int, Asked] = OrderedDict()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a question."""
        if not self._is_question(message):
            return
        asked = self.asked.setdefault(message.id, Asked(self._question(message)))
        while len(self.asked) > EDITABLE:
            self.asked.popitem(last=False)
        async with asked.lock:
            await self._answer(message, asked, str(message.id), self._venue(message))

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Answer an edited question anew, in place of the earlier answer."""
        message = payload.message
        asked = self.asked.get(message.id)
        if asked is None or not self._is_question(message):
            return
        async with asked.lock:
            question = self._question(message)
            if question == asked.question:
                return  # Discord edits a message too when it adds a link's preview
            asked.question = question
            # Not the nonce of the first answer, for which Discord would give back that one.
            anew = MessageVenue(self.bot, message, nonce=secrets.randbits(63))
            venue = EditVenue(asked.answer, anew) if asked.answer else anew
            await self._answer(message, asked, f"{message.id}:{message.edited_at}", venue)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Say nothing to a question that is deleted before its answer."""
        if payload.message_id in self.asked:
            self.asked[payload.message_id].deleted = True

    async def _answer(
        self, message: discord.Message, asked: Asked, event: str, venue: Venue
    ) -> None:
        to = Address.DIRECT if message.guild is None else Address.MENTION

        async def work(actor: Actor) -> Reply | None:
            if kind_of(asked.question) is not Kind.QUESTION:
                return await self.bot.desk.hear(actor, asked.question, to)
            async with _typing(message.channel):
                return await self.bot.desk.hear(actor, asked.question, to)

        async def show(reply: Reply) -> discord.Message | None:
            if asked.deleted:
                return None
            asked.answer = await venue.show(reply)
            return asked.answer

        actor = of_message(message, await self._conversation(message), self.bot.workspaces())
        await self.bot.attend(venue, actor, event, work, show=show)

    async def _conversation(self, message: discord.Message) -> str:
        """Give the conversation a question belongs to, from the state where memory has lost it."""
        conversations = self.bot.conversations
        answered = message.reference.message_id if message.reference else None
        if answered is not None and not conversations.knows(answered):
            place = f"{message.channel.id}/{answered}"
            conversations.remember(answered, await self.bot.desk.conversation("discord", place))
        return conversations.asked_in(message, self.bot.me)

    def _is_question(self, message: discord.Message) -> bool:
        if message.author.bot or message.webhook_id is not None:
            return False
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return False
        return message.guild is None or self.bot.me in (one.id for one in message.mentions)

    def _question(self, message: discord.Message) -> str:
        return plain(message.content, message.guild, self.bot.me, message.mentions)

    def _venue(self, message: discord.Message) -> MessageVenue:
        """Choose a thread where the setting says so and the channel has threads.

        A reply is answered by a reply, which keeps what belongs together in one place.
        """
        branches = isinstance(message.channel, discord.TextChannel) and not message.reference
        if self.bot.settings.answer_in != "thread" or not branches:
            return MessageVenue(self.bot, message)
        name = discord_text.thread_name(self._question(message))
        return MessageVenue(self.bot, message, thread_name=name)


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
