"""Getting a Reply to its reader: try again what may pass, and another way where one is barred."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import aiohttp
import discord

from summitqa_bot import strings
from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import Interaction
from summitqa_bot.reply import Reply

log = logging.getLogger(__name__)

T = TypeVar("T")
Way = Callable[[], Awaitable[discord.Message]]

PAUSES = (0.5, 2.0)  # seconds before the second and the third try
LONGEST_PAUSE = 60.0
ACK_SECONDS = 3.0  # what Discord gives
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
ALREADY_ACKNOWLEDGED = 40060
THREAD_EXISTS = 160004
MALFORMED = {50006, 50035}  # empty message, invalid form body: no other way would pass either
BROKEN = (aiohttp.ClientError, OSError, asyncio.TimeoutError)
BARRED = (discord.HTTPException, *BROKEN)


class Venue(Protocol):
    """Where an answer goes."""

    async def ack(self) -> None:
        """Tell Discord that the event has arrived."""

    async def show(self, reply: Reply) -> discord.Message | None:
        """Post a reply, or give None where nobody could be reached."""


async def persist(call: Callable[[], Awaitable[T]]) -> T:
    """Call, again after a pause where Discord is busy, broken or out of reach."""
    for pause in PAUSES:
        try:
            return await call()
        except discord.HTTPException as error:
            if error.status != 429 and error.status < 500:
                raise
            pause = retry_after(error, pause)
        except BROKEN:
            log.info("a call to Discord broke off; trying again")
        await asyncio.sleep(pause)
    return await call()


def retry_after(error: discord.HTTPException, otherwise: float) -> float:
    """Give the seconds Discord asks us to wait, or ``otherwise`` where it does not say."""
    headers: Any = getattr(error.response, "headers", None) or {}
    try:
        return min(LONGEST_PAUSE, float(headers.get("Retry-After", otherwise)))
    except ValueError:
        return otherwise


async def first_way(ways: Iterable[Way]) -> discord.Message | None:
    """Take the first way that is open; with none, log one line and give None."""
    barred: Exception | None = None
    for way in ways:
        try:
            return await persist(way)
        except BARRED as error:
            if getattr(error, "code", None) in MALFORMED:
                raise
            barred = error
    log.warning("a reply could not be delivered by any way: %s", barred)
    return None


def parts(reply: Reply, *, embedded: bool = True) -> dict[str, Any]:
    """Give a reply as the arguments that discord.py's sending methods take."""
    payload = discord_text.message(reply) if embedded else discord_text.text_message(reply)
    given: dict[str, Any] = {
        "content": payload["content"] or None,
        "embeds": [discord.Embed.from_dict(embed) for embed in payload["embeds"]],
        "allowed_mentions": discord.AllowedMentions.none(),
    }
    if payload["components"]:
        given["view"] = _view(payload["components"])
    return given


def edit_parts(reply: Reply) -> dict[str, Any]:
    """Give a reply as the arguments of an edit, which also takes away what was there."""
    return {"view": None, **parts(reply)}


