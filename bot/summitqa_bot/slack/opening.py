"""Opening the desk's forms as modals; Slack gives 3 seconds for that."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from summitqa_bot.service.permissions import Actor
from summitqa_bot.slack import forms as slack_forms
from summitqa_bot.slack import views as slack_views
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.files import scopes_lacked
from summitqa_bot.slack.front import Front
from summitqa_bot.slack.post import Place
from summitqa_bot.strings import slack as said
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply

log = logging.getLogger("summitqa_bot.slack")


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens one form: the trigger of whatever somebody did, and where they did it."""

    front: Front
    trigger: str
    place: Place

    async def open(
        self, actor: Actor, component: str, otherwise: Callable[[], Awaitable[Reply]]
    ) -> Reply | None:
        """Open the form of a component; where it has none, give what ``otherwise`` gives.

        None once it is open. Where it cannot be opened, a sentence says why.
        """
        form = await self.front.desk.form(actor, component)
        if form is None:
            return await otherwise()
        try:
            view = slack_forms.view(form, metadata(self.place))
            await self.front.client.views_open(trigger_id=self.trigger, view=view)
        except CallError as error:
            log.info("a form could not be opened (%s)", code_of(error))
            failed = said.FORM_FAILED.format(reason=code_of(error))
            takes_file = any(field.kind == "file" for field in form.fields)
            note = said.FORM_TAKES_FILE if takes_file else ""
            return replies.notice(scopes_lacked(error, "files:read") or failed, note)
        return None


def metadata(place: Place) -> dict[str, str | None]:
    """Give what a form has to bring back, so that its outcome is shown where it was opened."""
    return {"channel": place.channel, "thread": place.thread, "url": place.response_url}


def opened_from(body: dict[str, Any], view: dict[str, Any]) -> tuple[Place, str]:
    """Give where a form was opened, and the component that it was opened for."""
    known = slack_views.unpacked(view)
    place = Place(body["user"]["id"], known.get("channel"), known.get("thread"), known.get("url"))
    return place, known.get("component") or ""
