"""What is handed in on Discord to be put on a shelf: attachments, and people's messages."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import discord

from summitqa.errors import InputError
from summitqa_bot.discord.plain import plain
from summitqa_bot.discord.send import BARRED, persist
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.strings import articles as said
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import File, Filled, Reply

MB = 1_000_000
FETCH_SECONDS = 60.0
# Discord lets people set a link in angle brackets, to have no preview of it.
_LINK = re.compile(r"<?(https?://[^\s<>]+)>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Handed:
    """Texts, by the names of a form's fields, and attachments that are not fetched yet."""

    texts: Mapping[str, str]
    attachments: Sequence[discord.Attachment] = ()

    @classmethod
    def message(cls, message: discord.Message, me: int) -> "Handed":
        """Take somebody's message: its first file, else the page that it links to, else its words.

        ``me``: the bot's own id, mentions of which are left out.
        """
        source = _forwarded(message)
        if source.attachments:
            return cls({}, source.attachments)
        content = source.content.strip()
        link = _LINK.fullmatch(content)
        if link:
            return cls({"page": link[1]})
        words = plain(content, message.guild, me, message.mentions)
        return cls({"text": words, "date": message.created_at.date().isoformat()})


async def take(desk: Desk, actor: Actor, component: str, handed: Handed, most_mb: int) -> Reply:
    """Hand on what is handed in, as if it had been filled into the form ``component``.

    A file is fetched only for those who may have that form, and up to ``most_mb`` megabytes.
    """
    files: tuple[File, ...] = ()
    if handed.attachments and await desk.form(actor, component) is not None:
        try:
            files = (await fetched(handed.attachments[0], most_mb),)
        except InputError as error:
            return replies.notice(str(error))
    reply = await desk.fill(actor, component, Filled(handed.texts, files))
    if files and len(handed.attachments) > 1:
        first = said.FIRST_OF_SEVERAL.format(name=files[0].name)
        return replace(reply, text=f"{reply.text}\n{first}")
    return reply


async def fetched(attachment: discord.Attachment, most_mb: int) -> File:
    """Fetch an attachment; InputError where it is too large or Discord does not give it."""
    name = attachment.filename[:80]
    if attachment.size > most_mb * MB:
        megabytes = f"{attachment.size / MB:.1f}"
        raise InputError(said.FILE_TOO_LARGE.format(name=name, megabytes=megabytes, most=most_mb))
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            content = await persist(attachment.read)
    except BARRED:
        raise InputError(said.FILE_NOT_FETCHED.format(name=name)) from None
    return File(attachment.filename, content)


def _forwarded(message: discord.Message) -> discord.Message | discord.MessageSnapshot:
    """Give what a message forwards, where it says nothing of its own."""
    if not message.content and not message.attachments and message.message_snapshots:
        return message.message_snapshots[0]
    return message
