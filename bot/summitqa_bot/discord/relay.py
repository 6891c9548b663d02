"""What a replica was sent by the gateway, heard by another as if it had been sent to that one.

Discord never sends anything twice. So each event goes along with what comes of it as it was
received, and whoever has its shard by then puts it through the library's own parser.
"""

import json
from collections.abc import Iterable
from typing import Any

import discord

from summitqa_bot.event import DELIVERED
from summitqa_bot.state.events import Payload

RECEIVED = "socket_raw_receive"
"""The library's event of what the gateway has sent, where its debug events are on."""
_GATEWAY = "gateway"


def received(sent: str) -> None:
    """Have all that comes of what the gateway has sent go along with it."""
    DELIVERED.set({_GATEWAY: sent})


def hearer(
    clients: Iterable[discord.AutoShardedClient], payload: Payload
) -> discord.AutoShardedClient | None:
    """Find the client that has the shard to which an event belongs, and is connected there."""
    guild = json.loads(payload[_GATEWAY])["d"].get("guild_id")
    for client in clients:
        # discord.com/developers/docs/events/gateway#sharding; direct messages go to the first
        number = (int(guild) >> 22) % (client.shard_count or 1) if guild else 0
        shard = client.shards.get(number)
        if client.is_ready() and shard is not None and not shard.is_closed():
            return client
    return None


def hear(client: discord.AutoShardedClient, payload: Payload) -> None:
    """Hear an event anew."""
    DELIVERED.set(payload)
    sent: dict[str, Any] = json.loads(payload[_GATEWAY])
    client._connection.parsers[sent["t"]](sent["d"])
