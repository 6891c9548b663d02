"""Many Slack workspaces: each installs the app, is asked in, and leaves, by its own token."""

# ruff: noqa: F811 - fixtures of another module

import sqlite3
import time

from slack_rig import event, mention, press, written
from slack_server import ADMIN, BOT_TOKEN, TEAM, USER
from slack_teams import (  # noqa: F401
    BLUE,
    BOTS,
    RED,
    Bot,
    bot,
    desk,
    gone,
    in_team,
    slash,
    teams,
)

from summitqa_bot.wording.reply import Reply

ANSWERS = ("chat.postMessage",)


async def test_each_workspace_is_answered_with_its_own_token(bot, teams, desk):
    for team in (RED, BLUE):
        status, page, headers = await bot.install(team)
        assert status == 200
        assert f"Installed in &lt;{team}&gt;." in page
        assert "no-store" in headers["Cache-Control"]
    assert desk.communities == [("joined", "slack-t000000red"), ("joined", "slack-t00000blue")]
    for number, team in enumerate((RED, BLUE, RED, BLUE), 1):
        await bot.send(in_team(team, mention(f"Question {number}?")))
    await bot.settle(lambda: len(desk.places) == 4)
    posted = sorted((args["text"].split()[2], token) for token, args in teams.by(*ANSWERS))
    red, blue = teams.token_of(RED), teams.token_of(BLUE)
    assert posted == [("1?", red), ("2?", blue), ("3?", red), ("4?", blue)]
    actors = {actor.workspace: actor for actor, *_ in desk.asked}
    assert actors.keys() == {RED, BLUE}
    # Who installs it becomes no admin of the shelf that all share.
    assert not any(actor.workspaces for actor in actors.values())
    # One auth.test each, as it was installed, tells Bolt who we are for good.
    assert len(teams.by("auth.test")) == 2


async def test_commands_views_the_home_and_the_assistant_are_each_workspaces_own(bot, teams, desk):
    for team in (RED, BLUE):
        await bot.install(team)
    red, blue = teams.token_of(RED), teams.token_of(BLUE)
    await bot.send(slash(teams, RED))
    opened = {"type": "app_home_opened", "tab": "home"}
    await bot.send(in_team(BLUE, event(opened)))
    await bot.send(in_team(RED, event(opened | {"tab": "messages", "channel": "D1"})))
    asking = press(teams, {"action_id": "ask_open", "value": "ask_open"}, team={"id": BLUE})
    await bot.send(asking)
    shortcut = {
        "type": "message_action",
        "callback_id": "find_in_article",
        "trigger_id": "t-find",
        "user": {"id": USER},
        "team": {"id": BLUE},
        "channel": {"id": "C9"},
        "message": {"text": "about parking", "team": RED},
    }
    await bot.send(shortcut)
    prompts = "assistant.threads.setSuggestedPrompts"
    await bot.settle(lambda: desk.places and desk.found and teams.by("views.open"))
    await bot.settle(lambda: teams.by("views.publish") and teams.by(prompts))
    assert {token for token, _ in teams.by("chat.postMessage", prompts)} == {red}
    assert {token for token, _ in teams.by("views.publish", "views.open")} == {blue}
    assert desk.found[0][0].workspace == BLUE


async def test_who_may_what_is_asked_in_the_workspace_where_it_is_done(bot, teams, desk):
    for team in (RED, BLUE):
        await bot.install(team)
    teams.users["UREDBOSS1"] = {"is_admin": True, "team_id": RED}
    for team, user in ((RED, "UREDBOSS1"), (BLUE, "UREDBOSS1"), (BLUE, ADMIN)):
        await bot.send(slash(teams, team, name="/summitqa", text="status", user_id=user))
        await bot.settle(lambda: len(desk.did) == len(teams.by("users.info")) > 0)
    vouched = [(actor.workspace, actor.manages, actor.trusted) for _, actor in desk.did]
    assert vouched == [(RED, True, True), (BLUE, False, False), (BLUE, True, True)]
    red, blue = teams.token_of(RED), teams.token_of(BLUE)
    assert [token for token, _ in teams.by("users.info")] == [red, blue, blue]


