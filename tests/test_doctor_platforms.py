"""What the doctor tells of Discord and Slack."""

from pathlib import Path
from typing import Any

import pytest
from discord_rest import TOKEN
from discord_server import serving
from slack_rig import slack_settings
from slack_server import SlackServer

from summitqa_bot.commands import doctor
from summitqa_bot.discord import doctor as discord_doctor
from summitqa_bot.settings import Settings
from summitqa_bot.slack import client as slack_client
from summitqa_bot.slack import doctor as slack_doctor
from summitqa_bot.slack.front import AGENT, ASSISTANT, NOTED_VIEW
from summitqa_bot.state import State

pytestmark = pytest.mark.usefixtures("mirrors")


async def test_discord_tells_the_invite_link_and_the_commands(real_home: Path):
    async with serving() as server:
        settings = Settings(
            home=real_home, discord_token=TOKEN, discord_api_url=f"{server.url}/api"
        )
        found = {check.name: check for check in await discord_doctor.examine(settings)}
        link = await discord_doctor.invite(settings)
    assert found["discord token"].well
    assert found["discord commands"].well is False
    assert "client_id=" in link
    assert link == found["discord invite"].detail


@pytest.mark.parametrize(
    ("given", "well", "told"),
    [
        ({}, True, "all served by one process"),
        ({"discord_shards": 0}, True, "auto, shared by replicas: Discord recommends 4"),
        ({"discord_shards": 4}, True, "lets 1,000 identify today"),
        ({"discord_shards": 3}, None, "raise SUMMITQA_DISCORD_SHARDS"),
        ({"discord_shards": 4, "discord_home": None}, False, "SUMMITQA_DISCORD_HOME is not set"),
        ({"discord_shards": 4, "database_url": None}, False, "SUMMITQA_DATABASE_URL"),
    ],
)
async def test_discord_tells_whether_there_are_as_many_shards_as_it_wants(
    real_home: Path, given: dict[str, Any], well: bool | None, told: str
):
    shared = {"discord_home": "123456789012345678", "database_url": "postgresql://h/n"}
    async with serving() as server:
        server.shards = 4
        api = {"discord_token": TOKEN, "discord_api_url": f"{server.url}/api"}
        settings = Settings(home=real_home, **{**api, **shared, **given})
        found = {check.name: check for check in await discord_doctor.examine(settings)}
    assert found["discord shards"].well is well
    assert told in found["discord shards"].detail


@pytest.mark.parametrize("given", [0, 1 << 18, 1 << 19])
async def test_discord_tells_whether_the_words_of_posts_are_given(real_home: Path, given: int):
    async with serving() as server:
        server.flags = given
        settings = Settings(
            home=real_home,
            discord_token=TOKEN,
            discord_api_url=f"{server.url}/api",
            discord_content=True,
        )
        found = {check.name: check for check in await discord_doctor.examine(settings)}
    assert found["discord intents"].well is bool(given)
    assert "Message Content" in found["discord intents"].detail


@pytest.mark.parametrize(
    ("seen", "well", "told"),
    [
        (None, None, "both work"),
        (AGENT, True, "agent_view: "),
        (ASSISTANT, None, "assistant_view, the older"),
    ],
)
async def test_slack_tells_which_view_the_app_has_as_far_as_that_is_known(
    tmp_path: Path, seen: str | None, well: bool | None, told: str
):
    if seen:
        state = State(tmp_path)
        state.note(NOTED_VIEW, ASSISTANT if seen == AGENT else AGENT)
        state.note(NOTED_VIEW, seen)
        state.close()
    async with SlackServer() as server:
        checks = await slack_doctor.examine(slack_settings(server, home=tmp_path))
    [view] = [check for check in checks if check.name == "slack view"]
    assert view.well is well
    assert told in view.detail
    assert (tmp_path / "state.db").exists() is bool(seen)


async def test_slack_tells_missing_scopes_and_refused_tokens(tmp_path: Path):
    async with SlackServer() as server:
        settings = slack_settings(server, home=tmp_path)
        found = {check.name: check for check in await slack_doctor.examine(settings)}
        server.fail("auth.test", "invalid_auth", times=5)
        wrapped = await doctor._platform(slack_doctor.examine, settings)
    assert found["slack bot token"].well
    assert found["slack app token"].well
    assert found["slack messages tab"].well is None
    assert wrapped[0].well is False
    assert "SLACK_BOT_TOKEN" in wrapped[0].detail


async def test_a_slack_that_cannot_be_reached_is_told_of_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(slack_client, "TRIES", 1)
    async with SlackServer() as server:
        server.fail("auth.test", status=502, times=50)
        found = await doctor._platform(slack_doctor.examine, slack_settings(server))
    assert "SUMMITQA_SLACK_API_URL" in found[0].detail
    assert 1 <= len(server.sent("auth.test!")) <= 2
    assert "try" not in caplog.text


async def test_a_missing_token_is_told_of_though_slack_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(slack_client, "TRIES", 0)
    async with SlackServer() as server:
        server.fail("auth.test", status=502, times=5)
        found = await doctor._platform(
            slack_doctor.examine, slack_settings(server, slack_app_token=None)
        )
    said = " ".join(one.detail for one in found)
    assert "SLACK_APP_TOKEN is not set" in said
    assert "cannot be reached" in said
    assert not any(one.well for one in found)
