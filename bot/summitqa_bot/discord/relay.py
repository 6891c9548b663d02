"""What a replica was sent by the gateway, heard by another as if it had been sent to that one.

Discord never sends anything twice. So each event goes along with what comes of it as it was
received, and whoever has its shard by then puts it through the library's own parser.
"""

import json
from collections.abc import Iterable
from typing import Any

import discord

from summitqa_bot.event import DELIVERED
from summitqa_bot.state.events import Parts, Payload

RECEIVED = "socket_raw_receive"
"""The library's event of what the gateway has sent, where its debug events are on."""
_GATEWAY = "gateway"


def received(sent: str) -> None:
    """Have all that comes of what the gateway has sent go along with it."""
    DELIVERED.set({_GATEWAY: sent})


def part_of(payload: Payload) -> int:
    """Give the number by which Discord finds an event's shard, of however many there are."""
    guild = json.loads(payload[_GATEWAY])["d"].get("guild_id")
    # discord.com/developers/docs/events/gateway#sharding; direct messages go to the first
    return int(guild) >> 22 if guild else 0


def heard(clients: Iterable[discord.AutoShardedClient]) -> Parts:
    """Give the shards that these clients have and are connected to."""
    found: dict[int, list[int]] = {}
    for client in clients:
        found.setdefault(client.shard_count or 1, []).extend(_open(client))
    return found


def hearer(
    clients: Iterable[discord.AutoShardedClient], payload: Payload
) -> discord.AutoShardedClient | None:
    """Find the client that has the shard to which an event belongs, and is connected there."""
    part = part_of(payload)
    ours = (one for one in clients if part % (one.shard_count or 1) in _open(one))
    return next(ours, None)


def _open(client: discord.AutoShardedClient) -> list[int]:
    if not client.is_ready():
        return []
    return [number for number, shard in client.shards.items() if not shard.is_closed()]


def hear(client: discord.AutoShardedClient, payload: Payload) -> None:
    """Hear an event anew."""
    DELIVERED.set(payload)
    sent: dict[str, Any] = json.loads(payload[_GATEWAY])
    client._connection.parsers[sent["t"]](sent["d"])
