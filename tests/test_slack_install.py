"""Installing the app from its page: a state is good once, in its browser, and for a while."""

# ruff: noqa: F811 - fixtures of another module

import asyncio

import pytest
from slack_sdk.oauth.installation_store import Installation
from slack_teams import CLIENT_SECRET, KEY, OLD_KEY, RED, Bot, bot, desk, teams  # noqa: F401

from summitqa.errors import SettingsError
from summitqa_bot.slack import app as slack_app
from summitqa_bot.slack import store as slack_store
from summitqa_bot.slack.store import Installations, States
from summitqa_bot.slack.teams import teams_of
from summitqa_bot.state import State
from summitqa_bot.state.database import asynchronous
from summitqa_bot.state.sealed import Keys

REDIRECT = "/slack/oauth_redirect"


async def refused(bot, sentence, cookie, **query):
    bot.slack.codes["code"] = RED
    status, page, _ = await bot.get(REDIRECT, cookie, **query)
    assert status in {200, 400, 401}
    assert "Nothing was installed." in page
    assert sentence in page
    assert not bot.desk.communities
    return page


async def test_the_page_leads_to_slack_with_the_scopes_of_the_manifest(bot):
    status, page, headers = await bot.get("/slack/install")
    assert (status, page) == (302, "")
    there = headers["Location"]
    assert there.startswith(f"http://127.0.0.1:{bot.slack.port}/oauth/v2/authorize?")
    assert all(scope in there for scope in slack_app.SCOPES)
    assert there.endswith("&user_scope=")
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "Secure" in headers["Set-Cookie"]


async def test_a_forged_state_is_refused_in_a_sentence(bot):
    forged = "slack-app-oauth-state=0000"
    await refused(bot, "used before", forged, code="code", state="0000")


async def test_a_state_of_another_browser_is_refused_in_a_sentence(bot):
    (state, _), (_, cookie) = await bot.begin(), await bot.begin()
    for other in (None, cookie):
        await refused(bot, "This browser has not begun", other, code="code", state=state)


async def test_a_state_is_good_once(bot, desk):
    state, cookie = await bot.begin()
    bot.slack.codes |= {"code": RED, "again": RED}
    assert (await bot.get(REDIRECT, cookie, code="code", state=state))[0] == 200
    status, page, _ = await bot.get(REDIRECT, cookie, code="again", state=state)
    assert status == 401
    assert "This link was used before" in page
    assert len(desk.communities) == 1


async def test_a_state_is_good_for_a_while(teams, desk, tmp_path, monkeypatch):
    monkeypatch.setattr(slack_store, "STATE_SECONDS", 0)
    async with Bot(teams, desk, tmp_path) as bot:
        state, cookie = await bot.begin()
        await refused(bot, "older than 10 minutes", cookie, code="code", state=state)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"error": "access_denied"}, "it was not allowed"),
        ({"error": "<script>"}, "Slack says something else"),
        ({"code": "spent"}, "Slack did not confirm it"),
        ({}, "code is missing"),
    ],
)
async def test_what_slack_refuses_is_told_in_a_sentence(bot, query, sentence, caplog):
    state, cookie = await bot.begin()
    page = await refused(bot, sentence, cookie, state=state, **query)
    assert "<script>" not in page
    assert "spent" not in caplog.text
    assert "came to nothing" in caplog.text


async def test_a_slack_that_is_out_of_reach_is_no_installation(bot, caplog):
    bot.slack.fail("oauth.v2.access", status=503, times=9)
    state, cookie = await bot.begin()
    await refused(bot, "Slack did not confirm it", cookie, code="code", state=state)
    assert CLIENT_SECRET not in caplog.text


async def test_a_whole_organization_is_refused_in_a_sentence(bot, monkeypatch):
    whole = {"is_enterprise_install": True, "team": None, "enterprise": {"id": "E1"}}
    access = bot.slack._access
    monkeypatch.setattr(bot.slack, "_access", lambda args: access(args) | whole)
    state, cookie = await bot.begin()
    await refused(bot, "not in a whole organization", cookie, code="code", state=state)


async def test_a_desk_that_fails_undoes_no_installation(bot, desk, monkeypatch, caplog):
    async def broken(_community):
        raise OSError("no room")

    monkeypatch.setattr(desk, "joined", broken)
    assert (await bot.install(RED))[0] == 200
    assert "could not be noted" in caplog.text


