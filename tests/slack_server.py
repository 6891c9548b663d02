"""A stand-in for Slack on loopback, a small desk, and the bot as a process of its own.

The server speaks what the bot uses of the Web API, Socket Mode and response URLs, keeps every
call, and fails as told. ``python slack_server.py`` runs the bot against it.
"""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import os
import signal
import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

from bot.desk import Desk
from bot.reply import Button, Card, Reply
from summitqa.settings import Settings

BOT, TEAM, ADMIN, USER = "UBOT00001", "T00000001", "UADMIN001", "UUSER0001"
SECRET, BOT_TOKEN, APP_TOKEN = "s3cr3t-signing", "xoxb-1-very-secret", "xapp-1-very-secret"
QUOTE = "The two presidents met for three hours."


def settings(server, **changes):
    values = {
        "slack_bot_token": BOT_TOKEN,
        "slack_app_token": APP_TOKEN,
        "slack_signing_secret": SECRET,
        "slack_api_url": server.api,
    }
    return Settings(**(values | changes))


class FakeDesk(Desk):
    """Answers after a delay, remembers what it was asked, and breaks when told to."""

    def __init__(self, delay=0.0):
        self.delay, self.seen, self.asked, self.pressed, self.places = delay, set(), [], [], []
        self.found, self.did, self.reply, self.fails, self.steps = [], [], None, None, 3

    async def first_time(self, event):
        new = event not in self.seen
        self.seen.add(event)
        return new

    async def ask(self, actor, question, *, article=None, private=False):
        self.asked.append((actor, question, article, private))
        await asyncio.sleep(self.delay)
        if self.fails:
            raise self.fails
        return self.reply or answer(question, private)

    async def find(self, actor, text):
        self.found.append((actor, text))
        return replace(answer(text), private=True)

    async def press(self, actor, component, text=""):
        self.pressed.append((actor, component, text))
        return answer(f"pressed {component}", private=not component.startswith("share:"))

    async def titles(self, typed):
        known = (("alaska-summit", "The Alaska summit"), ("budget", "The budget <&> more"))
        return tuple(one for one in known if typed.lower() in one[1].lower())

    async def reindex(self, actor, show):
        self.did.append(("reindex", actor))
        if not (actor.trusted and actor.manages):
            return Reply("This is for admins.", private=True)
        for step in range(self.steps):
            await show(Reply(f"step {step}", buttons=(Button("cancel", "1", "Cancel"),)))
            await asyncio.sleep(self.delay)
        return Reply("Done: 1 added.")

    async def status(self, actor):
        self.did.append(("status", actor))
        return Reply("All is well.")

    async def set_channel(self, actor, article):
        self.did.append(("channel", actor, article))
        return Reply(f"Set to {article}.")

    async def unanswered(self, actor):
        self.did.append(("unanswered", actor))
        return Reply("Nothing went unanswered.")

    async def feedback(self, actor):
        self.did.append(("feedback", actor))
        return Reply("Nobody complained.")

    async def posted(self, reply, actor, message):
        self.places.append((reply, actor, message))

    async def close(self):
        pass


