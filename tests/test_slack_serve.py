"""Over HTTP, and at the start: what is refused, and how it is said."""

import asyncio
import contextlib
import time

import aiohttp
import pytest
from slack_desk import FakeDesk
from slack_rig import command, free_port, mention, signed, slack_settings
from slack_server import APP_TOKEN, BOT_TOKEN

from summitqa.errors import SettingsError
from summitqa_bot.slack.app import run


@pytest.fixture
async def served(slack):
    """The bot in this process over HTTP, and its address."""
    port = free_port()
    task = asyncio.create_task(
        run(slack_settings(slack, slack_mode="http", slack_port=port), FakeDesk())
    )
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
        await run(slack_settings(slack), FakeDesk())
    assert BOT_TOKEN not in str(caught.value)
    assert APP_TOKEN not in str(caught.value)


async def test_a_token_without_the_scope_to_write_ends_in_one_sentence(slack):
    slack.scopes = "commands,app_mentions:read"
    with pytest.raises(SettingsError, match="chat:write"):
        await run(slack_settings(slack), FakeDesk())


async def test_a_scope_less_is_said_but_not_the_end(slack, caplog):
    slack.scopes = (
        "app_mentions:read,assistant:write,channels:history,chat:write,"
        "commands,files:read,files:write,im:history,users:read"
    )
    task = asyncio.create_task(run(slack_settings(slack), FakeDesk()))
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
        await run(slack_settings(slack, **changes), FakeDesk())


async def test_a_port_in_use_is_named(slack):
    with pytest.raises(SettingsError, match="SUMMITQA_SLACK_PORT"):
        await run(slack_settings(slack, slack_mode="http", slack_port=slack.port), FakeDesk())
