"""A stand-in for Discord on 127.0.0.1: its gateway, and what people do there."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web
from discord_files import Uploads, filled
from discord_rest import APP, CHANNEL, GUILD, TOKEN, Json, Request, Rest


class Discord(Rest):
    """Discord as the bot meets it; events are sent by the methods."""

    def __init__(self) -> None:
        super().__init__()
        self.uploads = Uploads()
        self.identified: list[Json] = []
        self.identified_at: list[tuple[float, int]] = []  # when, and which shard
        self.listening: dict[int, set[web.WebSocketResponse]] = {}  # open lines of each shard
        self.resumed: list[Json] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.lines: dict[int, web.WebSocketResponse] = {}  # the latest of each shard
        self.sequence = itertools.count(1)
        self.refusals = 0  # how many connections to the gateway are still refused

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event to the shard of the bot that it belongs to."""
        guild = data["id"] if event in {"GUILD_CREATE", "GUILD_DELETE"} else data.get("guild_id")
        await self._send(self.shard_of(guild) if guild else 0, event, data)

    async def _send(self, shard: int, event: str, data: Json) -> None:
        sent = {"op": 0, "t": event, "s": next(self.sequence), "d": data}
        await self.lines[shard].send_json(sent)

    def shard_of(self, guild: str) -> int:
        return (int(guild) >> 22) % self.shards

    async def say(self, content: str, user: str = "alice", **more: Any) -> Json:
        """Post a message to the channel as somebody."""
        message = self._message(CHANNEL, {"content": content}, self.user(user))
        message["mentions"] = [self.me] if f"<@{APP}>" in content else []
        message["member"] = self.member()
        message.update({"guild_id": GUILD, **more})
        await self.dispatch("MESSAGE_CREATE", message)
        return message

    async def use(
        self, name: str, user: str = "alice", where: Json | None = None, **options: Any
    ) -> Json:
        """Use a slash command, "group command" too; a file is an option of its name and bytes.

        ``where`` as ``elsewhere`` and ``between_people`` give it.
        """
        kinds = {str: 3, bool: 5, tuple: 11}
        root, *path = name.split()
        files = {k: self.upload(*v) for k, v in options.items() if isinstance(v, tuple)}
        given: list[Json] = [
            {"name": k, "type": kinds[type(v)], "value": files[k]["id"] if k in files else v}
            for k, v in options.items()
        ]
        for part in reversed(path):
            given = [{"name": part, "type": 1, "options": given}]
        known = next(one for one in self.commands if one["name"] == root)
        data: Json = {"id": known["id"], "name": root, "type": 1, "options": given}
        if files:
            data["resolved"] = {"attachments": {one["id"]: one for one in files.values()}}
        return await self._interact(2, data, user, where or {})

    def upload(self, name: str, content: bytes) -> Json:
        return self.uploads.keep(str(next(self.ids)), self.url, name, content)

    async def form(self, event: Json) -> Json:
        """Give the form that an interaction has opened."""
        held = self.interactions[event["token"]]
        callback = await self.until(lambda: held.get("callback"))
        assert callback["type"] == 9
        return callback["data"]

    async def submit(self, modal: Json, user: str = "alice", **values: Any) -> Json:
        """Fill in a form and send it; a file is a value of its name and bytes."""
        files = {k: self.upload(*v) for k, v in values.items() if isinstance(v, tuple)}
        return await self._interact(5, filled(modal, values, files), user, {})

    def elsewhere(self, guild: str, user: str = "alice") -> Json:
        """Say that somebody brings the bot to a server that has not installed it."""
        there = {"id": "71", "type": 0, "name": "away", "position": 0, "guild_id": guild}
        return {
            "guild_id": guild,
            "guild": {"id": guild, "features": [], "locale": "en-US"},
            "channel_id": "71",
            "channel": there,
            "authorizing_integration_owners": {"1": self.user(user)["id"]},
        }

    def between_people(self, user: str = "alice") -> Json:
        """Say that somebody brings the bot to messages between people, where it is none of them."""
        return {
            "guild_id": None,
            "member": None,
            "user": self.user(user),
            "channel_id": "72",
            "channel": {"id": "72", "type": 3, "recipients": [], "name": None, "icon": None},
            "authorizing_integration_owners": {"1": self.user(user)["id"]},
            "context": 2,
        }

    def directly(self, user: str = "alice") -> Json:
        """Say that somebody writes to the bot."""
        between = self.between_people(user)
        return between | {
            "channel": between["channel"] | {"type": 1},
            "authorizing_integration_owners": {"0": "0"},
            "context": 1,
        }

    async def press(
        self, custom_id: str, message: Json, user: str = "alice", where: Json | None = None
    ) -> Json:
        """Press a button."""
        data = {"custom_id": custom_id, "component_type": 2}
        return await self._interact(3, data, user, {"message": message, **(where or {})})

    async def _interact(self, kind: int, data: Json, user: str, more: Json) -> Json:
        number = str(next(self.ids))
        event = {
            "id": number,
            "application_id": APP,
            "type": kind,
            "token": f"interaction-secret-{number}",
            "version": 1,
            "data": data,
            "guild_id": GUILD,
            "channel_id": CHANNEL,
            "channel": self.channel(),
            "member": {**self.member(), "user": self.user(user), "permissions": "32"},
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {},
            "context": 0,
            "attachment_size_limit": 1,
            "app_permissions": "0",
            **more,
        }
        event = {key: value for key, value in event.items() if value is not None}
        self.interactions[event["token"]] = {"sent": time.monotonic(), "event": event}
        await self.dispatch("INTERACTION_CREATE", event)
        return event

    async def until(self, true: Any, seconds: float = 10) -> Any:
        """Wait until a condition holds, and give its value."""
        async with asyncio.timeout(seconds):
            while not (value := true()):
                self.changed.clear()
                await self.changed.wait()
            return value

    def sent(self, method: str, path: str) -> list[Request]:
        return [one for one in self.received if one.method == method and re.search(path, one.path)]

    def shown(self, *, ephemeral: bool | None = None) -> list[Json]:
        """Give the bot's messages that are filled, in order."""
        mine = [one for one in self.posts.values() if one["author"]["id"] == APP]
        return [
            one
            for one in mine
            if not one.get("loading") and ephemeral in (None, bool(one["flags"] & 64))
        ]

    # Gateway

    async def gateway(self, request: web.Request) -> web.StreamResponse:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._hear(socket, json.loads(message.data))
        for lines in self.listening.values():
            lines.discard(socket)
        self.changed.set()
        return socket

    async def _hear(self, socket: web.WebSocketResponse, message: Json) -> None:
        if message["op"] == 1:
            await socket.send_json({"op": 11})
        elif message["op"] == 2:
            self.identified.append(message["d"])
            self.identified_at.append((time.monotonic(), message["d"]["shard"][0]))
            await self._welcome(socket, message["d"])
        elif message["op"] == 6:
            self.resumed.append(message["d"])
            shard = int(message["d"]["session_id"].rpartition("-")[2])
            self._connected(socket, shard)
            await self._send(shard, "RESUMED", {})
        self.changed.set()

    def _connected(self, socket: web.WebSocketResponse, shard: int) -> None:
        self.sockets.append(socket)
        self.lines[shard] = socket
        self.listening.setdefault(shard, set()).add(socket)

    async def _welcome(self, socket: web.WebSocketResponse, identity: Json) -> None:
        if identity["token"] != TOKEN:
            await socket.close(code=4004)
            return
        shard, _ = identity["shard"]
        self._connected(socket, shard)
        mine = [one for one in self.guilds if self.shard_of(one["id"]) == shard]
        ready = {
            "v": 10,
            "user": self.me,
            "shard": identity["shard"],
            "guilds": [{"id": one["id"], "unavailable": True} for one in mine],
            "session_id": f"session-{shard}",
            "resume_gateway_url": f"{self.url.replace('http', 'ws')}/gateway",
            "application": {"id": APP, "flags": 0},
        }
        await self._send(shard, "READY", ready)
        for one in mine:
            if not one.get("unavailable"):
                await self._send(shard, "GUILD_CREATE", {**one, "unavailable": False})


@asynccontextmanager
async def serving() -> AsyncIterator[Discord]:
    """Serve on a free port of 127.0.0.1."""
    discord = Discord()
    app = web.Application()
    app.router.add_get("/gateway", discord.gateway)
    app.router.add_get("/gateway/", discord.gateway)
    app.router.add_get("/cdn/{number}/{name}", discord.uploads.serve)
    app.router.add_route("*", "/api/{path:.*}", discord.rest)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    discord.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield discord
    finally:
        for socket in discord.sockets:
            await socket.close()
        await runner.cleanup()
