"""The bot as a process of its own, over real sockets on loopback."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from slack_server import (
    ADMIN,
    APP_TOKEN,
    BOT_TOKEN,
    QUOTE,
    SECRET,
    FakeDesk,
    SlackServer,
    command,
    mention,
    press,
    settings,
    signed,
    written,
)

from bot import slack_client
from bot.slack_app import run
from summitqa.errors import SettingsError

SCRIPT = Path(__file__).with_name("slack_server.py")


@pytest.fixture
async def slack():
    async with SlackServer() as server:
        yield server


class Bot:
    """The process, and what it wrote to its log."""

    def __init__(self, server, seen, **environ):
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONWARNINGS": "default",
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SUMMITQA_SLACK_API_URL": server.api,
            "SUMMITQA_LOG": "debug",
        } | environ
        self.seen, self.log = seen, ""

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, str(SCRIPT), str(self.seen), env=self.environ,
            stderr=asyncio.subprocess.STDOUT, stdout=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def _read(self):
        async for line in self.process.stdout:
            self.log += line.decode(errors="replace")

    async def stop(self, with_signal=signal.SIGTERM):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(with_signal)
        async with asyncio.timeout(8):
            code = await self.process.wait()
        await self._reader
        return code

    async def __aexit__(self, kind, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        await self._reader
        self.process._transport.close()
        if kind is not None:
            print(self.log[-8000:])


@pytest.fixture
async def bot(slack, tmp_path):
    async with Bot(slack, tmp_path / "seen") as process:
        await slack.until(lambda: slack.connections)
        yield process


async def test_a_question_is_acknowledged_answered_and_the_bot_stops_in_time(slack, bot):
    envelope = await slack.send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage") and envelope in slack.acks)
    assert QUOTE in slack.sent("chat.postMessage")[0]["text"]
    await slack.send(command(slack, text="--private Who?"), "slash_commands")
    await slack.until(lambda: slack.responses)
    started = time.monotonic()
    assert await bot.stop() == 0
    assert time.monotonic() - started < 5
    for secret in (BOT_TOKEN, APP_TOKEN, SECRET, "ticket=abc"):
        assert secret not in bot.log
    for complaint in ("Traceback", "never retrieved", "Unclosed", "ResourceWarning"):
        assert complaint not in bot.log


async def test_it_reindexes_while_it_answers(slack, tmp_path):
    async with Bot(slack, tmp_path / "seen", DELAY="0.5"):
        await slack.until(lambda: slack.connections)
        await slack.send(command(slack, "/reindex", "", user_id=ADMIN), "slash_commands")
        await slack.send(written("What happened?"))
        await slack.until(
            lambda: any("Done" in one["text"] for one in slack.sent("chat.update"))
            and any(QUOTE in one["text"] for one in slack.sent("chat.postMessage"))
        )


async def test_sixty_people_at_once_are_all_answered_once(slack, tmp_path):
    async with Bot(slack, tmp_path / "seen", DELAY="3", SUMMITQA_LOG="info"):
        await slack.until(lambda: slack.connections)
        sent = {}
        for number in range(60):
            if number % 3:
                body, kind = command(slack, text=f"Question {number}?"), "slash_commands"
            else:
                body, kind = mention(f"Question {number}?"), "events_api"
            sent[await slack.send(body, kind)] = time.monotonic()
        await slack.until(lambda: len(slack.sent("chat.postMessage")) >= 60, timeout=30)
        slowest = max(slack.acks[envelope][0][0] - at for envelope, at in sent.items())
        assert slowest < 1
        await asyncio.sleep(0.5)
        texts = [one["text"] for one in slack.sent("chat.postMessage")]
        assert len(texts) == 60
        assert all(sum(f"Question {n}?" in text for text in texts) == 1 for n in range(60))


async def test_an_envelope_delivered_again_is_acknowledged_but_not_answered(slack, bot):
    body = mention()
    await slack.send(body, envelope="E-again")
    await slack.until(lambda: slack.sent("chat.postMessage"))
    await slack.send(body | {"retry_attempt": 1}, envelope="E-again")
    await slack.until(lambda: len(slack.acks.get("E-again", [])) == 2)
    await asyncio.sleep(0.3)
    assert len(slack.sent("chat.postMessage")) == 1


async def test_it_is_back_after_slack_disconnects_it(slack, bot):
    await slack.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})
    await slack.until(lambda: slack.connections == 2, timeout=15)
    await slack.send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage"))


async def test_it_is_back_after_the_socket_is_lost_and_a_handshake_refused(slack, bot):
    slack.script["link"] += [503]
    slack.fail("apps.connections.open", "internal_error")
    lost = time.monotonic()
    slack.sockets[-1]._req.transport.abort()
    await slack.until(lambda: slack.connections == 2, timeout=15)
    assert time.monotonic() - lost < 15
    await slack.send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage"))


async def test_an_answer_comes_even_where_its_acknowledgement_was_lost(slack, tmp_path):
    async with Bot(slack, tmp_path / "seen", DELAY="0.3"):
        await slack.until(lambda: slack.connections)
        body = mention()
        await slack.send(body, envelope="E-lost")
        slack.sockets[-1]._req.transport.abort()
        await slack.until(lambda: slack.connections == 2, timeout=15)
        await slack.send(body, envelope="E-lost")
        await slack.until(lambda: slack.sent("chat.postMessage") and "E-lost" in slack.acks)
        await asyncio.sleep(0.6)
        assert len(slack.sent("chat.postMessage")) == 1


async def test_old_buttons_work_and_old_events_stay_answered_after_a_kill(slack, tmp_path):
    body = mention()
    async with Bot(slack, tmp_path / "seen") as first:
        await slack.until(lambda: slack.connections)
        await slack.send(body)
        await slack.until(lambda: slack.sent("chat.postMessage"))
        await first.stop(signal.SIGKILL)
    row = slack.sent("chat.postMessage")[0]["blocks"][-1]["elements"]
    async with Bot(slack, tmp_path / "seen"):
        await slack.until(lambda: slack.connections == 2)
        envelope = await slack.send(body)
        await slack.send(press(slack, row[0]), "interactive")
        await slack.until(lambda: slack.responses and envelope in slack.acks)
        assert row[0]["action_id"] in slack.responses[0]["text"]
        assert len(slack.sent("chat.postMessage")) == 1


async def test_who_is_still_waiting_at_a_stop_is_told(slack, tmp_path):
    async with Bot(slack, tmp_path / "seen", DELAY="60") as process:
        await slack.until(lambda: slack.connections)
        envelope = await slack.send(command(slack), "slash_commands")
        await slack.until(lambda: envelope in slack.acks)
        started = time.monotonic()
        assert await process.stop() == 0
        assert time.monotonic() - started < 5
        assert "restarted" in slack.responses[0]["text"]


# ---------------------------------------------------------------------------- over HTTP


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
async def served(slack):
    """The bot in this process over HTTP, and its address."""
    port = free_port()
    task = asyncio.create_task(run(settings(slack, slack_mode="http", slack_port=port), FakeDesk()))
    async with aiohttp.ClientSession() as session:
        await slack.until(lambda: slack.sent("auth.test"))
        for _ in range(100):
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
                    assert await response.text() == "ok"
                    break
            await asyncio.sleep(0.02)
        yield session, f"http://127.0.0.1:{port}/slack/events"
    task.cancel()
    started = time.monotonic()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 5


async def sent(served, body, **how):
    session, url = served
    changed = how.pop("headers", {})
    raw, headers = signed(body, **how)
    async with session.post(url, data=raw, headers=headers | changed) as response:
        return response.status, await response.text()


async def test_over_http_a_retry_is_answered_once(slack, served):
    body = mention()
    assert (await sent(served, body))[0] == 200
    assert (await sent(served, body, headers={"x-slack-retry-num": "1"}))[0] == 200
    await slack.until(lambda: slack.sent("chat.postMessage"))
    await asyncio.sleep(0.2)
    assert len(slack.sent("chat.postMessage")) == 1


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "wrong-secret"},
        {"at": time.time() - 3600},
        {"headers": {"x-slack-signature": ""}},
        {"headers": {"x-slack-request-timestamp": "soon"}},
        {"headers": {"x-slack-request-timestamp": "²"}},
        {"headers": {"x-slack-request-timestamp": ""}},
    ],
)
async def test_over_http_an_unsigned_request_is_refused(slack, served, how):
    for body in (mention(), command(slack), {"type": "url_verification", "challenge": "c"}):
        assert (await sent(served, body, **how))[0] == 401
    assert not slack.sent("chat.postMessage")


async def test_over_http_slack_can_verify_the_address(served):
    status, text = await sent(served, {"type": "url_verification", "challenge": "c-1"})
    assert status == 200
    assert "c-1" in text


@pytest.mark.parametrize("junk", ["{", "null", "[1]", "\x00", ""])
async def test_over_http_junk_is_refused(served, junk):
    session, url = served
    headers = {"content-type": "application/json", "x-slack-request-timestamp": "1"}
    async with session.post(url, data=junk, headers=headers) as response:
        assert 400 <= response.status < 500


# ---------------------------------------------------------------------------- at the start


@pytest.mark.parametrize(
    ("method", "code", "named"),
    [
        ("auth.test", "invalid_auth", "SLACK_BOT_TOKEN"),
        ("auth.test", "missing_scope", "reinstall"),
        ("apps.connections.open", "invalid_auth", "SLACK_APP_TOKEN"),
        ("apps.connections.open", "missing_scope", "connections:write"),
    ],
)
async def test_a_refused_token_ends_in_one_sentence(slack, method, code, named):
    slack.fail(method, code)
    with pytest.raises(SettingsError, match=named) as caught:
        await run(settings(slack), FakeDesk())
    assert BOT_TOKEN not in str(caught.value)
    assert APP_TOKEN not in str(caught.value)


async def test_a_token_without_the_scope_to_write_ends_in_one_sentence(slack):
    slack.scopes = "commands,app_mentions:read"
    with pytest.raises(SettingsError, match="chat:write"):
        await run(settings(slack), FakeDesk())


async def test_a_scope_less_is_said_but_not_the_end(slack, caplog):
    slack.scopes = (
        "app_mentions:read,assistant:write,channels:history,chat:write,commands,im:history,users:read"
    )
    task = asyncio.create_task(run(settings(slack), FakeDesk()))
    await slack.until(lambda: slack.connections)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "lacks the scope groups:history" in caplog.text


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"slack_bot_token": None}, "SLACK_BOT_TOKEN"),
        ({"slack_app_token": None}, "SLACK_APP_TOKEN"),
        ({"slack_mode": "http", "slack_signing_secret": None}, "SLACK_SIGNING_SECRET"),
    ],
)
async def test_a_missing_secret_is_named(slack, changes, named):
    with pytest.raises(SettingsError, match=named):
        await run(settings(slack, **changes), FakeDesk())


async def test_a_port_in_use_is_named(slack):
    with pytest.raises(SettingsError, match="SUMMITQA_SLACK_PORT"):
        await run(settings(slack, slack_mode="http", slack_port=slack.port), FakeDesk())


async def test_slack_not_there_yet_is_waited_for_then_named(slack, monkeypatch):
    monkeypatch.setattr(slack_client, "WAITS", (0.01,))
    slack.fail("auth.test", status=502, times=4)
    task = asyncio.create_task(run(settings(slack), FakeDesk()))
    await slack.until(lambda: slack.connections, timeout=20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    gone = f"http://127.0.0.1:{free_port()}/api/"
    with pytest.raises(SettingsError, match="SUMMITQA_SLACK_API_URL"):
        await run(settings(slack, slack_api_url=gone), FakeDesk())