async def test_a_channel_that_two_share_is_two_conversations(bot, teams, desk):
    for team in (RED, BLUE):
        await bot.install(team)
    asked = mention("What now?", ts="1600000000.777777")
    await bot.send(in_team(RED, asked))
    await bot.settle(lambda: len(desk.places) == 1)
    # The other's bot is mentioned in the very same message.
    await bot.send(in_team(BLUE, {**asked, "event_id": "EvOther"}))
    await bot.settle(lambda: len(desk.places) == 2)
    threads = {actor.workspace: actor.thread for _, actor, _ in desk.places}
    assert threads == {team: f"{team}:C00000001:1600000000.777777" for team in (RED, BLUE)}
    assert {actor.channel for _, actor, _ in desk.places} == {
        f"{RED}:C00000001",
        f"{BLUE}:C00000001",
    }
    await bot.send(in_team(RED, mention("Another one?", ts="1600000000.888888")))
    await bot.settle(lambda: len(desk.places) == 3)
    follows = {"thread_ts": "1600000000.888888"}
    await bot.send(in_team(BLUE, written("And why?", "C00000001", **follows)))
    await bot.send(in_team(RED, written("And how?", "C00000001", **follows)))
    await bot.settle(lambda: len(desk.places) == 4)
    assert "And why?" not in [said for said, _ in desk.heard]
    assert desk.asked[-1][0].thread == f"{RED}:C00000001:1600000000.888888"


async def test_a_press_by_somebody_of_elsewhere_is_of_the_workspace_whose_answer_it_is(
    bot, teams, desk
):
    for team in (RED, BLUE):
        await bot.install(team)
    button = {"action_id": "more:r1", "value": "more:r1"}
    message = {"ts": "1.2", "thread_ts": "1.1", "team": RED, "user": BOTS[RED]}
    await bot.send(press(teams, button, team={"id": BLUE}, message=message))
    await bot.send(press(teams, button, team={"id": "TNOBODYS1"}, message=message))
    await bot.settle(lambda: len(desk.pressed) == 2)
    assert {actor.workspace for actor, *_ in desk.pressed} == {RED}
    assert {actor.thread for actor, *_ in desk.pressed} == {f"{RED}:C00000001:1.1"}


async def test_a_message_is_set_anew_in_the_workspace_it_is_of(bot, teams, desk):
    for team in (RED, BLUE):
        await bot.install(team)
        await bot.send(in_team(team, mention()))
    await bot.settle(lambda: len(desk.places) == 2)
    for _, actor, message in desk.places:
        assert message.startswith(f"{actor.workspace}/C00000001/")
        assert await desk.amend(message, Reply("It has changed.")) == 0
    changed = [(token, args["channel"], args["ts"]) for token, args in teams.by("chat.update")]
    for token, (_, _, message) in zip(changed, desk.places, strict=True):
        team, channel, ts = message.split("/")
        assert token == (teams.token_of(team), channel, ts)
    # Of which of the two an old one is cannot be told; it is left as it is.
    assert await desk.amend("C00000001/1.2", Reply("It has changed.")) == 0
    assert await desk.amend("TNOBODYS1/C00000001/1.2", Reply("It has changed.")) == 0
    assert len(teams.by("chat.update")) == 2


async def test_one_that_leaves_is_forgotten_and_the_other_goes_on(bot, teams, desk, tmp_path):
    for team in (RED, BLUE):
        await bot.install(team)
    await bot.send(in_team(RED, mention()))
    await bot.settle(lambda: desk.places)
    await bot.send(gone(RED, "tokens_revoked", tokens={"bot": [BOTS[RED]]}))
    await bot.send(gone(RED))
    await bot.settle(lambda: len(desk.communities) > 2)
    teams.tokens[teams.token_of(RED)] = None
    status, said = await bot.send(slash(teams, RED))
    assert status == 200
    assert "not installed in this workspace" in said or teams.responses
    await bot.send(in_team(BLUE, mention()))
    await bot.settle(lambda: len(desk.places) == 2)
    assert desk.communities[2:] == [("left", "slack-t000000red")]
    rows = sqlite3.connect(tmp_path / "state.db").execute("SELECT team_id FROM slack_bots")
    assert rows.fetchall() == [(BLUE,)]


