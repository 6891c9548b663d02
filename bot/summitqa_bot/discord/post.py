"""Posting what nobody asked for at that moment: what is handed to people, and reports."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from typing import Any

import discord

from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.naming import server_of
from summitqa_bot.discord.send import Way, first_way, parts
from summitqa_bot.discord.servers import Channel, Servers
from summitqa_bot.discord.venues import begin_thread
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

LOGGED_IN_SECONDS = 60.0
_PAUSE = 0.5


async def post(
    client: discord.Client,
    servers: Servers,
    community: str,
    place: str,
    reply: Reply,
    people: Sequence[str],
) -> str | None:
    """Post in a channel of a community, or in the thread under a message, named "channel/id".

    ``people``, ids of people and roles, are mentioned, and nobody else. Gives the message's id;
    ``None`` where it could not be posted.
    """
    channel, _, below = place.partition("/")
    named = channel.isdecimal() and (not below or below.isdecimal())
    found = await servers.channel(int(channel)) if named and await _logged_in(client) else None
    if found is None or not _is_theirs(community, found):
        log.warning("a message could not be posted: there is no such place of that community")
        return None
    users, roles = await _told_apart(servers, community, people)
    nonce = secrets.randbits(63)
    there = client.get_partial_messageable(int(channel))

    async def send(
        to: discord.abc.Messageable, *, embedded: bool = True, **more: Any
    ) -> discord.Message:
        shown = parts(reply, embedded=embedded, users=users, roles=roles)
        return await to.send(**shown, nonce=nonce, **more)

    async def below_it(*, embedded: bool = True) -> discord.Message:
        reference = discord.MessageReference(
            message_id=int(below), channel_id=int(channel), fail_if_not_exists=False
        )
        return await send(there, embedded=embedded, reference=reference)

    ways: list[Way] = [lambda: send(there), lambda: send(there, embedded=False)]
    if below:
        ways = [below_it, lambda: below_it(embedded=False)]
    if below and isinstance(found, discord.TextChannel):
        message = found.get_partial_message(int(below))

        async def in_thread() -> discord.Message:
            name = discord_text.thread_name(reply.text)
            return await send(await begin_thread(client, message, name))

        ways.insert(0, in_thread)
    try:
        sent = await first_way(ways)
    except discord.HTTPException:
        log.exception("a message could not be posted")
        return None
    return None if sent is None else f"{sent.channel.id}/{sent.id}"


async def _logged_in(client: discord.Client) -> bool:
    """Wait until Discord knows us, for what is to be posted may be older than we."""
    try:
        async with asyncio.timeout(LOGGED_IN_SECONDS):
            while client.user is None:  # noqa: ASYNC110 - it may not have begun to log in yet
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        return False
    return True


def _is_theirs(community: str, channel: Channel) -> bool:
    """Tell whether a channel is in a community's server, or direct messages where it has none."""
    server = server_of(community)
    if isinstance(channel, discord.abc.PrivateChannel):
        return server is None
    return channel.guild.id == server


async def _told_apart(
    servers: Servers, community: str, ids: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Tell the ids of people from those of roles."""
    server = server_of(community)
    guild = await servers.get(server) if server is not None and ids else None
    known = {str(role.id) for role in guild.roles} if guild is not None else set()
    numbers = [one for one in ids if one.isdecimal()]
    return [one for one in numbers if one not in known], [one for one in numbers if one in known]
