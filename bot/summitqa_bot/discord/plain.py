"""What people type on Discord, as they see it: names in place of ids."""

import re
from collections.abc import Iterable

import discord

_MARKUP = re.compile(r"<(?:(@&?!?|#)(\d+)|a?:(\w+):\d+)>")


def plain(
    text: str,
    guild: discord.Guild | None,
    me: int,
    mentioned: Iterable[discord.abc.User] = (),
) -> str:
    """Put names for the ids of people, roles, channels and emoji; a mention of us goes."""
    people = {one.id: one.display_name for one in mentioned}

    def name(match: re.Match[str]) -> str:
        kind, number, emoji = match.groups()
        if emoji:
            return f":{emoji}:"
        if int(number) == me:
            return ""
        return _name(kind, int(number), guild, people)

    return _MARKUP.sub(name, text).strip()


def _name(kind: str, number: int, guild: discord.Guild | None, people: dict[int, str]) -> str:
    if kind == "#":
        channel = guild.get_channel_or_thread(number) if guild else None
        return f"#{channel.name}" if channel else ""
    if kind == "@&":
        role = guild.get_role(number) if guild else None
        return f"@{role.name}" if role else ""
    member = guild.get_member(number) if guild else None
    known = people.get(number) or (member.display_name if member else "")
    return f"@{known}" if known else ""