async def test_a_users_token_that_is_revoked_is_no_leaving(bot, teams, desk):
    await bot.install(RED)
    await bot.send(gone(RED, "tokens_revoked", tokens={"oauth": [USER]}))
    await bot.send(in_team(RED, mention()))
    await bot.settle(lambda: desk.places)
    assert desk.communities == [("joined", "slack-t000000red")]


async def test_a_late_word_of_leaving_does_not_undo_that_one_came_again(bot, teams, desk):
    late = gone(RED) | {"event_time": int(time.time()) - 60}
    await bot.install(RED)
    await bot.send(late)
    await bot.send(in_team(RED, mention()))
    await bot.settle(lambda: desk.places)
    assert ("left", "slack-t000000red") not in desk.communities


async def test_who_installs_anew_is_answered_with_the_new_token(bot, teams, desk, tmp_path):
    await bot.install(RED)
    await bot.send(in_team(RED, mention()))
    await bot.settle(lambda: len(desk.places) == 1)
    teams.tokens[teams.token_of(RED)] = None
    await bot.install(RED)
    await bot.send(in_team(RED, mention()))
    await bot.settle(lambda: len(desk.places) == 2)
    assert teams.by(*ANSWERS)[-1][0] == teams.token_of(RED)
    rows = sqlite3.connect(tmp_path / "state.db").execute("SELECT count(*) FROM slack_bots")
    assert rows.fetchone() == (1,)


async def test_the_workspace_of_the_token_is_served_as_ever_beside_those_that_install(
    teams, desk, tmp_path
):
    async with Bot(teams, desk, tmp_path, slack_bot_token=BOT_TOKEN) as bot:
        await bot.install(RED)
        await bot.send(mention())
        await bot.settle(lambda: len(desk.places) == 1)
        await bot.send(in_team(RED, mention()))
        await bot.settle(lambda: len(desk.places) == 2)
        [(_, home, first), (_, away, second)] = desk.places
        assert await desk.amend(first, Reply("It has changed.")) == 0
        await bot.send(gone(TEAM))
        await bot.settle(lambda: len(desk.communities) == 3)
    assert (home.workspace, home.workspaces) == (TEAM, {TEAM})
    assert home.thread.startswith("C00000001:")
    assert first.startswith("C00000001/")
    assert (away.workspace, away.workspaces) == (RED, frozenset())
    assert second.startswith(f"{RED}/")
    assert [token for token, _ in teams.by("chat.update")] == [BOT_TOKEN]
    told = ["joined slack-t00000001", "joined slack-t000000red", "left slack-t00000001"]
    assert [" ".join(one) for one in desk.communities] == told


async def test_where_there_is_one_workspace_its_old_messages_are_known(bot, teams, desk):
    await bot.install(RED)
    assert await desk.amend("C00000001/1.2", Reply("It has changed.")) == 0
    assert [token for token, _ in teams.by("chat.update")] == [teams.token_of(RED)]


async def test_beside_socket_mode_the_pages_are_served_and_nothing_else(teams, desk, tmp_path):
    async with Bot(teams, desk, tmp_path, slack_mode="socket") as bot:
        await teams.until(lambda: teams.connections)
        assert (await bot.install(RED))[0] == 200
        assert (await bot.send(in_team(RED, mention())))[0] == 404
        await teams.send(in_team(RED, mention()))
        await bot.settle(lambda: desk.places)
    assert teams.by(*ANSWERS)[0][0] == teams.token_of(RED)
