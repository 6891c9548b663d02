"""Forms: opened as Discord's modals, and read when they are sent."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord

from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import Interaction
from summitqa_bot.discord.front import Front
from summitqa_bot.discord.handed import Handed
from summitqa_bot.discord.send import ALREADY_ACKNOWLEDGED, BROKEN
from summitqa_bot.wording.reply import Form

log = logging.getLogger(__name__)

# Discord wants a modal within 3 seconds, as the acknowledgement, which we promise within one; what
# takes longer is gone on with, without it.
FORM_SECONDS = 0.8
_TEXT, _FILE = 4, 19


async def asked_for(
    front: Front, interaction: Interaction, component: str, known: Mapping[str, str] | None = None
) -> bool:
    """Open the desk's form of a command or a button, with what is ``known`` filled in.

    False where there is none for whoever acts, or it cannot be opened in time.
    """
    try:
        async with asyncio.timeout(FORM_SECONDS):
            actor = await front.actor(interaction)
            form = await front.desk.form(actor, component)
    except Exception:
        log.exception("a form could not be opened")
        return False
    if form is None:
        return False
    return await opened(interaction, discord_text.form(_prefilled(form, known or {})))


async def opened(interaction: Interaction, layout: discord_text.Payload) -> bool:
    """Open a form; false where that fails."""
    try:
        await interaction.response.send_modal(_modal(layout))
    except discord.HTTPException as error:
        return error.code == ALREADY_ACKNOWLEDGED
    except BROKEN:
        return False
    except (KeyError, TypeError):
        return True  # opened, though a proxy kept back the body of Discord's answer
    return True


def entered(interaction: Interaction) -> Handed:
    """Give what was filled into a form that was sent."""
    data: dict[str, Any] = dict(interaction.data or {})
    uploads = data.get("resolved", {}).get("attachments", {})
    texts, files = {}, []
    for one in _leaves(data):
        texts[str(one.get("custom_id", ""))] = str(one.get("value") or "")
        if one.get("type") == _FILE:
            files += [uploads[number] for number in one.get("values") or () if number in uploads]
    state = interaction._state
    return Handed(texts, [discord.Attachment(data=one, state=state) for one in files])


def _leaves(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the components that hold values, which Discord nests in rows or labels."""
    inner = [*data.get("components", ()), *([data["component"]] if "component" in data else ())]
    if "value" in data or "values" in data:
        yield data
    for one in inner:
        yield from _leaves(one)


def _prefilled(form: Form, known: Mapping[str, str]) -> Form:
    fields = tuple(replace(one, value=known.get(one.name) or one.value) for one in form.fields)
    return replace(form, fields=fields)


def _modal(layout: discord_text.Payload) -> discord.ui.Modal:
    form = discord.ui.Modal(title=layout["title"], custom_id=layout["custom_id"], timeout=None)
    for label in layout["components"]:
        component = _component(label["component"])
        form.add_item(discord.ui.Label(text=label["label"], component=component))
    form.stop()  # what it sends is heard by its id, even after a restart; no need to keep it
    return form


def _component(entry: discord_text.Payload) -> discord.ui.Item[Any]:
    if entry["type"] == _FILE:
        return discord.ui.FileUpload(custom_id=entry["custom_id"], required=entry["required"])
    return discord.ui.TextInput(
        custom_id=entry["custom_id"],
        style=discord.TextStyle(entry["style"]),
        required=entry["required"],
        max_length=entry["max_length"],
        default=entry.get("value") or None,
    )
