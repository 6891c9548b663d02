"""Buttons and forms. All a press needs is in the press itself, so that it outlives a restart."""

import logging
import re
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from summitqa_bot.desk import ADMIN_ACTIONS
from summitqa_bot.permissions import Actor
from summitqa_bot.slack import views as slack_views
from summitqa_bot.slack.blocks import FORM
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.front import Front
from summitqa_bot.slack.post import Place
from summitqa_bot.slack.text import Asked, read_question

log = logging.getLogger("summitqa_bot.slack")

Body = dict[str, Any]
SHARE = "share"


def register(app: AsyncApp, front: Front) -> None:
    """Listen to every button, form and menu that we show."""

    async def pressed(ack: AsyncAck, body: Body, action: Body) -> None:
        await ack()
        front.start(body["trigger_id"], _place(body), lambda: _press(front, body, action))

    async def filled(ack: AsyncAck, body: Body, view: Body) -> None:
        await ack()
        known = slack_views.unpacked(view)
        place = Place(
            body["user"]["id"], known.get("channel"), known.get("thread"), known.get("url")
        )
        component, line = known.get("component") or "", slack_views.entered(view)
        front.start(_view_id(body), place, lambda: _hand_on(front, body, place, component, line))

    async def asking(ack: AsyncAck, body: Body) -> None:
        await ack()
        place = Place(body["user"]["id"])
        front.start(body["trigger_id"], place, lambda: _open_ask(front, body))

    async def asked(ack: AsyncAck, body: Body, view: Body) -> None:
        await ack()
        front.start(_view_id(body), Place(body["user"]["id"]), lambda: _asked(front, body, view))

    async def articles(ack: AsyncAck, payload: Body) -> None:
        titles = await front.desk.titles(payload.get("value") or "")
        await ack(options=slack_views.options(titles))

    app.action(re.compile(r"^[a-z_]+:"))(pressed)
    app.action(slack_views.OPEN_ASK)(asking)
    app.view(slack_views.FORM)(filled)
    app.view(slack_views.ASK)(asked)
    app.options(slack_views.ARTICLE)(articles)


def _view_id(body: Body) -> str:
    return str(body.get("trigger_id") or body["view"]["id"])


def _place(body: Body) -> Place:
    container, message = body.get("container") or {}, body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    # The first message of a thread names itself; who presses there reads the channel.
    if thread in {message.get("ts"), container.get("message_ts")}:
        thread = None
    return Place(
        user=body["user"]["id"],
        channel=container.get("channel_id") or (body.get("channel") or {}).get("id"),
        thread=thread,
        response_url=body.get("response_url"),
    )


async def _actor(front: Front, body: Body, place: Place) -> Actor:
    team = (body.get("team") or {}).get("id")
    thread = f"{place.channel}:{place.thread}" if place.thread else None
    return await front.actor(
        place.user, team, place.channel, thread or (place.channel if place.direct else None)
    )


async def _press(front: Front, body: Body, action: Body) -> None:
    component, _, question = (action.get("value") or action["action_id"]).partition(FORM)
    place = _place(body)
    if question and await _opened(front, body, question, component, place):
        return
    await _hand_on(front, body, place, component, "")


async def _opened(front: Front, body: Body, question: str, component: str, place: Place) -> bool:
    """Open the form; false where that fails, and the press then goes on without its line."""
    known = {
        "component": component,
        "channel": place.channel,
        "thread": place.thread,
        "url": place.response_url,
    }
    try:
        view = slack_views.form(question, known)
        await front.client.views_open(trigger_id=body["trigger_id"], view=view)
    except CallError as error:
        log.info("the form could not be opened (%s)", code_of(error))
        return False
    return True


async def _hand_on(front: Front, body: Body, place: Place, component: str, line: str) -> None:
    """Give the press to the desk; only a shared answer is ever shown to others."""
    verb = component.partition(":")[0]
    actor = await _actor(front, body, place)
    if verb in ADMIN_ACTIONS:
        # Slack has to be asked who presses.
        actor = await front.vouched(actor)
    reply = await front.desk.press(actor, component, line)
    if verb == SHARE and not reply.private:
        await front.share(actor, place, reply)
    else:
        await front.post.whisper(place, replace(reply, private=True))


async def _open_ask(front: Front, body: Body) -> None:
    await front.client.views_open(trigger_id=body["trigger_id"], view=slack_views.ask_form())


async def _asked(front: Front, body: Body, view: Body) -> None:
    place = Place(body["user"]["id"])
    actor = await _actor(front, body, place)
    typed = read_question(slack_views.entered(view))
    asked = Asked(typed.question, slack_views.chosen(view) or typed.article)
    await front.answer(actor, place, asked)