def _view(rows: list[discord_text.Payload]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for button in row["components"]:
            view.add_item(
                discord.ui.Button(label=button["label"], custom_id=button["custom_id"], row=number)
            )
    # Presses are handled by their id alone, so that they outlive a restart; a view that is
    # stopped is not kept in memory.
    view.stop()
    return view


class InteractionVenue:
    """The answer to a command or a press: the deferred response, edited in place."""

    def __init__(self, interaction: Interaction, *, private: bool) -> None:
        self.interaction = interaction
        self.private = private

    async def ack(self) -> None:
        """Defer the response. A lost ack is no end: ``show`` finds another way."""
        try:
            async with asyncio.timeout(ACK_SECONDS):
                while not await self._acknowledged():
                    log.info("an acknowledgement did not get through; trying again")
        except (discord.HTTPException, TimeoutError) as error:
            log.warning("an interaction could not be acknowledged: %s", error or "timed out")

    async def _acknowledged(self) -> bool:
        try:
            await self.interaction.response.defer(ephemeral=self.private, thinking=True)
        except discord.HTTPException as error:
            if error.status == 429:
                await asyncio.sleep(retry_after(error, 0.2))
                return False
            # Acknowledged before: our own ack, whose answer was lost, or a redelivery.
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
        except BROKEN:
            await asyncio.sleep(0.1)
            return False
        except (KeyError, TypeError):
            log.debug("Discord's answer to an ack came without its body")  # as through a proxy
        return True

    async def show(self, reply: Reply) -> discord.Message | None:
        """Fill the response; where it is gone, follow up, or write to the channel or the asker."""
        private = self.private or reply.private
        fill = self._fill if private == self.private else self._fill_privately
        ways = [lambda: fill(reply), lambda: self._follow_up(reply, private=private)]
        if not private:
            ways.append(lambda: self._to_channel(reply))
        return await first_way([*ways, lambda: self._to_asker(reply)])

    async def progress(self, reply: Reply) -> str | None:
        """Set the response in place while work goes on; a failure here harms nothing.

        Gives the id by which ``amend`` sets it anew, as long as Discord lets us: 15 minutes.
        """
        with contextlib.suppress(*BARRED):
            sent = await self.interaction.edit_original_response(**edit_parts(reply))
            return f"{self.interaction.application_id}/{self.interaction.token}/{sent.id}"
        return None

    async def share(self, reply: Reply) -> discord.Message | None:
        """Post to the channel, out of a private response, and tell the presser."""
        await self.progress(Reply(strings.DISCORD_SHARING, private=True))
        sent = await first_way(
            [lambda: self._follow_up(reply, private=False), lambda: self._to_channel(reply)]
        )
        told = strings.SHARED if sent else strings.NOT_SHARED
        await self.progress(Reply(told, private=True))
        return sent

    async def _fill(self, reply: Reply) -> discord.Message:
        return await self.interaction.edit_original_response(**edit_parts(reply))

    async def _fill_privately(self, reply: Reply) -> discord.Message:
        # The ack settled that the response is public, so it is filled, followed and taken away:
        # Discord makes the first follow-up the response itself as long as that is not filled.
        await self._fill(Reply(strings.DISCORD_ANSWERED_PRIVATELY))
        sent = await self._follow_up(reply, private=True)
        with contextlib.suppress(*BARRED):
            await self.interaction.delete_original_response()
        return sent

    async def _follow_up(self, reply: Reply, *, private: bool) -> discord.Message:
        return await self.interaction.followup.send(**parts(reply), ephemeral=private, wait=True)

    async def _to_channel(self, reply: Reply) -> discord.Message:
        channel = self.interaction.client.get_partial_messageable(self.interaction.channel_id or 0)
        sent: discord.Message = await channel.send(**parts(reply), nonce=self.interaction.id)
        return sent

    async def _to_asker(self, reply: Reply) -> discord.Message:
        return await self.interaction.user.send(**parts(reply), nonce=self.interaction.id)


class MessageVenue:
    """The answer to a message: in a thread begun from it, or as a reply; else privately.

    The question's id is the nonce of every try, so that Discord itself keeps a try whose
    answer was lost from posting twice.
    """

    def __init__(
        self,
        client: discord.Client,
        message: discord.Message,
        *,
        thread_name: str | None = None,
        nonce: int | None = None,
    ) -> None:
        self.client = client
        self.message = message
        self.thread_name = thread_name
        self.nonce = nonce or message.id

    async def ack(self) -> None:
        """Do nothing: a message needs no ack."""

    async def show(self, reply: Reply) -> discord.Message | None:
        """Answer where the question was asked, or tell the asker in a direct message."""
        here = [lambda: self._reply(reply), lambda: self._reply(reply, embedded=False)]
        if reply.private and self.message.guild is not None:
            return await first_way([lambda: self._to_asker(reply), *here])
        # What is no answer, such as help, begins no thread.
        if self.thread_name and reply.ref:
            here.insert(0, lambda: self._in_thread(reply))
        return await first_way([*here, lambda: self._to_asker(self._excused(reply))])

    async def _reply(self, reply: Reply, *, embedded: bool = True) -> discord.Message:
        reference = self.message.to_reference(fail_if_not_exists=False)
        return await self.message.channel.send(
            **parts(reply, embedded=embedded), reference=reference, nonce=self.nonce
        )

    async def _in_thread(self, reply: Reply) -> discord.Message:
        thread = await self._begin_thread()
        return await thread.send(**parts(reply), nonce=self.nonce)

    async def _begin_thread(self) -> discord.abc.Messageable:
        try:
            return await self.message.create_thread(
                name=self.thread_name or "", auto_archive_duration=1440
            )
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise
            # A thread begun from a message has that message's id.
            return self.client.get_partial_messageable(self.message.id)

    async def _to_asker(self, reply: Reply) -> discord.Message:
        return await self.message.author.send(**parts(reply), nonce=self.nonce)

    def _excused(self, reply: Reply) -> Reply:
        place = getattr(self.message.channel, "name", "") or strings.DISCORD_THAT_CHANNEL
        excuse = strings.DISCORD_CANNOT_WRITE.format(place=place)
        return replace(reply, text=f"{excuse}\n{reply.text}")


class EditVenue:
    """The answer to a question that was edited: the earlier answer, set anew."""

    def __init__(self, answer: discord.Message, otherwise: MessageVenue) -> None:
        self.answer = answer
        self.otherwise = otherwise

    async def ack(self) -> None:
        """Do nothing: a message needs no ack."""

    async def show(self, reply: Reply) -> discord.Message | None:
        """Edit the answer; where it was deleted, answer anew."""
        try:
            return await persist(lambda: self.answer.edit(**edit_parts(reply)))
        except BARRED:
            return await self.otherwise.show(reply)
