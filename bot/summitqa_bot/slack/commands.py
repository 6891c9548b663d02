"""The slash commands and the message shortcut: acknowledge, then hand to the desk."""

from dataclasses import replace
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from summitqa.settings import HOUSE
from summitqa_bot.event import Event, Venue
from summitqa_bot.service.permissions import Actor
from summitqa_bot.slack import administer as slack_administer
from summitqa_bot.slack.administer import HOUSE_FLAG
from summitqa_bot.slack.front import FRONT, Front
from summitqa_bot.slack.post import Place
from summitqa_bot.slack.text import plain, read_question
from summitqa_bot.slack.venues import AsideVenue, PlaceVenue, ProgressVenue
from summitqa_bot.wording.reply import Reply

Body = dict[str, Any]


def register(app: AsyncApp) -> None:
    """Listen to every command and shortcut of the manifest."""

    async def ask(ack: AsyncAck, command: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        asked = read_question(command.get("text") or "")
        # "in_channel" shows the command as typed to those who will see its answer.
        shown = partial(ack, {"response_type": "in_channel"})
        venue = PlaceVenue(front.post, command_place(command), ack if asked.private else shown)
        front.attendance.attend(
            command_event(front, command, venue),
            lambda actor: front.desk.ask(
                actor, asked.question, article=asked.article, private=asked.private
            ),
        )

    async def reindex(ack: AsyncAck, command: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        venue = ProgressVenue(front.post, command_place(command), ack)
        words = (command.get("text") or "").lower().split()
        force = not {"force", "--force"}.isdisjoint(words)
        shelf = HOUSE if HOUSE_FLAG in words else None

        async def work(actor: Actor) -> Reply:
            actor = await front.vouched(actor)
            return await front.desk.reindex(actor, venue.progress, force=force, shelf=shelf)

        front.attendance.attend(command_event(front, command, venue), work)

    async def summitqa(ack: AsyncAck, command: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        venue = AsideVenue(front.post, command_place(command), ack)
        text = command.get("text") or ""
        work = partial(_summitqa, front, text)
        front.attendance.attend(command_event(front, command, venue), work)

    async def find(ack: AsyncAck, shortcut: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        place = shortcut_place(shortcut)
        text = plain((shortcut.get("message") or {}).get("text") or "")

        async def work(actor: Actor) -> Reply:
            return replace(await front.desk.find(actor, text), private=True)

        venue = AsideVenue(front.post, place, ack)
        event = front.event(shortcut["trigger_id"], venue, place.user, place.channel)
        front.attendance.attend(event, work)

    app.command("/ask")(ask)
    app.command("/reindex")(reindex)
    app.command("/summitqa")(summitqa)
    app.shortcut("find_in_article")(find)


def command_event(front: Front, command: Body, venue: Venue) -> Event:
    """Tell of a command."""
    place = command_place(command)
    return front.event(
        command["trigger_id"],
        venue,
        place.user,
        place.channel,
        front.channel(place.channel) if place.direct else None,
    )


def command_place(command: Body) -> Place:
    """Give where a command was typed."""
    return Place(
        user=command["user_id"],
        channel=command.get("channel_id"),
        response_url=command.get("response_url"),
    )


async def _summitqa(front: Front, text: str, actor: Actor) -> Reply:
    action = slack_administer.action(front, text)
    if action is None:
        return slack_administer.unknown(text)
    return replace(await action(await front.vouched(actor)), private=True)


def shortcut_place(shortcut: Body) -> Place:
    """Give where the message of a shortcut stands."""
    return Place(
        user=shortcut["user"]["id"],
        channel=(shortcut.get("channel") or {}).get("id"),
        thread=(shortcut.get("message") or {}).get("thread_ts"),
        response_url=shortcut.get("response_url"),
    )
