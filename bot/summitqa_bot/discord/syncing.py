"""Registering the commands with Discord, once by however many replicas start."""

import asyncio
import hashlib
import json
from typing import Any

from discord import app_commands

from summitqa_bot.discord.division import PREFIX
from summitqa_bot.discord.send import persist
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.state import noted

NOTED = "discord commands"
"""Under this the digest of those that were registered last is noted."""
_LEASE = f"{PREFIX}commands"
_SECONDS, _AGAIN_SECONDS = 30.0, 0.5


async def sync_once(tree: app_commands.CommandTree[Any], settings: Settings, desk: Desk) -> None:
    """Register the commands unless a replica has registered the very same.

    Raises what ``CommandTree.sync`` does.
    """
    digest = _digest(tree)
    while not await asyncio.to_thread(desk.leases.take, _LEASE, _SECONDS):  # noqa: ASYNC110
        await asyncio.sleep(_AGAIN_SECONDS)
    try:
        known = await asyncio.to_thread(noted, settings.home, settings.database_url, NOTED)
        if known != digest or not await _are_there(tree):
            await persist(tree.sync)
            await desk.note(NOTED, digest)
    finally:
        await asyncio.to_thread(desk.leases.free, _LEASE)


def _digest(tree: app_commands.CommandTree[Any]) -> str:
    told = [command.to_dict(tree) for command in tree.get_commands()]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


async def _are_there(tree: app_commands.CommandTree[Any]) -> bool:
    """Tell whether Discord has them still: it may have been told of others since."""
    registered = {command.name for command in await persist(tree.fetch_commands)}
    return registered == {command.name for command in tree.get_commands()}
