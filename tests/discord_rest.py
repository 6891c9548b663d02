"""What a stand-in for Discord holds, and its REST API: as much of it as the bot uses."""

import asyncio
import itertools
import re
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from discord_files import as_error, as_json, body_of

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.loopback.not-a-real-token-at-all"
APP = "1000000000000000001"
GUILD = "1000000000000000002"
CHANNEL = "1000000000000000003"
Json = dict[str, Any]


@dataclass
class Fault:
    """One answer of another kind: a status with a body, or a connection that drops."""

    method: str
    path: str
    status: int = 0
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    drop: str = ""  # "before" or "after" the work is done


@dataclass
class Request:
    method: str
    path: str
    body: Json
    time: float


class Rest:
    """One application in one server with one text channel.

    ``received`` holds every request with its time; ``faults`` are answers given instead of
    the real ones; ``posts`` are the messages that exist, by id.
    """

    def __init__(self) -> None:
        self.ids = itertools.count(2000000000000000000)
        self.received: list[Request] = []
        self.faults: list[Fault] = []
        self.posts: dict[str, Json] = {}
        self.interactions: dict[str, Json] = {}
        self.guilds = [self.guild()]
        self.commands: list[Json] = []
        self.url = ""
        self.shards = 1
        self.concurrency = 1  # how many shards may identify at a time
        self.flags = 0  # of the application
        self.members: set[tuple[str, str]] = set()  # (guild, user): whom Discord vouches for
        self.changed = asyncio.Event()

    def user(self, name: str, *, bot: bool = False) -> Json:
        return {
            "id": str(3000000000000000000 + sum(map(ord, name)) * 1000 + len(name)),
            "username": name,
            "discriminator": "0",
            "avatar": None,
            "bot": bot,
        }

    @property
    def me(self) -> Json:
        return {**self.user("summitqa", bot=True), "id": APP}

    def channel(self) -> Json:
        return {"id": CHANNEL, "type": 0, "name": "general", "position": 0, "guild_id": GUILD}

    def member(self) -> Json:
        since = "2025-01-01T00:00:00+00:00"
        return {"roles": [], "joined_at": since, "deaf": False, "mute": False, "flags": 0}

    def guild(self, number: str = GUILD, name: str = "Home") -> Json:
        everyone = {"id": number, "name": "@everyone", "permissions": "0", "position": 0}
        everyone.update({"color": 0, "hoist": False, "managed": False, "mentionable": False})
        return {
            "id": number,
            "name": name,
            "owner_id": "1",
            "roles": [everyone],
            "emojis": [],
            "features": [],
            "channels": [self.channel()] if number == GUILD else [],
            "members": [{**self.member(), "user": self.me}],
            "threads": [],
            "member_count": 2,
        }

    def _message(self, channel: str, body: Json, author: Json, **more: Any) -> Json:
        message = {
            "id": str(next(self.ids)),
            "channel_id": channel,
            "author": author,
            "timestamp": "2025-08-16T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
            **{key: value for key, value in body.items() if value is not None},
            "content": body.get("content") or "",
            **more,
        }
        self.posts[message["id"]] = message
        return message

    async def rest(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        path = request.path.removeprefix("/api")
        self.received.append(Request(request.method, path, body, time.monotonic()))
        fault = self._fault(request.method, path)
        if fault and fault.drop != "after":
            answer = self._faulty(request, fault)
        else:
            answer = self._route(request, path, body)
            if fault:
                answer = self._faulty(request, fault)
        self.changed.set()
        return answer

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and re.search(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _faulty(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.drop:
            assert request.transport is not None
            request.transport.abort()
        return as_json(fault.body, status=fault.status or 500, headers=fault.headers)

    def _route(self, request: web.Request, path: str, body: Json) -> web.StreamResponse:
        by_token = "/webhooks/" in path or "/interactions/" in path
        if not by_token and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return as_error(401, 0, "401: Unauthorized")
        for method, pattern, act in self._routes:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                answer = act(self, body, *match.groups())
                if isinstance(answer, web.Response):
                    return answer
                return as_json(answer)
        return as_json({"code": 0, "message": f"404: {path}"}, status=404)

    def _application(self, body: Json) -> Json:
        named = {"id": APP, "name": "SummitQA", "description": "", "icon": None}
        public = {"bot_public": True, "bot_require_code_grant": False, "verify_key": ""}
        return {**named, **public, "flags": self.flags, "owner": self.user("owner")}

    def _whoami(self, body: Json) -> Json:
        return self.me

    def _gateway(self, body: Json) -> Json:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0}
        limit["max_concurrency"] = self.concurrency
        url = f"{self.url.replace('http', 'ws')}/gateway"
        return {"url": url, "shards": self.shards, "session_start_limit": limit}

    def _member_of(self, body: Json, guild: str, user: str) -> Any:
        if (guild, user) not in self.members:
            return as_error(404, 10007, "Unknown Member")
        return {**self.member(), "user": {**self.user("somebody"), "id": user}}

    def _guild_of(self, body: Json, number: str) -> Any:
        found = [one for one in self.guilds if one["id"] == number]
        return found[0] if found else as_error(404, 10004, "Unknown Guild")

    def _channel_of(self, body: Json, number: str) -> Any:
        for guild in self.guilds:
            for one in guild["channels"]:
                if one["id"] == number:
                    return {**one, "guild_id": guild["id"]}
        return as_error(404, 10003, "Unknown Channel")

    def _register(self, body: Any, app: str) -> Any:
        base = {"application_id": APP, "version": "1", "default_member_permissions": None}
        self.commands = [
            {"description": "", "type": 1, **base, **one, "id": str(next(self.ids))} for one in body
        ]
        return self.commands

    def _registered(self, body: Json, app: str) -> Any:
        return self.commands

    def _acknowledge(self, body: Json, number: str, token: str) -> Any:
        held = self.interactions.get(token)
        if held is None:
            return as_error(404, 10062, "Unknown interaction")
        if "acked" in held:
            return as_error(400, 40060, "Interaction has already been acknowledged.")
        held["acked"] = time.monotonic()
        flags = (body.get("data") or {}).get("flags", 0)
        answer: Json = {"interaction": {"id": number, "type": held["event"]["type"]}}
        if body["type"] == 5:
            message = self._message(CHANNEL, {"flags": flags}, self.me, loading=True)
            message["interaction_metadata"] = {
                "id": number,
                "type": 2,
                "user": held["event"].get("user") or held["event"]["member"]["user"],
                "authorizing_integration_owners": {},
            }
            held["original"] = message["id"]
        held["callback"] = body
        return answer

    def _fill(self, body: Json, app: str, token: str) -> Any:
        message = self.posts.get(self.interactions.get(token, {}).get("original", ""))
        if message is None:
            return as_error(404, 10015, "Unknown Webhook")
        message.update({key: value or type(message[key])() for key, value in body.items()})
        message.pop("loading", None)
        return message

    def _follow_up(self, body: Json, app: str, token: str) -> Any:
        if "acked" not in self.interactions.get(token, {}):
            return as_error(404, 10015, "Unknown Webhook")
        return self._message(CHANNEL, {**body, "flags": body.get("flags", 0)}, self.me)

    def _unfill(self, body: Json, app: str, token: str) -> Any:
        self.posts.pop(self.interactions[token].pop("original"), None)
        return web.Response(status=204)

    def _post(self, body: Json, channel: str) -> Any:
        nonce = body.get("nonce")
        if nonce and body.get("enforce_nonce"):
            for one in self.posts.values():
                if one.get("nonce") == nonce:
                    return one
        return self._message(channel, body, self.me)

    def _edit(self, body: Json, channel: str, number: str) -> Any:
        if number not in self.posts:
            return as_error(404, 10008, "Unknown Message")
        self.posts[number].update(body)
        return self.posts[number]

    def _branch(self, body: Json, channel: str, number: str) -> Json:
        return {
            "id": number,
            "type": 11,
            "name": body["name"],
            "guild_id": GUILD,
            "parent_id": channel,
            "owner_id": APP,
            "message_count": 0,
            "member_count": 1,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": "2025-08-16T00:00:00+00:00",
            },
        }

    def _open_direct(self, body: Json) -> Json:
        channel = f"9{body['recipient_id']}"[:19]
        return {"id": channel, "type": 1, "recipients": [self.user("alice")]}

    def _nothing(self, body: Json, *_: str) -> web.Response:
        return web.Response(status=204)

    _routes = (
        ("GET", "/users/@me", _whoami),
        ("GET", "/gateway/bot", _gateway),
        ("GET", r"/guilds/(\d+)", _guild_of),
        ("GET", r"/guilds/(\d+)/members/(\d+)", _member_of),
        ("GET", r"/channels/(\d+)", _channel_of),
        ("GET", "/oauth2/applications/@me", _application),
        ("POST", "/users/@me/channels", _open_direct),
        ("PUT", r"/applications/(\d+)/commands", _register),
        ("GET", r"/applications/(\d+)/commands", _registered),
        ("POST", r"/interactions/(\d+)/([^/]+)/callback", _acknowledge),
        ("PATCH", r"/webhooks/(\d+)/([^/]+)/messages/@original", _fill),
        ("DELETE", r"/webhooks/(\d+)/([^/]+)/messages/@original", _unfill),
        ("POST", r"/webhooks/(\d+)/([^/]+)", _follow_up),
        ("POST", r"/channels/(\d+)/messages", _post),
        ("PATCH", r"/channels/(\d+)/messages/(\d+)", _edit),
        ("POST", r"/channels/(\d+)/messages/(\d+)/threads", _branch),
        ("POST", r"/channels/(\d+)/typing", _nothing),
    )
