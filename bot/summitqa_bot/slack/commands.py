"""The slash commands and the message shortcut: acknowledge, then hand to the desk."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from summitqa_bot import strings
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Reply
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.front import Front
from summitqa_bot.slack.post import Place
from summitqa_bot.slack.text import plain, read_question

log = logging.getLogger("summitqa_bot.slack")

Body = dict[str, Any]
PROGRESS_EVERY = 1.0


def register(app: AsyncApp, front: Front) -> None:
    """Listen to every command and shortcut of the manifest."""

    async def ask(ack: AsyncAck, command: Body) -> None:
        asked = read_question(command.get("text") or "")
        # "in_channel" shows the command as typed to those who will see its answer.
        await ack() if asked.private else await ack({"response_type": "in_channel"})

        async def job() -> None:
            actor, place = await _whence(front, command)
            await front.answer(actor, place, asked)

        front.start(command["trigger_id"], _place(command), job)

    async def reindex(ack: AsyncAck, command: Body) -> None:
        await ack()
        front.start(command["trigger_id"], _place(command), lambda: _reindex(front, command))

    async def summitqa(ack: AsyncAck, command: Body) -> None:
        await ack()
        front.start(command["trigger_id"], _place(command), lambda: _summitqa(front, command))

    async def find(ack: AsyncAck, shortcut: Body) -> None:
        await ack()
        place = _shortcut_place(shortcut)
        front.start(shortcut["trigger_id"], place, lambda: _find(front, shortcut))

    app.command("/ask")(ask)
    app.command("/reindex")(reindex)
    app.command("/summitqa")(summitqa)
    app.shortcut("find_in_article")(find)


async def _whence(front: Front, command: Body) -> tuple[Actor, Place]:
    place = _place(command)
    channel = command.get("channel_id")
    actor = await front.actor(
        place.user, command.get("team_id"), channel, channel if place.direct else None
    )
    return actor, place


def _place(command: Body) -> Place:
    return Place(
        user=command["user_id"],
        channel=command.get("channel_id"),
        response_url=command.get("response_url"),
    )


async def _reindex(front: Front, command: Body) -> None:
    actor, place = await _whence(front, command)
    progress = Progress(front, place)
    force = (command.get("text") or "").strip().lower().removeprefix("--") == "force"
    reply = await front.desk.reindex(await front.vouched(actor), progress.show, force=force)
    await progress.close(reply)


async def _summitqa(front: Front, command: Body) -> None:
    actor, place = await _whence(front, command)
    verb, _, rest = (command.get("text") or "").strip().partition(" ")
    action = _action(front, verb.lower(), rest.strip())
    if action is None:
        reply = Reply(strings.SLACK_HELP)
    else:
        reply = await action(await front.vouched(actor))
    await front.post.whisper(place, replace(reply, private=True))


def _action(front: Front, verb: str, rest: str) -> Callable[[Actor], Awaitable[Reply]] | None:
    desk = front.desk
    return {
        "status": desk.status,
        "unanswered": desk.unanswered,
        "feedback": desk.feedback,
        "channel": lambda actor: desk.set_channel(actor, rest.removeprefix("in:") or None),
    }.get(verb)


async def _find(front: Front, shortcut: Body) -> None:
    place = _shortcut_place(shortcut)
    team = (shortcut.get("team") or {}).get("id")
    actor = await front.actor(place.user, team, place.channel)
    text = plain((shortcut.get("message") or {}).get("text") or "")
    await front.post.whisper(place, replace(await front.desk.find(actor, text), private=True))


def _shortcut_place(shortcut: Body) -> Place:
    return Place(
        user=shortcut["user"]["id"],
        channel=(shortcut.get("channel") or {}).get("id"),
        thread=(shortcut.get("message") or {}).get("thread_ts"),
        response_url=shortcut.get("response_url"),
    )


class Progress:
    """One message that is set in place while a reindex runs, then holds its outcome.

    It stands in the admin's direct messages: what a response URL shows cannot be edited
    after a command, and a channel need not watch.
    """

    def __init__(self, front: Front, place: Place) -> None:
        self._post = front.post
        self._place = place
        self._direct = place if place.direct else Place(place.user)
        self._message: str | None = None
        self._shown_at = 0.0

    async def show(self, reply: Reply) -> str | None:
        """Show how far it is, at most once a second; a failure must not stop the reindex.

        Gives the message that shows it.
        """
        now = asyncio.get_running_loop().time()
        if self._message and now - self._shown_at < PROGRESS_EVERY:
            return self._message
        self._shown_at = now
        try:
            await self._set(reply)
        except CallError as error:
            log.warning("progress could not be shown (%s)", code_of(error))
        return self._message

    async def close(self, reply: Reply) -> None:
        """Show the outcome, or the refusal where nothing was ever begun."""
        if self._message is None:
            await self._post.whisper(self._place, replace(reply, private=True))
        else:
            await self._set(reply)

    async def _set(self, reply: Reply) -> None:
        if self._message is not None:
            self._message = await self._post.change(self._message, self._direct, reply)
            return
        self._message = await self._post.say(self._direct, reply)
        if self._message and not self._place.direct:
            elsewhere = Reply(strings.SLACK_PROGRESS_ELSEWHERE, private=True)
            await self._post.whisper(self._place, elsewhere)
