"""Mentions, direct messages, threads, App Home: what people write to us.

Apps made since July 2026 have the agent view: its conversations are the Messages tab, which
tells by ``app_home_opened`` that it was opened. Older apps have the assistant view, a pane of
threads; what Slack sends for that goes through Bolt's assistant.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncAssistant, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from summitqa_bot import strings
from summitqa_bot.event import Event
from summitqa_bot.service.examples import MOST
from summitqa_bot.service.permissions import Actor
from summitqa_bot.slack import views as slack_views
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.front import AGENT, ASSISTANT, FRONT, Front
from summitqa_bot.slack.post import Place
from summitqa_bot.slack.text import addresses_another, mentions, plain, read_question
from summitqa_bot.slack.venues import PlaceVenue
from summitqa_bot.wording.reply import Reply
from summitqa_bot.wording.talk import Address, Kind, kind_of

log = logging.getLogger("summitqa_bot.slack")

Body = dict[str, Any]
WRITTEN = frozenset({None, "file_share", "thread_broadcast"})
REVISED = frozenset({"message_changed", "message_deleted"})
STATUS_WITHIN = 2.0


def register(app: AsyncApp) -> None:
    """Listen to every event of the manifest."""

    async def mentioned(event: Body, context: AsyncBoltContext) -> None:
        if _by_a_person(event) and event["channel"][0] != "D":
            _take(context[FRONT], event)

    async def written(event: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        subtype = event.get("subtype")
        if subtype == "message_changed":
            await _edited(front, event)
        elif subtype == "message_deleted":
            ts = str(event.get("deleted_ts") or 0)
            await front.attendance.deleted(front.message(event["channel"], ts), float(ts))
        elif _by_a_person(event) and (
            await _is_for_us(front, event) or await _may_be_answered(front, event)
        ):
            _take(front, event)

    async def opened(event: Body, body: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        tab, user = event.get("tab", "home"), event["user"]
        if tab == "home":
            _look_after(front, body, user, partial(_home, front))
        elif tab == "messages":
            _look_after(front, body, user, partial(_prompts, front, event["channel"]))

    app.assistant(_pane())
    app.event("app_mention")(mentioned)
    app.event("message")(written)
    app.event("app_home_opened")(opened)


def _pane() -> "_Pane":
    pane = _Pane()

    async def started(event: Body, body: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        thread = event["assistant_thread"]

        async def job(actor: Actor) -> None:
            await front.fronts.saw(ASSISTANT)
            await _prompts(front, thread["channel_id"], actor, thread_ts=thread["thread_ts"])

        _look_after(front, body, thread["user_id"], job)

    async def written(event: Body, context: AsyncBoltContext) -> None:
        if _by_a_person(event):
            _take(context[FRONT], event, pane=True)

    async def moved() -> None:
        """Ignore what else the reader looks at: the articles are the only subject."""

    pane.thread_started(started)
    pane.user_message(written)
    pane.thread_context_changed(moved)
    return pane


class _Pane(AsyncAssistant):
    """Bolt's assistant, but for edited and deleted messages, which it would swallow."""

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Any,  # noqa: A002
    ) -> BoltResponse | None:
        event = req.body.get("event")
        if isinstance(event, dict) and event.get("subtype") in REVISED:
            await next()
            return None
        return await super().async_process(req=req, resp=resp, next=next)


def _by_a_person(event: Body) -> bool:
    """Tell whether somebody wrote it: neither a bot, nor we, nor Slack itself."""
    return (
        event.get("subtype") in WRITTEN
        and not event.get("bot_id")
        and not event.get("hidden")
        and event.get("user") not in {None, "USLACKBOT"}
    )


def _place(front: Front, event: Body) -> Place:
    """Answer in the thread, or open one under a mention unless replies are the setting."""
    channel, thread = event["channel"], event.get("thread_ts")
    if not thread and channel[0] != "D" and front.settings.answer_in == "thread":
        thread = event["ts"]
    return Place(user=event["user"], channel=channel, thread=thread)


def _look_after(
    front: Front, body: Body, user: str, work: Callable[[Actor], Awaitable[None]]
) -> None:
    """Do what shows no reply; where it fails, the user is told."""
    venue = PlaceVenue(front.post, Place(user))
    front.attendance.attend(front.event(str(body["event_id"]), venue, user), work)


