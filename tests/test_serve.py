"""One process for all that is set up, over stand-ins of Discord and Slack."""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession
from counts import of, read
from discord_rest import TOKEN
from discord_server import Discord, serving
from slack_rig import command, free_port
from slack_server import APP_TOKEN, BOT_TOKEN, SlackServer

from summitqa_bot.strings.serving import NOT_CONNECTED, NOTHING_TO_SERVE, READY

COMMAND = """
from summitqa_bot import assemble
from summitqa_bot.commands import cli
from tests.fakes import FakeEncoder

assemble.load_encoder = lambda *_: FakeEncoder()
cli.main()
"""


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with serving() as server:
        yield server


def on_discord(discord: Discord) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": TOKEN,
        "SUMMITQA_DISCORD_API_URL": f"{discord.url}/api",
        "SUMMITQA_DISCORD_GATEWAY_URL": f"{discord.url.replace('http', 'ws')}/gateway",
    }


def on_slack(slack: SlackServer) -> dict[str, str]:
    tokens = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
    return tokens | {"SUMMITQA_SLACK_API_URL": slack.api}


@asynccontextmanager
async def summitqa(
    folder: Path, *what: str, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    shelf = folder / "shelf.txt"
    shelf.write_text("The door is red.")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore::DeprecationWarning", "-c", COMMAND, *what),
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SUMMITQA_HOME": str(folder / "home"),
            "SUMMITQA_SOURCES": str(shelf),
            "SUMMITQA_READER": "off",
            **settings,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def got(port: int, path: str) -> tuple[int, str]:
    """Give status and text of an address, once anything listens there."""
    async with ClientSession() as session, asyncio.timeout(60):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                    return response.status, await response.text()
            except ClientConnectionError:
                await asyncio.sleep(0.05)


async def ready(port: int, *, until: int) -> dict[str, object]:
    async with asyncio.timeout(60):
        while True:
            status, text = await got(port, "/readyz")
            if status == until:
                return json.loads(text)
            await asyncio.sleep(0.05)


async def ended(process: asyncio.subprocess.Process, *, told: bool = False) -> str:
    """Give what a process has said at its end, which it is told to come to."""
    if told:
        process.terminate()
    output = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
    assert "Traceback" not in output
    for secret in (TOKEN, BOT_TOKEN, APP_TOKEN):
        assert secret not in output
    return output


def answered(discord: Discord) -> bool:
    return any("door" in str(one["embeds"]) for one in discord.shown())


async def test_discord_and_slack_are_answered_by_one_process_that_stops_cleanly(
    tmp_path, discord, slack
):
    async with summitqa(tmp_path, "serve", **on_discord(discord), **on_slack(slack)) as process:
        await discord.until(lambda: discord.sockets and discord.commands, 120)
        await slack.until(lambda: slack.connections, 60)
        await discord.use("ask", question="The door is red?")
        await slack.send(command(slack, text="The door is red?"), "slash_commands")
        await discord.until(lambda: answered(discord), 60)
        await slack.until(lambda: "door" in str(slack.sent("chat.postMessage")), 60)
        began = time.monotonic()
        output = await ended(process, told=True)
        took = time.monotonic() - began
    assert took < 15, f"{took:.1f} s"  # 5, and what a busy machine adds
    assert process.returncode == 0, output


async def test_where_slack_refuses_the_token_discord_is_answered_all_the_same(
    tmp_path, discord, slack
):
    slack.fail("auth.test", "invalid_auth", times=9)
    async with summitqa(tmp_path, "serve", **on_discord(discord), **on_slack(slack)) as process:
        await slack.until(lambda: slack.calls, 120)
        await discord.until(lambda: discord.sockets and discord.commands, 120)
        await discord.use("ask", question="The door is red?")
        await discord.until(lambda: answered(discord), 60)
        output = await ended(process, told=True)
    assert process.returncode == 0, output
    assert "Slack is not served: SLACK_BOT_TOKEN" in output
    assert len(slack.calls) == 1


async def test_where_a_port_is_taken_discord_is_answered_all_the_same(tmp_path, discord, slack):
    over_http = {
        "SLACK_SIGNING_SECRET": "s3cr3t-signing",
        "SUMMITQA_SLACK_MODE": "http",
        "SUMMITQA_SLACK_PORT": str(slack.port),
    }
    settings = {**on_discord(discord), **on_slack(slack), **over_http}
    async with summitqa(tmp_path, "serve", **settings) as process:
        await discord.until(lambda: discord.sockets and discord.commands, 120)
        await discord.use("ask", question="The door is red?")
        await discord.until(lambda: answered(discord), 60)
        output = await ended(process, told=True)
    assert "Slack is not served: By SUMMITQA_SLACK_HOST and SUMMITQA_SLACK_PORT" in output


async def test_where_none_is_left_the_last_says_why_and_the_exit_code_what_to_mend(
    tmp_path, discord, slack
):
    slack.fail("auth.test", "invalid_auth", times=9)
    refused = on_discord(discord) | {"DISCORD_TOKEN": "some.other.token"}
    async with summitqa(tmp_path, "serve", **refused, **on_slack(slack)) as process:
        output = await ended(process)
    assert process.returncode == 2
    assert "DISCORD_TOKEN is refused" in output
    assert "SLACK_BOT_TOKEN" in output


async def test_where_nothing_is_set_up_the_settings_are_named(tmp_path):
    async with summitqa(tmp_path, "serve") as process:
        output = await ended(process)
    assert process.returncode == 2
    assert " ".join(output.split()) == NOTHING_TO_SERVE
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("what", ["serve", "discord", "web"])
async def test_the_page_is_served_beside_a_platform_or_alone(tmp_path, discord, what):
    port = free_port()
    page = {"SUMMITQA_WEB_URL": "https://quotes.example.org", "SUMMITQA_WEB_PORT": str(port)}
    async with summitqa(tmp_path, what, **page, **on_discord(discord)) as process:
        if what != "web":
            await discord.until(lambda: discord.sockets, 120)
        assert (await got(port, "/"))[0] == 200
        await ended(process, told=True)
    assert process.returncode == 0
    assert bool(discord.sockets) == (what != "web")


async def test_how_we_are_is_told_on_an_address_of_its_own_while_platforms_come_and_go(
    tmp_path, discord, slack
):
    port = free_port()
    settings = {**on_discord(discord), **on_slack(slack), "SUMMITQA_HEALTH": f"127.0.0.1:{port}"}
    slack.fail("auth.test", status=503, times=4)  # out of reach at first
    async with summitqa(tmp_path, "serve", **settings) as process:
        assert await got(port, "/healthz") == (200, "ok\n")
        found = await ready(port, until=503)
        assert found["ready"] is False
        assert found["slack"] == NOT_CONNECTED
        assert found["index"] == found["database"] == READY
        every = {"ready": True, **dict.fromkeys(("index", "database", "discord", "slack"), READY)}
        assert await ready(port, until=200) == every

        await discord.use("ask", question="The door is red?")
        await slack.send(command(slack, text="The door is red?"), "slash_commands")
        await discord.until(lambda: answered(discord), 60)
        await slack.until(lambda: "door" in str(slack.sent("chat.postMessage")), 60)
        status, text = await got(port, "/metrics")
        numbers = read(text)
        assert status == 200
        assert of(numbers, "questions_total") == {
            ("strong", "discord"): 1, ("strong", "slack"): 1,
        }  # fmt: skip
        assert of(numbers, "acks_total") == {("discord", "in_time"): 1, ("slack", "in_time"): 1}
        assert of(numbers, "phase_seconds_count", phase="whole") == {(): 2}
        assert set(of(numbers, "ready")) == {("index",), ("database",), ("discord",), ("slack",)}
        calls = of(numbers, "platform_calls_total")
        assert calls["slack", "failed"] == 4
        assert calls["slack", "ok"] >= 3
        assert calls["discord", "ok"] >= 3
        assert numbers["process_resident_memory_bytes", ()] > 1e6
        assert "door" not in text

        discord.refusals = 1_000_000
        for socket in discord.sockets:
            await socket.close()
        found = await ready(port, until=503)
        assert found["discord"] == NOT_CONNECTED
        assert found["slack"] == READY
        discord.refusals = 0
        await ready(port, until=200)
        process.terminate()
        await asyncio.wait_for(process.communicate(), 60)  # the library logs a trace of each try
    assert process.returncode == 0


async def test_one_that_is_given_up_is_not_ready(tmp_path, discord, slack):
    port = free_port()
    slack.fail("auth.test", "invalid_auth", times=9)
    settings = {**on_discord(discord), **on_slack(slack), "SUMMITQA_HEALTH": f"127.0.0.1:{port}"}
    async with summitqa(tmp_path, "serve", **settings) as process:
        await discord.until(lambda: discord.sockets, 120)
        async with asyncio.timeout(60):
            while (found := await ready(port, until=503))["discord"] != READY:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert found["slack"] == NOT_CONNECTED
        await ended(process, told=True)


async def test_an_address_that_is_taken_is_told_before_anything_is_served(tmp_path, discord):
    taken = discord.url.removeprefix("http://")
    async with summitqa(
        tmp_path, "discord", **on_discord(discord), SUMMITQA_HEALTH=taken
    ) as process:
        output = await ended(process)
    assert process.returncode == 2
    assert "SUMMITQA_HEALTH" in output
    assert not discord.sockets


async def test_what_is_asked_on_the_page_is_counted_and_logged_under_an_id(tmp_path):
    port, health = free_port(), free_port()
    page = {"SUMMITQA_WEB_PORT": str(port), "SUMMITQA_HEALTH": f"127.0.0.1:{health}"}
    async with summitqa(tmp_path, "web", **page, SUMMITQA_LOG_FORMAT="json") as process:
        status, text = await got(port, "/?q=The+door+is+red%3F")
        assert (status, "door" in text) == (200, True)
        numbers = read((await got(health, "/metrics"))[1])
        assert await ready(health, until=200) == {
            "ready": True, **dict.fromkeys(("index", "database", "web"), READY),
        }  # fmt: skip
        output = await ended(process, told=True)
    assert of(numbers, "questions_total") == {("strong", "web"): 1}
    assert of(numbers, "phase_seconds_count", phase="whole") == {(): 1}
    said = [json.loads(line) for line in output.splitlines()]
    [found] = [one for one in said if one["logger"] == "summitqa_bot.service.answering"]
    assert re.fullmatch("[0-9a-f]{8}", found["event"])
    assert "door" not in output
