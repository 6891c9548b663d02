"""What was filled into a form goes to the desk; a file that was handed in is fetched first."""

from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from summitqa.errors import InputError
from summitqa_bot import replies
from summitqa_bot.material import Material
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Filled, Reply
from summitqa_bot.slack import files as slack_files
from summitqa_bot.slack import forms as slack_forms
from summitqa_bot.slack.front import FRONT, Front
from summitqa_bot.slack.opening import opened_from
from summitqa_bot.slack.presses import press_event, view_id
from summitqa_bot.slack.venues import AsideVenue

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Handed:
    """What a file came to: what is to be put, or the sentence that says why nothing is."""

    material: Material
    refusal: Reply | None = None


def register(app: AsyncApp) -> None:
    """Listen to the desk's forms."""

    async def filled(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        place, component = opened_from(body, view)

        async def work(actor: Actor) -> Reply:
            return await _fill(front, await front.vouched(actor), component, view)

        event = press_event(front, view_id(body), AsideVenue(front.post, place, ack))
        front.attendance.press(event, component, work)

    app.view(slack_forms.FIELDS)(filled)


async def handed_in(front: Front, actor: Actor, file: str) -> Handed:
    """Fetch a file for somebody who may put it on the shelf; nobody else has anything fetched."""
    if await front.desk.form(actor, "add:") is None:
        return Handed(Material())
    try:
        fetched = await slack_files.fetched(front.client, file, front.settings.max_source_mb)
    except InputError as error:
        return Handed(Material(), replies.notice(str(error)))
    return Handed(Material(file=fetched))


async def _fill(front: Front, actor: Actor, component: str, view: Body) -> Reply:
    filled = Filled(slack_forms.texts(view))
    for file in slack_forms.files(view)[:1]:
        handed = await handed_in(front, actor, file)
        if handed.refusal is not None:
            return handed.refusal
        given = handed.material.file
        filled = replace(filled, files=(given,) if given else ())
    return await front.desk.fill(actor, component, filled)
