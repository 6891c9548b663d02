"""What Slack sends, signed as Slack signs it, and the app that receives it."""

import asyncio
import hashlib
import hmac
import itertools
import json
import socket
import time
from urllib.parse import urlencode

from slack_bolt.request.async_request import AsyncBoltRequest

from summitqa_bot.settings import Settings
from summitqa_bot.slack.app import build
from tests.slack_server import APP_TOKEN, BOT, BOT_TOKEN, SECRET, TEAM, USER


def slack_settings(server, **changes):
    values = {
        "slack_bot_token": BOT_TOKEN,
        "slack_app_token": APP_TOKEN,
        "slack_signing_secret": SECRET,
        "slack_api_url": server.api,
    }
    return Settings(**(values | changes))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Rig:
    def __init__(self, server, desk, **changes):
        self.server, self.desk = server, desk
        self.app = build(slack_settings(server, **changes), desk)

    async def send(self, body, **how):
        raw, headers = signed(body, **how)
        return await self.app.async_dispatch(AsyncBoltRequest(body=raw, headers=headers))

    async def settle(self, done):
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def quiet(seconds=0.15):
    await asyncio.sleep(seconds)


def words(blocks):
    """All text of blocks, in order, and whom they name."""
    if isinstance(blocks, dict):
        text = blocks.get("user_id") if blocks.get("type") == "user" else blocks.get("text")
        own = [text] if isinstance(text, str) else []
        return own + [one for value in blocks.values() for one in words(value)]
    return [one for item in blocks for one in words(item)] if isinstance(blocks, list) else []


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
        "command": name,
        "text": text,
        "team_id": TEAM,
        "user_id": USER,
        "channel_id": "C00000001",
        "trigger_id": f"t{next(_unique)}",
        "response_url": server.response_url(),
        "api_app_id": "A1",
    } | more


def press(server, button, **more):
    """A press of a button as it stood in a message's blocks."""
    return {
        "type": "block_actions",
        "user": {"id": USER},
        "team": {"id": TEAM},
        "trigger_id": f"t{next(_unique)}",
        "api_app_id": "A1",
        "container": {
            "type": "message",
            "message_ts": "1.2",
            "channel_id": "C00000001",
            "thread_ts": "1.1",
            "is_ephemeral": True,
        },
        "channel": {"id": "C00000001"},
        "response_url": server.response_url(),
        "actions": [{"type": "button", "block_id": "b", **button}],
    } | more


def shortcut(server, message, callback="add_to_shelf", **more):
    """A message's shortcut, chosen from its menu."""
    return {
        "type": "message_action",
        "callback_id": callback,
        "user": {"id": USER},
        "team": {"id": TEAM},
        "channel": {"id": "C00000001"},
        "message": {"type": "message", "ts": "1.2", "text": "", **message},
        "trigger_id": f"t{next(_unique)}",
        "response_url": server.response_url(),
        "api_app_id": "A1",
    } | more


def submitted(view, user=USER, **given):
    """What comes of a view, each field by its name: a text, or a list of files."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, value = block["element"], given.get(block["block_id"])
        part = {"type": element["type"]}
        if element["type"] == "file_input":
            part["files"] = value or []
        else:
            part["value"] = element.get("initial_value") if value is None else value
        values[block["block_id"]] = {element["action_id"]: part}
    return {
        "type": "view_submission",
        "user": {"id": user},
        "team": {"id": TEAM},
        "api_app_id": "A1",
        "trigger_id": f"t{next(_unique)}",
        "view": view | {"id": "V1", "state": {"values": values}},
    }


def signed(body, secret=SECRET, at=None, raw=None):
    """Body and headers of an HTTP request as Slack signs it."""
    if "type" in body and body["type"] in {"event_callback", "url_verification"}:
        raw, kind = json.dumps(body) if raw is None else raw, "application/json"
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
