"""Where answers go on Discord: into the response to a command or press, or beside a message."""

import asyncio
import contextlib
import logging
from dataclasses import replace

import discord

from summitqa_bot import strings
from summitqa_bot.discord.actor import Interaction
from summitqa_bot.discord.send import (
    ALREADY_ACKNOWLEDGED,
    BARRED,
    BROKEN,
    edit,
    edit_parts,
    first_way,
    parts,
    persist,
    retry_after,
)
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

ACK_SECONDS = 3.0  # what Discord gives
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
THREAD_EXISTS = 160004


class InteractionVenue:
    """The answer to a command or a press: the deferred response, edited in place."""

    def __init__(self, interaction: Interaction, *, private: bool) -> None:
        self.interaction = interaction
        self.private = private

    async def ack(self) -> bool:
        """Defer the response. A lost ack is no end: ``show`` finds another way."""
        try:
            async with asyncio.timeout(ACK_SECONDS):
                while not await self._acknowledged():
                    log.info("an acknowledgement did not get through; trying again")
        except (discord.HTTPException, TimeoutError) as error:
            log.warning("an interaction could not be acknowledged: %s", error or "timed out")
            return False
        return True

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

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        """Fill the response; where it is gone, follow up, or write to the channel or the asker."""
        del instead  # a command is not edited
        private = self.private or reply.private
        fill = self._fill if private == self.private else self._fill_privately
        ways = [lambda: fill(reply), lambda: self._follow_up(reply, private=private)]
        if not private:
            ways.append(lambda: self._to_channel(reply))
        return self._named(await first_way([*ways, lambda: self._to_asker(reply)]))

    async def earlier(self, reply: Reply) -> str | None:
        """Find nothing: the response is one, and what is filled in again is set anew."""

    async def tell(self, sentence: Reply, instead: str | None = None) -> None:
        """Say a sentence as a reply is shown to the asker alone."""
        await InteractionVenue.show(self, sentence, instead)

    async def progress(self, reply: Reply) -> str | None:
        """Set the response in place while work goes on; a failure here harms nothing.

        Gives the id by which ``amend`` sets it anew, as long as Discord lets us: 15 minutes.
        """
        with contextlib.suppress(*BARRED):
            sent = await self.interaction.edit_original_response(**edit_parts(reply))
            return f"{self.interaction.application_id}/{self.interaction.token}/{sent.id}"
        return None

    def _named(self, sent: discord.Message | None) -> str | None:
        """Name a message; its channel is unknown to the library where that holds none."""
        if sent is None:
            return None
        return f"{getattr(sent.channel, 'id', self.interaction.channel_id)}/{sent.id}"

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


class PressVenue(InteractionVenue):
    """The answer to a press: to the presser alone, save what is shared with the channel."""

    def __init__(self, interaction: Interaction) -> None:
        super().__init__(interaction, private=True)

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        """Fill the private response; what is shared is posted out of it, which says so first."""
        if reply.private:
            return await super().show(reply, instead)
        await self.progress(Reply(strings.DISCORD_SHARING, private=True))
        sent = await first_way(
            [lambda: self._follow_up(reply, private=False), lambda: self._to_channel(reply)]
        )
        if sent is None:
            await self.progress(Reply(strings.NOT_SHARED, private=True))
        return self._named(sent)


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

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        """Set the earlier answer anew; where there is none any more, answer the message."""
        if instead is not None:
            with contextlib.suppress(*BARRED):
                await persist(lambda: edit(self.client, instead, reply))
                return instead
        sent = await self._send(reply)
        return None if sent is None else f"{sent.channel.id}/{sent.id}"

    async def earlier(self, reply: Reply) -> str | None:
        """Find nothing: what bears the same nonce Discord posts once."""

    async def tell(self, sentence: Reply, instead: str | None = None) -> None:
        """Say a sentence as an answer is shown."""
        await self.show(sentence, instead)

    async def _send(self, reply: Reply) -> discord.Message | None:
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
        thread = await begin_thread(self.client, self.message, self.thread_name or "")
        return await thread.send(**parts(reply), nonce=self.nonce)

    async def _to_asker(self, reply: Reply) -> discord.Message:
        return await self.message.author.send(**parts(reply), nonce=self.nonce)

    def _excused(self, reply: Reply) -> Reply:
        place = getattr(self.message.channel, "name", "") or strings.DISCORD_THAT_CHANNEL
        excuse = strings.DISCORD_CANNOT_WRITE.format(place=place)
        return replace(reply, text=f"{excuse}\n{reply.text}")


async def begin_thread(
    client: discord.Client, message: discord.Message | discord.PartialMessage, name: str
) -> discord.abc.Messageable:
    """Begin a thread from a message, or find the one that was."""
    try:
        return await message.create_thread(name=name, auto_archive_duration=1440)
    except discord.HTTPException as error:
        if error.code != THREAD_EXISTS:
            raise
        # A thread begun from a message has that message's id.
        return client.get_partial_messageable(message.id)