def _take(front: Front, event: Body, *, pane: bool = False) -> None:
    place, text = _place(front, event), plain(event.get("text") or "")
    asked = read_question(text)

    async def actor() -> Actor:
        if place.direct and not place.thread:
            # The assistant view has nowhere to write such a message.
            await front.fronts.saw(AGENT)
        thread = await _conversation(front, place)
        return await front.actor(place.user, place.channel, thread)

    async def work(actor: Actor) -> Reply | None:
        if pane and kind_of(text) is Kind.QUESTION:
            await _status(front, event)
        return await front.desk.hear(
            actor,
            asked.question,
            await _address(front, event),
            article=asked.article,
            private=asked.private,
        )

    message = _message(front, event)
    revision = (event.get("edited") or {}).get("ts")
    name = f"{message}:{revision}" if revision else message
    heard = Event(name, PlaceVenue(front.post, place), actor)
    front.attendance.hear(heard, message, asked.question, work)


async def _address(front: Front, event: Body) -> Address:
    if event["channel"][0] == "D":
        return Address.DIRECT
    me, text = (await front.me()).user, event.get("text") or ""
    if event["type"] == "app_mention" or mentions(text, me):
        return Address.MENTION
    return Address.THREAD if event.get("thread_ts") else Address.OPEN


async def _conversation(front: Front, place: Place) -> str | None:
    """Name the conversation that is written in: a thread, or all of the direct messages."""
    if not place.thread:
        # Beside a mention, the conversation goes on in the thread under its answer.
        return front.channel(place.channel) if place.direct else None
    if place.direct:
        # Any message of ours or the asker's may root a thread, which goes on from there.
        root = front.message(place.channel, place.thread)
        answer = await front.attendance.answer_to(root)
        known = await front.conversation(answer or root)
        if known:
            return known
    return front.thread(place.channel, place.thread)


async def _is_for_us(front: Front, event: Body) -> bool:
    """Tell a direct message, or what follows in a thread we have answered in, from talk."""
    if event["channel"][0] == "D":
        return True
    me, text = (await front.me()).user, event.get("text") or ""
    thread = event.get("thread_ts")
    # A mention also arrives as app_mention, which answers it.
    theirs = mentions(text, me) or addresses_another(text, me)
    if not thread or theirs or not plain(text):
        return False
    ours = event.get("parent_user_id") == me
    return ours or await front.takes_part(event["channel"], thread)


async def _may_be_answered(front: Front, event: Body) -> bool:
    """Tell whether nobody was asked, in a channel where such posts are answered, too."""
    me, text = (await front.me()).user, event.get("text") or ""
    theirs = mentions(text, me) or addresses_another(text, me)
    if event.get("thread_ts") or theirs or not plain(text):
        return False
    return await front.desk.listens(await front.actor(event["user"], event["channel"]))


async def _edited(front: Front, event: Body) -> None:
    message = event.get("message") or {}
    event = {**message, "channel": event["channel"], "subtype": None}
    if _by_a_person(event) and await front.attendance.revised(_message(front, event)):
        _take(front, event)


def _message(front: Front, event: Body) -> str:
    return front.message(event["channel"], event["ts"])


async def _status(front: Front, event: Body) -> None:
    """Show that we are at it; the answer never waits long for this, nor fails with it."""
    call = front.client.assistant_threads_setStatus(
        channel_id=event["channel"],
        thread_ts=event["thread_ts"],
        status=strings.SLACK_PANE_STATUS,
    )
    try:
        await asyncio.wait_for(call, STATUS_WITHIN)
    except CallError as error:
        log.info("the status could not be set (%s)", code_of(error))


async def _prompts(
    front: Front, channel: str, actor: Actor, *, thread_ts: str | None = None
) -> None:
    """Suggest questions that the shelf answers; none where there is none.

    ``thread_ts`` is for the assistant view alone: in the agent view a call with it does nothing,
    and Slack does not say so.
    """
    questions = await front.desk.examples(actor, MOST)
    if not questions:
        return
    try:
        await front.client.assistant_threads_setSuggestedPrompts(
            channel_id=channel,
            thread_ts=thread_ts,
            title=strings.SLACK_PANE_TITLE,
            prompts=[{"title": one, "message": one} for one in questions],
        )
    except CallError as error:
        log.warning("the suggested prompts could not be set (%s)", code_of(error))


async def _home(front: Front, actor: Actor) -> None:
    view = slack_views.home(await front.desk.titles(actor, ""))
    try:
        await front.client.views_publish(user_id=actor.user, view=view)
    except CallError as error:
        log.warning("the App Home could not be shown (%s)", code_of(error))
