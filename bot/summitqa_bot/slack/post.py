"""Putting replies where they belong, by whichever way Slack still lets us."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from summitqa_bot import strings
from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.slack.client import TRIES, CallError, code_of
from summitqa_bot.slack.deliver import Delivery
from summitqa_bot.slack.files import scopes_lacked
from summitqa_bot.strings import slack as said
from summitqa_bot.wording.reply import File, Reply

log = logging.getLogger("summitqa_bot.slack")

REFUSED = frozenset(
    {
        "access_denied",
        "cannot_reply_to_message",
        "channel_not_found",
        "ekm_access_denied",
        "is_archived",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "team_access_not_granted",
    }
)
"""The channel does not take our message; the asker has to be told elsewhere."""

BLOCKS_REFUSED = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"}
)

# How many seconds a command's answer waits for its turn in the channel.
PATIENCE = 10.0

# A fallback text is data: `parse` and `mrkdwn` keep Slack from reading markup into it.
INERT: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: a channel (or a thread of it), and the user who asked.

    ``response_url`` reaches the asker without the bot being in the channel, for 30 minutes
    and 5 messages. ``channel`` may be ``None`` or a user's id, which is their direct messages.
    """

    user: str
    channel: str | None = None
    thread: str | None = None
    response_url: str | None = None

    @property
    def direct(self) -> bool:
        """Whether nobody but the asker reads there."""
        return self.channel is None or self.channel[0] in "DUW"


