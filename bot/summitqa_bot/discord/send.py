"""Calling Discord: try again what may pass, take another way where one is barred."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import aiohttp
import discord

from summitqa_bot.discord import text as discord_text
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

T = TypeVar("T")
Way = Callable[[], Awaitable[discord.Message]]

PAUSES = (0.5, 2.0)  # seconds before the second and the third try
LONGEST_PAUSE = 60.0
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
ALREADY_ACKNOWLEDGED = 40060
MALFORMED = {50006, 50035}  # empty message, invalid form body: no other way would pass either
BROKEN = (aiohttp.ClientError, OSError, asyncio.TimeoutError)
BARRED = (discord.HTTPException, *BROKEN)


async def persist(call: Callable[[], Awaitable[T]]) -> T:
    """Call, again after a pause where Discord is busy, broken or out of reach."""
    for pause in PAUSES:
        try:
            return await call()
        except discord.HTTPException as error:
            if error.status != 429 and error.status < 500:
                raise
            pause = retry_after(error, pause)
        except BROKEN:
            log.info("a call to Discord broke off; trying again")
        await asyncio.sleep(pause)
    return await call()


def retry_after(error: discord.HTTPException, otherwise: float) -> float:
    """Give the seconds Discord asks us to wait, or ``otherwise`` where it does not say."""
    headers: Any = getattr(error.response, "headers", None) or {}
    try:
        return min(LONGEST_PAUSE, float(headers.get("Retry-After", otherwise)))
    except ValueError:
        return otherwise


async def first_way(ways: Iterable[Way]) -> discord.Message | None:
    """Take the first way that is open; with none, log one line and give None."""
    barred: Exception | None = None
    for way in ways:
        try:
            return await persist(way)
        except BARRED as error:
            if getattr(error, "code", None) in MALFORMED:
                raise
            barred = error
    log.warning("a reply could not be delivered by any way: %s", barred)
    return None


def parts(
    reply: Reply,
    *,
    embedded: bool = True,
    users: Sequence[str] = (),
    roles: Sequence[str] = (),
) -> dict[str, Any]:
    """Give a reply as the arguments that discord.py's sending methods take.

    It mentions those ``users`` and ``roles``, by their ids, and nobody else.
    """
    whole = discord_text.message(reply, users, roles)
    payload = whole if embedded else discord_text.text_message(reply)
    mentions = payload["allowed_mentions"]
    given: dict[str, Any] = {
        "content": payload["content"] or None,
        "embeds": [discord.Embed.from_dict(embed) for embed in payload["embeds"]],
        "allowed_mentions": discord.AllowedMentions(
            everyone=False,
            users=_objects(mentions.get("users", ())),
            roles=_objects(mentions.get("roles", ())),
            replied_user=False,
        ),
    }
    if payload["components"]:
        given["view"] = _view(payload["components"])
    if reply.file is not None:
        given["file"] = discord.File(io.BytesIO(reply.file.content), reply.file.name)
    return given


def _objects(ids: Sequence[str]) -> list[discord.Object] | bool:
    """Give those who may be mentioned as the library takes them, which tells none by false."""
    return [discord.Object(int(one)) for one in ids] or False


async def edit(client: discord.Client, message: str, reply: Reply) -> None:
    """Set a message anew, named "channel/id", or "application/token/id" where it is a response."""
    *place, number = message.split("/")
    if len(place) > 1:
        response = discord.Webhook.partial(int(place[0]), place[1], client=client)
        await response.edit_message(int(number), **edit_parts(reply))
    else:
        channel = client.get_partial_messageable(int(place[0]))
        await channel.get_partial_message(int(number)).edit(**edit_parts(reply))


def edit_parts(reply: Reply) -> dict[str, Any]:
    """Give a reply as the arguments of an edit, which also takes away what was there."""
    given = {"view": None, **parts(reply)}
    if "file" in given:
        given["attachments"] = [given.pop("file")]
    return given


def _view(rows: list[discord_text.Payload]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for button in row["components"]:
            view.add_item(
                discord.ui.Button(label=button["label"], custom_id=button["custom_id"], row=number)
            )
    # Presses are handled by their id alone, so that they outlive a restart; a view that is
    # stopped is not kept in memory.
    view.stop()
    return view
