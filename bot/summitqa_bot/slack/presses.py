"""Buttons and forms. All a press needs is in the press itself, so that it outlives a restart."""

import asyncio
import logging
import re
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from summitqa_bot.event import Event
from summitqa_bot.service.desk import ADMIN_ACTIONS, FORM_ACTIONS
from summitqa_bot.service.permissions import Actor
from summitqa_bot.slack import views as slack_views
from summitqa_bot.slack.blocks import FORM
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.front import FRONT, Front
from summitqa_bot.slack.opening import Opener, metadata, opened_from
from summitqa_bot.slack.post import Place
from summitqa_bot.slack.text import read_question
from summitqa_bot.slack.venues import AsideVenue, PlaceVenue
from summitqa_bot.wording.reply import Reply

log = logging.getLogger("summitqa_bot.slack")

Body = dict[str, Any]

# Of the second within which everything is acknowledged, this being the acknowledgement itself.
TITLES_SECONDS = 0.8


def register(app: AsyncApp) -> None:
    """Listen to every button, form and menu that we show."""

    async def pressed(ack: AsyncAck, body: Body, action: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        component, _, question = (action.get("value") or action["action_id"]).partition(FORM)
        venue = AsideVenue(front.post, _place(body), ack)

        work = partial(_pressed, front, body, component, question, venue.place)
        event = press_event(front, body["trigger_id"], venue)
        front.attendance.press(event, component, work)

    async def filled(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        place, component = opened_from(body, view)
        line = slack_views.entered(view)
        event = press_event(front, view_id(body), AsideVenue(front.post, place, ack))
        front.attendance.press(
            event, component, lambda actor: _press(front, actor, component, line)
        )

    async def asking(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]

        async def work(_: Actor) -> None:
            view = slack_views.ask_form()
            await front.client.views_open(trigger_id=body["trigger_id"], view=view)

        venue = PlaceVenue(front.post, Place(body["user"]["id"]), ack)
        front.attendance.attend(press_event(front, body["trigger_id"], venue), work)

    async def asked(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]

        async def work(actor: Actor) -> Reply:
            typed = read_question(slack_views.entered(view))
            article = slack_views.chosen(view) or typed.article
            return await front.desk.ask(actor, typed.question, article=article)

        venue = PlaceVenue(front.post, Place(body["user"]["id"]), ack)
        front.attendance.attend(press_event(front, view_id(body), venue), work)

    async def articles(ack: AsyncAck, body: Body, payload: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        titles = await _titles(front, body["user"]["id"], payload.get("value") or "")
        await ack(options=slack_views.options(titles))

    app.action(re.compile(r"^[a-z_]+:"))(pressed)
    app.action(slack_views.OPEN_ASK)(asking)
    app.view(slack_views.FORM)(filled)
    app.view(slack_views.ASK)(asked)
    app.options(slack_views.ARTICLE)(articles)


async def _titles(front: Front, user: str, typed: str) -> tuple[tuple[str, str], ...]:
    """Give the articles to choose from; none where they take too long or fail."""
    try:
        async with asyncio.timeout(TITLES_SECONDS):
            return await front.desk.titles(await front.actor(user, None), typed)
    except Exception:
        log.exception("no articles could be offered")
        return ()


def view_id(body: Body) -> str:
    """Name the sending of a view."""
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


def press_event(front: Front, name: str, venue: PlaceVenue) -> Event:
    """Tell of a press, or of a form that one opened."""
    place = venue.place
    thread = front.channel(place.channel) if place.direct else None
    if place.thread:
        thread = front.thread(place.channel, place.thread)
    return front.event(name, venue, place.user, place.channel, thread)


async def _pressed(
    front: Front, body: Body, component: str, question: str, place: Place, actor: Actor
) -> Reply | None:
    """Open what a button asks to be filled in; where there is nothing of that, do what it says."""
    if component.partition(":")[0] in FORM_ACTIONS:
        actor = await front.vouched(actor)
        opener = Opener(front, body["trigger_id"], place)
        return await opener.open(actor, component, lambda: front.desk.press(actor, component))
    if question and await _opened(front, body, question, component, place):
        return None
    return await _press(front, actor, component, "")


async def _opened(front: Front, body: Body, question: str, component: str, place: Place) -> bool:
    """Open the form; false where that fails, and the press then goes on without its line."""
    try:
        view = slack_views.form(question, {"component": component, **metadata(place)})
        await front.client.views_open(trigger_id=body["trigger_id"], view=view)
    except CallError as error:
        log.info("the form could not be opened (%s)", code_of(error))
        return False
    return True


async def _press(front: Front, actor: Actor, component: str, line: str) -> Reply:
    if component.partition(":")[0] in ADMIN_ACTIONS:
        # Slack has to be asked who presses.
        actor = await front.vouched(actor)
    return await front.desk.press(actor, component, line)