class Post:
    """Posts, whispers and changes messages in one workspace.

    Where there may be others, their ids begin with the ``team``: "team/channel/ts".
    """

    def __init__(self, client: AsyncWebClient, team: str = "") -> None:
        self._client = client
        self._delivery = Delivery(client)
        self._team = team

    def named(self, message: str) -> str:
        """Name a message, given as "channel/ts", so that it is no other workspace's."""
        return f"{self._team}/{message}" if self._team else message

    async def say(self, place: Place, reply: Reply, *, passing: bool = True) -> str | None:
        """Post a reply for all in the place, and give the message as ``named``.

        A private reply, or one that the channel refuses, is whispered, and where many wait to
        post there, a command is answered by its response URL, unless ``passing`` is false; then
        there is no message to give. Raises one of CallError where Slack could not be reached.
        """
        if reply.private and not place.direct:
            await self.whisper(place, reply)
            return None
        if passing and await self._passed(place, reply):
            return None
        try:
            return await self._post(place, reply)
        except SlackApiError as error:
            if (code := code_of(error)) not in REFUSED:
                raise
            await self.whisper(replace(place, thread=None), _explained(reply, code))
            return None

    async def earlier(self, place: Place, reply: Reply) -> str | None:
        """Find the message by which we have posted an answer lately, where we may read there."""
        if reply.ref is None or not place.channel:
            return None
        found = await self._delivery.earlier(place.channel, place.thread, reply.ref)
        return found and self.named(found)

    async def call(self, place: Place, reply: Reply, people: Sequence[str]) -> str:
        """Post a reply that calls people by their ids, and give the message as ``named``.

        Raises one of CallError.
        """
        return await self._post(place, reply, people)

    async def is_let_in(self, channel: str) -> bool:
        """Tell whether we may write in a channel, as far as Slack says; nothing of it is read."""
        try:
            now = f"{time.time():.6f}"
            await self._client.conversations_history(channel=channel, oldest=now, limit=1)
        except CallError as error:
            return code_of(error) not in REFUSED
        return True

    async def hand(self, place: Place, file: File) -> None:
        """Give a file to whoever acted, in their direct messages; else say why not."""
        direct = place if place.direct else Place(place.user)
        try:
            # Only a message tells the id of somebody's direct messages.
            message = await self._post(direct, Reply(said.FILE_FOR_YOU.format(name=file.name)))
        except CallError as error:
            await self.whisper(place, _not_given(file, error))
            return
        try:
            await self._client.files_upload_v2(
                content=file.content,
                filename=file.name,
                channel=message.split("/")[-2],
                thread_ts=direct.thread,
            )
        except (*CallError, SlackRequestError) as error:
            log.warning("a file could not be uploaded (%s)", code_of(error))
            await self.change(message, direct, _not_given(file, error))

    async def whisper(self, place: Place, reply: Reply) -> None:
        """Show a reply to the asker alone: by the response URL, in the channel, or directly."""
        if place.direct and await self._attempt(self._post(place, reply)):
            return
        if place.response_url and await self._respond(place, reply):
            return
        if not place.direct and await self._attempt(self._ephemeral(place, reply)):
            return
        await self._post(Place(place.user), reply)

    async def change(self, message: str, place: Place, reply: Reply) -> str | None:
        """Set a message anew in place; where it is gone, post another."""
        try:
            await self.amend(message, reply)
        except CallError as error:
            log.info("message %s could not be changed (%s); posting anew", message, code_of(error))
            return await self.say(place, reply)
        return message

    async def amend(self, message: str, reply: Reply) -> None:
        """Set a message anew in place; raises one of CallError where that cannot be done."""
        channel, ts = message.split("/")[-2:]
        content = slack_blocks.message(reply)
        await self._client.chat_update(channel=channel, ts=ts, parse="none", **content)

    async def _post(self, place: Place, reply: Reply, people: Sequence[str] = ()) -> str:
        content = slack_blocks.message(reply, people)
        channel = place.channel or place.user
        fixed = {"mrkdwn": False, **INERT}
        try:
            posted = self._delivery.post(channel, place.thread, fixed | content, reply.ref)
            return self.named(await posted)
        except SlackApiError as error:
            if code_of(error) not in BLOCKS_REFUSED:
                raise
            log.exception("blocks were refused; posting the fallback text")
            plain = fixed | {"text": content["text"]}
            posted = self._delivery.post(channel, place.thread, plain, reply.ref)
            return self.named(await posted)

    async def _passed(self, place: Place, reply: Reply) -> bool:
        """Answer a command past a long queue, for all to see; nothing tells the message's id."""
        if not place.response_url or self._delivery.wait(place.channel or place.user) <= PATIENCE:
            return False
        return await self._respond(place, reply, to="in_channel")

    async def _ephemeral(self, place: Place, reply: Reply) -> None:
        await self._client.chat_postEphemeral(
            channel=place.channel or "",
            user=place.user,
            thread_ts=place.thread,
            parse="none",
            **slack_blocks.message(reply),
        )

    async def _attempt(self, call: Any) -> bool:
        try:
            await call
        except CallError as error:
            log.info("a way to reach the asker failed (%s); trying the next", code_of(error))
            return False
        return True

    async def _respond(self, place: Place, reply: Reply, *, to: str = "ephemeral") -> bool:
        """Use the response URL; false where it has expired or cannot be reached."""
        content = slack_blocks.message(reply) | INERT
        content |= {"response_type": to, "replace_original": False}
        if place.thread:
            content["thread_ts"] = place.thread
        webhook = AsyncWebhookClient(
            place.response_url or "",
            session=self._client.session,
            logger=log,
            retry_handlers=self._client.retry_handlers,
        )
        webhook.proxy = self._client.proxy
        for attempt in range(TRIES):
            try:
                status = (await webhook.send_dict(content)).status_code
            except CallError as error:
                log.info("the response URL failed (%s)", code_of(error))
                return False
            if status < 500:
                return status == 200
            await asyncio.sleep(0.3 * (attempt + 1))
        return False


def _explained(reply: Reply, code: str) -> Reply:
    reason = strings.SLACK_CANNOT_WRITE.format(reason=code)
    note = f"{reply.note}\n{reason}" if reply.note else reason
    return replace(reply, note=note, private=True)


def _not_given(file: File, error: BaseException) -> Reply:
    failed = said.FILE_NOT_GIVEN.format(name=file.name, reason=code_of(error))
    return Reply(scopes_lacked(error, "files:write") or failed, private=True)
