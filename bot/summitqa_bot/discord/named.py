"""Those whom the desk's replies tell of by their ids, as Discord names them."""

import re
from dataclasses import replace

import discord

from summitqa_bot.wording.reply import Person, Reply

_ID = re.compile(r"\b\d{15,21}\b")


def named(reply: Reply, guild: discord.Guild | None) -> Reply:
    """Put names for the ids of a server's roles and channels.

    Any other is a person's, whom each reader's client names: the bot is not told who is there.
    """
    if guild is None or reply.values:
        return reply
    people: list[Person] = []

    def name(match: re.Match[str]) -> str:
        number = int(match[0])
        role, channel = guild.get_role(number), guild.get_channel_or_thread(number)
        if role is not None or channel is not None:
            return f"@{role.name}" if role is not None else f"#{channel}"
        people.append(Person("discord", match[0]))
        return people[-1].words

    text = _ID.sub(name, reply.text)
    return replace(reply, text=text, values=tuple(people))


def writes_in(guild: discord.Guild | None, channel: str) -> bool:
    """Tell whether the bot may post in a channel of a server, as far as it knows."""
    found = guild.get_channel_or_thread(int(channel)) if guild is not None else None
    if guild is None or found is None:
        return False
    granted = found.permissions_for(guild.me)
    return granted.view_channel and granted.send_messages