async def test_a_look_at_the_link_begins_nothing(bot):
    async with bot._session.head(f"{bot.url}/slack/install") as response:
        assert response.status == 405


async def test_without_the_extra_it_is_named(teams, desk, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "summitqa_bot.slack.install", None)
    with pytest.raises(SettingsError, match=r"pip install -e '.\[workspaces\]'"):
        slack_app.build(Bot(teams, desk, tmp_path).settings, desk)


def workspace(team, at, **more):
    return Installation(
        app_id="A1",
        team_id=team,
        user_id="UINSTALLER",
        bot_id="B1",
        bot_user_id="U1",
        installed_at=at,
        **{"bot_token": f"xoxb-{team}", **more},
    )


@pytest.fixture
async def engine(tmp_path, database_url):
    State(tmp_path, database_url).close()
    one = asynchronous(tmp_path, database_url)
    yield one
    await one.dispose()


async def test_every_database_keeps_the_newest_of_each_workspace(engine):
    long = {"bot_token": f"xoxe.xoxb-1-{'x' * 250}", "bot_refresh_token": f"xoxe-1-{'y' * 250}"}
    stores = [Installations("1.2", engine, Keys(KEY)) for _ in range(2)]
    await asyncio.gather(*(one.create_tables() for one in stores))
    store = stores[0]
    assert await store.only() is None
    await store.async_save(workspace("T1", 1000.5))
    assert await store.only() == "T1"
    await store.async_save(workspace("T1", 2000.123457, bot_token_expires_at=9000, **long))
    await store.async_save(workspace("T2", 1500.0))
    found = await store.of("T1")
    assert (found.bot_token, found.bot_refresh_token) == tuple(long.values())
    assert found.bot_token_expires_at == 9000
    assert await store.renew() == 2
    assert await store.only() is None
    await store.async_save_bot(found)
    assert await store.renew() == 2
    assert not await store.delete("T1", 1999.0)
    assert await store.delete("T1", 2001.0)
    assert not await store.delete("T1", 2001.0)
    assert await store.of("T1") is None
    assert (await store.of("T2")).bot_token == "xoxb-T2"
    assert await Installations("3.4", engine, Keys(KEY)).of("T2") is None


async def test_every_database_seals_anew_what_another_key_has_sealed(engine):
    before = Installations("1.2", engine, Keys(OLD_KEY))
    await before.create_tables()
    await before.async_save(workspace("T1", 1000.0, bot_refresh_token="xoxe-1"))
    with pytest.raises(SettingsError, match="SUMMITQA_TOKEN_KEY"):
        await Installations("1.2", engine, Keys(KEY)).renew()
    assert await Installations("1.2", engine, Keys(f"{KEY},{OLD_KEY}")).renew() == 1
    found = await Installations("1.2", engine, Keys(KEY)).of("T1")
    assert (found.bot_token, found.bot_refresh_token) == ("xoxb-T1", "xoxe-1")


async def test_every_database_lets_of_two_at_once_one_use_a_state(engine, monkeypatch):
    monkeypatch.setattr(slack_store, "MOST_BEGUN", 3)
    states = States(engine)
    await states.create_tables()
    state = await states.async_issue()
    used = await asyncio.gather(*(states.async_consume(state) for _ in range(4)))
    assert sorted(used) == [False, False, False, True]
    many = [await states.async_issue() for _ in range(6)]
    assert [await states.async_consume(one) for one in many] == [False] * 2 + [True] * 4


@pytest.mark.parametrize(
    ("body", "teams"),
    [
        ({"team_id": "T1"}, ("T1",)),
        ({"team_id": "T1", "authorizations": [{"team_id": "T2"}]}, ("T2",)),
        ({"team_id": "T1", "authorizations": []}, ("T1",)),
        ({"type": "block_actions", "team": {"id": "T1"}, "message": {"team": "T2"}}, ("T2", "T1")),
        ({"type": "message_action", "team": {"id": "T1"}, "message": {"team": "T2"}}, ("T1",)),
        ({"view": {"app_installed_team_id": "T2"}, "team": {"id": "T1"}}, ("T2", "T1")),
        ({"team": None, "user": {"team_id": "T1"}, "view": {"team_id": "T2"}}, ("T1", "T2")),
        ({"team": "T1", "team_id": 5}, ()),
        ({}, ()),
    ],
)
def test_the_team_is_that_which_has_the_app(body, teams):
    assert teams_of(body) == teams
