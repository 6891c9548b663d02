"""Posting a message once: in its turn, and looked for before it is posted again."""

import asyncio
import logging
import secrets
import time
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from summitqa_bot.slack.client import LONGEST_WAIT, CallError, code_of, retry_after, status_of
from summitqa_bot.slack.pace import Pace
from summitqa_bot.state.events import OLDEST_SECONDS

log = logging.getLogger("summitqa_bot.slack")

MARK = "summitqa_message"
# How long to wait before a message whose fate is not known is looked for.
WAITS = (0.5, 1.5, 4.0)
# How often Slack may put one message off.
TURNS = 20
# What Slack's clock and ours may differ by; a request that differs more is not Slack's, either.
_SKEW = 300
_PAGE, _PAGES = 200, 3


class Delivery:
    """Posts to channels; of one message one copy, though Slack's reply to it were lost.

    Each carries a mark that only it has, and the name of the answer that it shows. Where it is not
    known whether a call came through, ours or that of a replica that is gone, the channel is
    searched for them; only a channel that does not let itself be read may see a message twice,
    which is the lesser harm than never.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._pace = Pace()

    def wait(self, channel: str) -> float:
        """Give how many seconds a message for the channel would wait for its turn."""
        return self._pace.wait(channel)

    async def post(
        self, channel: str, thread: str | None, content: dict[str, Any], answer: str | None = None
    ) -> str:
        """Post a message and give it as "channel/ts"; raises one of CallError."""
        mark, since, waits = secrets.token_urlsafe(9), time.time() - _SKEW, iter(WAITS)
        marks = {"mark": mark} | ({"answer": answer} if answer else {})
        for _ in range(TURNS):
            await self._pace.turn(channel)
            try:
                return await self._call(channel, thread, content, marks)
            except SlackApiError as error:
                if status_of(error) == 429:
                    self._put_off(channel, error)
                    continue
                if status_of(error) < 500 or (wait := next(waits, None)) is None:
                    raise
            except CallError:
                if (wait := next(waits, None)) is None:
                    raise
            await asyncio.sleep(wait)
            if found := await self._found(channel, thread, ("mark", mark), since):
                return found
        raise TimeoutError(f"{channel} takes no message")

    async def earlier(self, channel: str, thread: str | None, answer: str) -> str | None:
        """Find the message that shows an answer, as "channel/ts", if it was posted lately."""
        since = time.time() - _SKEW - OLDEST_SECONDS
        return await self._found(channel, thread, ("answer", answer), since)

    async def _call(
        self, channel: str, thread: str | None, content: dict[str, Any], marks: dict[str, str]
    ) -> str:
        response = await self._client.chat_postMessage(
            channel=channel,
            thread_ts=thread,
            metadata={"event_type": MARK, "event_payload": marks},
            **content,
        )
        return f"{response.get('channel') or channel}/{response['ts']}"

    def _put_off(self, channel: str, error: SlackApiError) -> None:
        """Wait as long as Slack asks, where the asker would still be there to read the answer."""
        seconds = retry_after(error)
        if seconds > LONGEST_WAIT:
            raise error
        self._pace.hold(channel, seconds)

    async def _found(
        self, channel: str, thread: str | None, mark: tuple[str, str], since: float
    ) -> str | None:
        """Look whether a message has been posted after all, among the newest."""
        if channel[0] not in "CDG":
            return None  # a user's id names no channel that can be read
        cursor = None
        try:
            for _ in range(_PAGES):
                page = await self._page(channel, thread, since, cursor)
                for one in page["messages"]:
                    metadata = one.get("metadata") or {}
                    if mark in (metadata.get("event_payload") or {}).items():
                        return f"{channel}/{one['ts']}"
                cursor = (page.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    break
        except CallError as error:
            log.warning("whether a message was posted is not known (%s)", code_of(error))
        return None

    async def _page(
        self, channel: str, thread: str | None, since: float, cursor: str | None
    ) -> Any:
        asked: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since:.6f}",
            "limit": _PAGE,
            "include_all_metadata": True,
            "cursor": cursor,
        }
        if thread:
            return await self._client.conversations_replies(ts=thread, **asked)
        return await self._client.conversations_history(**asked)
