"""A stand-in for Slack on loopback.

It speaks what the bot uses of the Web API, Socket Mode and response URLs, keeps every call,
and fails as told.
"""

import asyncio
import contextlib
import itertools
import json
import time
from collections import defaultdict

from aiohttp import WSMsgType, web

from tests.slack_files import SlackFiles

BOT, TEAM, ADMIN, USER = "UBOT00001", "T00000001", "UADMIN001", "UUSER0001"
SECRET, BOT_TOKEN, APP_TOKEN = "s3cr3t-signing", "xoxb-1-very-secret", "xapp-1-very-secret"


class SlackServer:
    """Everything Slack does for the bot, on 127.0.0.1."""

    def __init__(self):
        self.calls, self.responses, self.acks = [], [], {}
        self.script = defaultdict(list)
        self.deleted, self.sockets, self.connections = set(), [], 0
        self.users = {
            ADMIN: {"is_admin": True},
            USER: {},
            "UGUEST001": {"is_admin": True, "is_restricted": True},
            "USTRANGE1": {"is_admin": True, "team_id": "TOTHER001"},
        }
        self.scopes = None
        self.pace, self.messages, self._last = 0.0, [], {}
        self.lost = defaultdict(int)
        self.files = SlackFiles(self)
        self._numbers = itertools.count(1)
        self._changed = asyncio.Condition()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{name}", self._response)
        app.router.add_get("/link", self._link)
        self.files.add_routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        for socket in list(self.sockets):
            await socket.close()
        await self._runner.cleanup()

    @property
    def api(self):
        return f"http://127.0.0.1:{self.port}/api/"

    def response_url(self, name="r"):
        return f"http://127.0.0.1:{self.port}/response/{name}"

    def fail(self, method, error=None, *, status=200, headers=None, times=1):
        """Let the next calls of a method fail, with Slack's error or with a status."""
        body = {"ok": False, "error": error} if error else None
        self.script[method] += [(status, body, headers or {})] * times

    def lose(self, method, times=1):
        """Let the next calls of a method do their work, but their replies never come."""
        self.lost[method] += times

    def sent(self, *methods):
        return [args for method, args in self.calls if not methods or method in methods]

    async def until(self, done, within=10.0):
        """Wait until ``done()`` holds, looking whenever something has arrived."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(done)

    async def _note(self):
        async with self._changed:
            self._changed.notify_all()

    async def _api(self, request):
        method = request.match_info["method"]
        args = await _arguments(request)
        if self.script[method]:
            status, body, headers = self.script[method].pop(0)
            self.calls.append((f"{method}!", args))
            await self._note()
            if status == 0:
                request.transport.close()
                return web.Response()
            if body is None:
                return web.Response(status=status, text="upstream trouble", headers=headers)
            return web.json_response(body, status=status, headers=headers)
        if method == "chat.postMessage" and self._too_fast(args["channel"]):
            self.calls.append((f"{method}!", args))
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers={"Retry-After": "1"})
        self.calls.append((method, args))
        body = self._reply(method, args)
        await self._note()
        if self.lost[method]:
            self.lost[method] -= 1
            request.transport.close()
            return web.Response()
        headers = {"x-oauth-scopes": self.scopes} if self.scopes and method == "auth.test" else {}
        return web.json_response(body, headers=headers)

    def _reply(self, method, args):
        if method == "auth.test":
            return {"ok": True, "team_id": TEAM, "user_id": BOT, "bot_id": "B1"}
        if method == "apps.connections.open":
            return {
                "ok": True,
                "url": f"ws://127.0.0.1:{self.port}/link?ticket=abc{next(self._numbers)}",
            }
        if method == "users.info":
            user = self.users.get(args["user"])
            if user is None:
                return {"ok": False, "error": "user_not_found"}
            return {"ok": True, "user": {"id": args["user"], "team_id": TEAM} | user}
        if method.startswith("files."):
            return self.files.reply(method, args)
        if method == "chat.update" and args["ts"] in self.deleted:
            return {"ok": False, "error": "message_not_found"}
        if method == "chat.postMessage":
            channel = args["channel"] if args["channel"][0] in "CDG" else f"D{args['channel'][1:]}"
            ts = f"{int(time.time())}.{next(self._numbers):06d}"
            self.messages.append({**args, "channel": channel, "ts": ts})
            return {"ok": True, "channel": channel, "ts": ts}
        if method in {"conversations.history", "conversations.replies"}:
            return {"ok": True, "messages": self._read(args)}
        return {"ok": True, "message_ts": "1700000000.999999"}

    def _too_fast(self, channel):
        now, last = time.monotonic(), self._last.get(channel, -1e9)
        if now - last < self.pace:
            return True
        self._last[channel] = now
        return False

    def _read(self, args):
        return [
            {key: one[key] for key in ("ts", "text", "metadata") if key in one}
            for one in reversed(self.messages)
            if one["channel"] == args["channel"]
            and one.get("thread_ts") == args.get("ts")
            and float(one["ts"]) > float(args["oldest"])
        ][: int(args["limit"])]

    async def _response(self, request):
        name = request.match_info["name"]
        if name == "expired":
            return web.Response(status=404, text="expired_url")
        self.responses.append(await request.json())
        await self._note()
        return web.Response(text="ok")

    async def _link(self, request):
        if self.script["link"]:
            self.script["link"].pop(0)
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        self.connections += 1
        await socket.send_json({"type": "hello", "num_connections": 1})
        await self._note()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                ack = json.loads(message.data)
                self.acks.setdefault(ack["envelope_id"], []).append((time.monotonic(), ack))
                await self._note()
        with contextlib.suppress(ValueError):
            self.sockets.remove(socket)
        return socket

    async def send(self, payload, kind="events_api", envelope=None):
        """Send an envelope over the newest socket, and give its id."""
        envelope = envelope or f"E{next(self._numbers)}"
        message = {"type": kind, "envelope_id": envelope, "payload": payload}
        await self.sockets[-1].send_json(message | {"accepts_response_payload": True})
        return envelope


async def _arguments(request):
    if request.content_type == "application/json":
        return await request.json()
    data = {**request.query, **(await request.post())}
    return {key: json.loads(value) if value[:1] in "[{" else value for key, value in data.items()}
