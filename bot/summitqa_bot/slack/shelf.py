"""Filling and mending a shelf from Slack: /articles, and what a message holds."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.slack.commands import command_event, command_place, shortcut_place
from summitqa_bot.slack.filling import take
from summitqa_bot.slack.front import FRONT, Front
from summitqa_bot.slack.opening import Opener
from summitqa_bot.slack.text import plain
from summitqa_bot.slack.venues import AsideVenue
from summitqa_bot.strings import slack as said
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply

Body = dict[str, Any]
Do = Callable[[Actor], Awaitable[Reply | None]]

# A message that is a link and nothing else, as Slack marks it up.
_LINK = re.compile(r"\s*<(https?://[^<>|\s]+)(?:\|[^<>]*)?>\s*")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def register(app: AsyncApp) -> None:
    """Listen to the command and the shortcut."""

    async def articles(ack: AsyncAck, command: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        venue = AsideVenue(front.post, command_place(command), ack)
        opener = Opener(front, command["trigger_id"], venue.place)
        work = partial(_articles, front, opener, plain(command.get("text") or ""))
        front.attendance.attend(command_event(front, command, venue), work)

    async def add(ack: AsyncAck, shortcut: Body, context: AsyncBoltContext) -> None:
        front: Front = context[FRONT]
        venue = AsideVenue(front.post, shortcut_place(shortcut), ack)
        work = partial(_add_message, front, shortcut.get("message") or {})
        place = venue.place
        event = front.event(shortcut["trigger_id"], venue, place.user, place.channel)
        front.attendance.attend(event, work)

    app.command("/articles")(articles)
    app.shortcut("add_to_shelf")(add)


async def _articles(front: Front, opener: Opener, text: str, actor: Actor) -> Reply | None:
    verb, _, rest = text.strip().partition(" ")
    verb, rest = verb.lower(), rest.strip()
    if verb == "list":
        return await front.desk.articles.listing(actor)
    do = _verbs(front, opener, rest).get(verb)
    if do is None:
        return replies.notice(said.ARTICLES_HELP)
    return await do(await front.vouched(actor))


def _verbs(front: Front, opener: Opener, rest: str) -> dict[str, Do]:
    """Give what there is to be done, by its verb, as far as what is said with it fits."""
    shelf = front.desk.articles
    first, _, more = rest.partition(" ")
    first, more = first.removeprefix("in:"), more.strip()
    done: dict[str, Do] = {}
    if not rest or _ADDRESS.fullmatch(rest):
        done["add"] = partial(_add, front, opener, None, rest)
    if first and (not more or _ADDRESS.fullmatch(more)):
        done["replace"] = partial(_add, front, opener, first, more)
    if first and not more:
        done["show"] = lambda actor: shelf.show(actor, first)
        done["remove"] = lambda actor: shelf.remove(actor, first)
    if first:
        done["rename"] = lambda actor: shelf.rename(actor, first, more)
    if not rest:
        done["history"] = shelf.history
    return done


async def _add(
    front: Front, opener: Opener, instead_of: str | None, page: str, actor: Actor
) -> Reply | None:
    """Put a page on the shelf, or open the form for whatever else there is."""
    add = partial(front.desk.articles.add, actor, instead_of=instead_of)
    if page:
        return await add(Material(url=page))
    return await opener.open(actor, f"add:{instead_of or ''}", lambda: add(Material()))


async def _add_message(front: Front, message: Body, actor: Actor) -> Reply:
    """Put on the shelf what a message holds: its first file, else a link alone, else its text."""
    actor, message = await front.vouched(actor), _source(message)
    files = [str(one["id"]) for one in message.get("files") or () if one.get("id")]
    return await take(front, actor, "add:", {} if files else _said_in(message), files)


def _source(message: Body) -> Body:
    """Give what a message forwards, where it says nothing of its own."""
    shared = (one for one in message.get("attachments") or () if one.get("is_share"))
    own = message.get("text") or message.get("files")
    return message if own else next(shared, message)


def _said_in(message: Body) -> dict[str, str]:
    text = str(message.get("text") or "")
    if link := _LINK.fullmatch(text):
        return {"page": plain(link[1])}
    day = datetime.fromtimestamp(float(message.get("ts") or 0), UTC).date()
    return {"text": plain(text), "date": day.isoformat()}
