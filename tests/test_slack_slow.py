"""A database that takes long holds up no acknowledgement, and who asks meanwhile is told."""

# ruff: noqa: F811 - fixtures of another module

import asyncio

import pytest
from slack_desk import FakeDesk
from slack_rig import Rig, mention
from slack_teams import BLUE, RED, bot, desk, in_team, slash, teams  # noqa: F401

from summitqa_bot.slack import presses as slack_presses
from summitqa_bot.slack import workspaces as slack_workspaces
from summitqa_bot.slack.store import Installations
from summitqa_bot.strings.serving import DATABASE_SLOW

ANSWERS = ("chat.postMessage",)


class Stuck(asyncio.Event):
    """No token can be read before this is set; then it is waited for as long as that takes."""

    def set(self) -> None:
        slack_workspaces.LOOK_SECONDS = 10.0
        super().set()

    def clear(self) -> None:
        slack_workspaces.LOOK_SECONDS = 0.05
        super().clear()


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    monkeypatch.setattr(slack_workspaces, "LOOK_SECONDS", 0.05)
    mended, of = Stuck(), Installations.of

    async def slow(self, team):
        await mended.wait()
        return await of(self, team)

    monkeypatch.setattr(Installations, "of", slow)
    return mended


async def test_a_workspace_that_is_known_is_answered_without_waiting(
    bot, teams, desk, stuck, monkeypatch
):
    stuck.set()
    await bot.install(RED)
    await bot.send(in_team(RED, mention()))
    await bot.settle(lambda: len(desk.places) == 1)
    stuck.clear()
    monkeypatch.setattr(slack_workspaces, "FRESH", 0.0)
    assert (await bot.send(slash(teams, RED)))[0] == 200
    await bot.settle(lambda: len(desk.places) == 2)
    # It is looked again all the while, so that a token that has changed is found in the end.
    teams.tokens[teams.token_of(RED)] = None
    await bot.install(RED)
    stuck.set()
    await bot.send(in_team(RED, mention()))
    await bot.settle(lambda: len(desk.places) == 3)
    assert teams.by(*ANSWERS)[-1][0] == teams.token_of(RED)


async def test_one_that_is_not_known_yet_is_told_or_comes_again(bot, teams, desk, stuck):
    for team in (RED, BLUE):
        await bot.install(team)
    assert (await bot.send(slash(teams, RED)))[0] == 200
    await bot.settle(lambda: teams.responses)
    assert [one["text"] for one in teams.responses] == [DATABASE_SLOW]
    asked = in_team(BLUE, mention())
    # What is not acknowledged Slack delivers again.
    assert (await bot.send(asked))[0] == 503
    assert not desk.places
    stuck.set()
    assert (await bot.send(asked))[0] == 200
    await bot.settle(lambda: desk.places)
    assert teams.by(*ANSWERS)[0][0] == teams.token_of(BLUE)


async def test_a_look_that_is_cut_off_by_a_stop_is_no_error(bot, teams, desk, stuck):
    await bot.install(RED)
    await bot.send(slash(teams, RED))
    strays, loop = [], asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, found: strays.append(found))
    looking = [one for one in asyncio.all_tasks() if "_read_into" in repr(one)]
    for one in looking:
        one.cancel()
    await asyncio.wait(looking)
    await asyncio.sleep(0)
    assert not strays


async def test_where_articles_take_long_none_are_offered(slack, monkeypatch):
    monkeypatch.setattr(slack_presses, "TITLES_SECONDS", 0.05)
    desk = FakeDesk()

    async def never(*_):
        await asyncio.Event().wait()

    desk.titles = never
    asked = {
        "type": "block_suggestion", "action_id": "ask_article", "block_id": "ask_article",
        "value": "bri", "user": {"id": "U00000001"}, "team": {"id": "T00000001"},
        "api_app_id": "A1", "container": {"type": "view"},
    }  # fmt: skip
    answer = await Rig(slack, desk).send(asked)
    assert (answer.status, answer.body) == (200, '{"options": []}')
