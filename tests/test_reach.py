"""Without a network at the start both bots wait, say so once, and serve as soon as it is there."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import discord_desk
import pytest
import slack_desk
from discord_rest import TOKEN, Fault
from discord_server import Discord, serving
from slack_rig import free_port, slack_settings
from slack_server import APP_TOKEN, BOT_TOKEN, SlackServer

from summitqa.errors import SettingsError, UnreachableError
from summitqa_bot import patience
from summitqa_bot.discord import app as discord_app
from summitqa_bot.settings import Settings
from summitqa_bot.slack import app as slack_app
from summitqa_bot.slack import client as slack_client

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST", 0.01)
    monkeypatch.setattr(slack_client, "TRIES", 0)


@pytest.fixture
async def stand_in() -> AsyncIterator[Discord]:
    async with serving() as server:
        yield server


async def served(
    run: Coroutine[Any, Any, None], reached: Callable[[], Coroutine[Any, Any, Any]]
) -> None:
    """Serve until ``reached`` is done, then stop."""
    task = asyncio.create_task(run)
    try:
        await reached()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def waits(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.text.count("Trying again until it answers")


def on_discord(server: Discord) -> Settings:
    gateway = f"{server.url.replace('http', 'ws')}/gateway"
    api = f"{server.url}/api"
    return Settings(discord_token=TOKEN, discord_api_url=api, discord_gateway_url=gateway)


@pytest.mark.parametrize("broken", ["api", "gateway"])
async def test_discord_is_waited_for_and_that_is_said_once(
    stand_in: Discord, caplog: pytest.LogCaptureFixture, broken: str
):
    if broken == "api":
        stand_in.faults.append(Fault("GET", "users/@me", drop="before", times=8))
    else:
        stand_in.refusals = 2
    with caplog.at_level(logging.INFO):
        await served(
            discord_app.run(on_discord(stand_in), discord_desk.FakeDesk()),
            lambda: stand_in.until(lambda: stand_in.sockets, 60),
        )
    assert waits(caplog) == 1
    assert "Traceback" not in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_slack_is_waited_for_and_that_is_said_once(
    slack: SlackServer, caplog: pytest.LogCaptureFixture, method: str
):
    slack.fail(method, status=502, times=8)
    with caplog.at_level(logging.INFO):
        await served(
            slack_app.run(slack_settings(slack), slack_desk.FakeDesk()),
            lambda: slack.until(lambda: slack.connections, within=60),
        )
    assert waits(caplog) == 1
    assert "SUMMITQA_SLACK_API_URL" in caplog.text
    assert len([one for one in caplog.records if one.name == "summitqa_bot.slack"]) <= 2
    assert "reached; the waiting is over" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_retried_call_is_not_told_of_and_only_a_setting_that_was_set_is_named(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(slack_client, "TRIES", 1)
    monkeypatch.setattr(slack_client.AsyncWebClient, "api_call", unreachable)
    log = logging.getLogger("summitqa_bot.slack")
    client = slack_client.web_client(Settings(slack_bot_token=BOT_TOKEN), log)
    with pytest.raises(UnreachableError) as caught:
        await slack_client.reached(client, client.auth_test)
    assert "https://slack.com/api/" in str(caught.value)
    assert "SUMMITQA_" not in str(caught.value)
    elsewhere = Settings(
        slack_bot_token=BOT_TOKEN, slack_api_url=f"http://127.0.0.1:{free_port()}/api/"
    )
    monkeypatch.undo()
    slack_app._redact(elsewhere)
    with caplog.at_level(logging.INFO):
        client = slack_client.web_client(elsewhere, log)
        with pytest.raises(UnreachableError, match="SUMMITQA_SLACK_API_URL"):
            await slack_client.reached(client, client.auth_test)
    assert caplog.text == ""


async def unreachable(*_: Any, **__: Any) -> None:
    raise TimeoutError


async def test_a_token_refused_after_the_waiting_ends_it(stand_in: Discord, slack: SlackServer):
    stand_in.faults.append(Fault("GET", "users/@me", drop="before", times=4))
    stand_in.faults.append(Fault("GET", "users/@me", status=401))
    with pytest.raises(SettingsError, match="DISCORD_TOKEN"):
        await discord_app.run(on_discord(stand_in), discord_desk.FakeDesk())
    slack.fail("auth.test", status=502, times=3)
    slack.fail("auth.test", "invalid_auth")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN"):
        await slack_app.run(slack_settings(slack), slack_desk.FakeDesk())


@pytest.mark.parametrize("platform", ["discord", "slack"])
async def test_a_stop_while_waiting_is_prompt(platform: str):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore::DeprecationWarning"),
        str(HERE / {"discord": "discord_process.py", "slack": "slack_desk.py"}[platform]),
        env={
            "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
            "PYTHONUNBUFFERED": "1",
            "DISCORD_TOKEN": TOKEN,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SUMMITQA_DISCORD_API_URL": f"http://127.0.0.1:{free_port()}/api",
            "SUMMITQA_SLACK_API_URL": f"http://127.0.0.1:{free_port()}/api/",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = ""
    async with asyncio.timeout(60):
        while "Trying again" not in output:
            line = await process.stdout.readline()
            assert line, output
            output += line.decode()
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output += (await asyncio.wait_for(process.communicate(), 20))[0].decode()
    assert time.monotonic() - began < 5
    assert process.returncode == 0, output
    assert TOKEN not in output
    assert BOT_TOKEN not in output


async def test_pauses_grow_to_a_limit_and_differ(monkeypatch: pytest.MonkeyPatch):
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 20:
            raise SettingsError("enough")

    async def away() -> None:
        raise UnreachableError("Nobody is there.")

    monkeypatch.setattr(patience, "FIRST", 1.0)
    monkeypatch.setattr(patience.asyncio, "sleep", sleep)
    with pytest.raises(SettingsError):
        await patience.until_reached(away)
    assert all(0.5 * min(60, 2**n) <= pause <= min(60, 2**n) for n, pause in enumerate(slept))
    assert len(set(slept)) == 20
