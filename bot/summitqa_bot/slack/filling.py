"""What was filled into a form goes to the desk; a file that was handed in is fetched first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from summitqa.errors import InputError
from summitqa_bot.service.permissions import Actor
from summitqa_bot.slack import files as slack_files
from summitqa_bot.slack import forms as slack_forms
from summitqa_bot.slack.front import FRONT, Front
from summitqa_bot.slack.opening import opened_from
from summitqa_bot.slack.presses import press_event, view_id
from summitqa_bot.slack.venues import AsideVenue
from summitqa_bot.strings import articles
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import File, Filled, Reply

Body = dict[str, Any]


def register(app: AsyncApp) -> None:
    """Listen to the desk's forms."""

    async def filled(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        place, component = opened_from(body, view)

        async def work(actor: Actor) -> Reply:
            given, files = slack_forms.texts(view), slack_forms.files(view)
            return await take(front, await front.vouched(actor), component, given, files)

        event = press_event(front, view_id(body), AsideVenue(front.post, place, ack))
        front.attendance.press(event, component, work)

    app.view(slack_forms.FIELDS)(filled)


async def take(
    front: Front, actor: Actor, component: str, texts: Mapping[str, str], files: Sequence[str]
) -> Reply:
    """Hand on what is handed in, as if it had been filled into the form ``component``.

    The first of the ``files``, by their ids, is fetched, but only for those who may have that form.
    """
    given: tuple[File, ...] = ()
    if files and await front.desk.form(actor, component) is not None:
        most = front.settings.max_source_mb
        try:
            given = (await slack_files.fetched(front.client, files[0], most),)
        except InputError as error:
            return replies.notice(str(error))
    reply = await front.desk.fill(actor, component, Filled(texts, given))
    if given and len(files) > 1:
        first = articles.FIRST_OF_SEVERAL.format(name=given[0].name)
        return replace(reply, text=f"{reply.text}\n{first}")
    return reply