def answer(question, private=False):
    card = Card(
        "[1] The Alaska summit, ¶5, 16 Aug 2025", "It was long. ", QUOTE, " Then they left.",
        "https://example.org/a#:~:text=The%20two",
    )
    buttons = (
        Button("context", "r1", "Show context"),
        Button("share", "r1", "Share with channel"),
        Button("down", "r1", "👎 Not helpful", form="What was wrong?"),
    )
    return Reply(f"On {question}", (card,), "A strong match.", buttons, private, "r1")


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
        self._numbers = itertools.count(1)
        self._changed = asyncio.Condition()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{name}", self._response)
        app.router.add_get("/link", self._link)
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

    def sent(self, *methods):
        return [args for method, args in self.calls if not methods or method in methods]

    async def until(self, done, timeout=10.0):
        """Wait until ``done()`` holds, looking whenever something has arrived."""
        async with asyncio.timeout(timeout), self._changed:
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
        self.calls.append((method, args))
        body = self._reply(method, args)
        await self._note()
        headers = {"x-oauth-scopes": self.scopes} if self.scopes and method == "auth.test" else {}
        return web.json_response(body, headers=headers)

    def _reply(self, method, args):
        if method == "auth.test":
            return {"ok": True, "team_id": TEAM, "user_id": BOT, "bot_id": "B1"}
        if method == "apps.connections.open":
            return {"ok": True, "url": f"ws://127.0.0.1:{self.port}/link?ticket=abc{next(self._numbers)}"}
        if method == "users.info":
            user = self.users.get(args["user"])
            if user is None:
                return {"ok": False, "error": "user_not_found"}
            return {"ok": True, "user": {"id": args["user"], "team_id": TEAM} | user}
        if method == "chat.update" and args["ts"] in self.deleted:
            return {"ok": False, "error": "message_not_found"}
        if method == "chat.postMessage":
            channel = args["channel"] if args["channel"][0] in "CDG" else f"D{args['channel'][1:]}"
            return {"ok": True, "channel": channel, "ts": f"1700000000.{next(self._numbers):06d}"}
        return {"ok": True, "message_ts": "1700000000.999999"}

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
    return {
        key: json.loads(value) if value[:1] in "[{" else value for key, value in data.items()
    }


_unique = itertools.count(1)


def event(inner, event_id=None):
    inner = {"channel": "C00000001", "user": USER, "ts": f"1600000000.{next(_unique):06d}"} | inner
    body = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A1", "event": inner}
    return body | {"event_id": event_id or f"Ev{next(_unique)}"}


def mention(text="What happened?", **more):
    return event({"type": "app_mention", "text": f"<@{BOT}> {text}"} | more)


def written(text, channel="D00000001", **more):
    kind = "im" if channel[0] == "D" else "channel"
    inner = {"type": "message", "channel": channel, "channel_type": kind, "text": text}
    return event(inner | more)


def command(server, name="/ask", text="What happened?", **more):
    return {
        "command": name, "text": text, "team_id": TEAM, "user_id": USER,
        "channel_id": "C00000001", "trigger_id": f"t{next(_unique)}",
        "response_url": server.response_url(), "api_app_id": "A1",
    } | more


def press(server, button, **more):
    """A press of a button as it stood in a message's blocks."""
    return {
        "type": "block_actions", "user": {"id": USER}, "team": {"id": TEAM},
        "trigger_id": f"t{next(_unique)}", "api_app_id": "A1",
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C00000001",
                      "thread_ts": "1.1", "is_ephemeral": True},
        "channel": {"id": "C00000001"}, "response_url": server.response_url(),
        "actions": [{"type": "button", "block_id": "b", **button}],
    } | more


def signed(body, secret=SECRET, at=None):
    """Body and headers of an HTTP request as Slack signs it."""
    if "type" in body and body["type"] in {"event_callback", "url_verification"}:
        raw, kind = json.dumps(body), "application/json"
    elif "command" in body:
        raw, kind = urlencode(body), "application/x-www-form-urlencoded"
    else:
        raw, kind = urlencode({"payload": json.dumps(body)}), "application/x-www-form-urlencoded"
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{raw}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "content-type": kind,
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
    }
    return raw, headers


async def main():
    """Run the bot with the small desk, as the command does with the real one."""
    import logging

    from bot.slack_app import run

    logging.basicConfig(level=os.environ.get("SUMMITQA_LOG", "INFO").upper())
    desk = FakeDesk(float(os.environ.get("DELAY", "0")))
    if len(sys.argv) > 1:
        desk.seen = Seen(Path(sys.argv[1]))
    task = asyncio.create_task(run(Settings.from_env(os.environ), desk))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


class Seen(set):
    """Event ids that outlive the process."""

    def __init__(self, path):
        super().__init__(path.read_text().split() if path.exists() else ())
        self._path = path

    def add(self, event):
        super().add(event)
        with self._path.open("a") as file:
            file.write(f"{event}\n")


if __name__ == "__main__":
    asyncio.run(main())
