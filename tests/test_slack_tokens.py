"""The tokens of workspaces: kept sealed over a restart, renewed, and opened by their key alone."""

# ruff: noqa: F811 - fixtures of another module

import logging

import pytest
from slack_rig import mention
from slack_teams import (  # noqa: F401
    BLUE,
    CLIENT_SECRET,
    KEY,
    OLD_KEY,
    RED,
    Bot,
    bot,
    desk,
    in_team,
    teams,
)

from summitqa.errors import SettingsError
from summitqa_bot.slack import doctor as slack_doctor
from summitqa_bot.slack import workspaces as slack_workspaces

ANSWERS = ("chat.postMessage",)


def kept(home):
    """All bytes of the database's files."""
    return b"".join(path.read_bytes() for path in home.glob("state.db*"))


async def test_a_restart_keeps_what_is_installed(teams, desk, tmp_path):
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.install(RED)
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: desk.places)
    assert teams.by(*ANSWERS)[0][0] == teams.token_of(RED)


async def test_no_token_is_kept_or_logged_in_clear(teams, desk, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    teams.lives = 43_200
    async with Bot(teams, desk, tmp_path) as bot:
        for team in (RED, BLUE):
            await bot.install(team)
            await bot.send(in_team(team, mention()))
        await bot.settle(lambda: len(desk.places) == 2)
        files = kept(tmp_path)
    assert len(teams.tokens) == 4
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("summitqa_bot")]
    for secret in (*teams.tokens, CLIENT_SECRET, KEY):
        assert secret.encode() not in files + kept(tmp_path)
        assert not any(secret in line for line in ours)
    assert b"xoxb" not in files
    assert b"UINSTALLER" not in files


async def test_a_token_that_ends_soon_is_renewed_while_in_use(
    teams, desk, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(slack_workspaces, "FRESH", 0.0)
    teams.lives = 60
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.install(RED)
        first = teams.token_of(RED)
        teams.lives = 43_200
        for count in (1, 2):
            await bot.send(in_team(RED, mention()))
            await bot.settle(lambda count=count: len(desk.places) == count)
    renewed = teams.token_of(RED)
    assert renewed != first
    assert [token for token, _ in teams.by(*ANSWERS)] == [renewed, renewed]
    assert not any(token in caplog.text for token in teams.tokens)
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: len(desk.places) == 3)
    assert teams.by(*ANSWERS)[-1][0] == renewed


async def test_of_replicas_one_renews_a_token(teams, desk, tmp_path, monkeypatch):
    monkeypatch.setattr(slack_workspaces, "FRESH", 0.0)
    teams.lives, desk.is_alone = 60, False
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.install(RED)
        first = teams.token_of(RED)
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: len(desk.places) == 1)
        assert teams.token_of(RED) == first
        desk.is_alone = True
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: len(desk.places) == 2)
    assert [token for token, _ in teams.by(*ANSWERS)] == [first, teams.token_of(RED)]
    assert teams.token_of(RED) != first


async def test_where_a_token_cannot_be_renewed_the_old_one_is_tried(teams, desk, tmp_path, caplog):
    teams.lives, teams.refused_refresh = 60, True
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.install(RED)
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: desk.places)
    assert f"the token of {RED} could not be renewed (invalid_refresh_token)" in caplog.text


async def test_another_key_is_refused_in_a_sentence(teams, desk, tmp_path):
    async with Bot(teams, desk, tmp_path, token_key=OLD_KEY) as bot:
        await bot.install(RED)
    with pytest.raises(SettingsError, match="SUMMITQA_TOKEN_KEY does not open") as caught:
        async with Bot(teams, desk, tmp_path):
            pass
    assert KEY not in str(caught.value)


async def test_a_key_can_be_renewed(teams, desk, tmp_path):
    async with Bot(teams, desk, tmp_path, token_key=OLD_KEY) as bot:
        await bot.install(RED)
    async with Bot(teams, desk, tmp_path, token_key=f"{KEY}, {OLD_KEY}") as bot:
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: len(desk.places) == 1)
    # The new one alone opens by now what the old one had sealed.
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: len(desk.places) == 2)


@pytest.mark.parametrize("name", ["slack_client_secret", "token_key", "slack_signing_secret"])
async def test_what_many_workspaces_need_is_named(teams, desk, tmp_path, name):
    variables = {"token_key": "SUMMITQA_TOKEN_KEY"}
    with pytest.raises(SettingsError, match=variables.get(name, name.upper())):
        async with Bot(teams, desk, tmp_path, **{name: None}):
            pass


async def test_the_doctor_counts_workspaces_and_tries_the_key(teams, desk, tmp_path):
    async def told(**changes):
        settings = Bot(teams, desk, tmp_path, **changes).settings
        return [(one.well, one.detail) for one in await slack_doctor.examine(settings)]

    assert (True, "installed by 0; the key opens every token") in await told()
    assert not (tmp_path / "state.db").exists()
    async with Bot(teams, desk, tmp_path) as bot:
        await bot.install(RED)
        await bot.install(BLUE)
    assert (True, "installed by 2; the key opens every token") in await told()
    [wrong] = [said for well, said in await told(token_key=OLD_KEY) if well is False]
    assert "SUMMITQA_TOKEN_KEY does not open" in wrong
    [missing] = [said for well, said in await told(token_key=None) if well is False]
    assert "SUMMITQA_TOKEN_KEY is not set" in missing
