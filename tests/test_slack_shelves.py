"""The shelves of two Slack workspaces of one bot: each is filled by its own token, seen by its own."""

# ruff: noqa: F811 - fixtures of another module

import pytest
from slack_rig import press, submitted, words
from slack_server import ADMIN
from slack_shelf import RULES, real_desk
from slack_teams import BLUE, RED, Bot, slash, teams  # noqa: F401

from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import Reply


@pytest.fixture
async def desk(tmp_path):
    async with real_desk(tmp_path) as one:
        yield one


@pytest.fixture
async def bot(teams, desk, tmp_path):
    async with Bot(teams, desk, tmp_path) as one:
        for team in (RED, BLUE):
            await one.install(team)
        yield one


async def shown(bot, teams, body):
    before = len(teams.responses)
    await bot.send(body)
    await bot.settle(lambda: len(teams.responses) > before)
    return teams.responses[-1]


def pressed(teams, team, message, label):
    row = next(one for one in message["blocks"] if one["type"] == "actions")["elements"]
    button = next(one for one in row if one["text"]["text"] == label)
    return press(teams, button, user={"id": ADMIN}, team={"id": team})


async def test_what_one_workspace_puts_on_its_shelf_is_no_others(bot, teams):
    def articles(team, text):
        return slash(teams, team, name="/articles", text=text, user_id=ADMIN)

    file = teams.files.put("rules.md", RULES)
    await bot.send(articles(RED, "add"))
    await bot.settle(lambda: teams.by("views.open"))
    view = teams.by("views.open")[0][1]["view"]
    preview = await shown(bot, teams, submitted(view, ADMIN, file=[file]) | {"team": {"id": RED}})
    red = teams.token_of(RED)
    assert {token for token, _ in teams.by("views.open", "files.info")} == {red}
    assert teams.files.downloads == [("127.0.0.1", f"Bearer {red}")]
    put = said.BUTTON_PUT
    theirs = await shown(bot, teams, pressed(teams, BLUE, preview, put))
    assert said.DRAFT_GONE in words(theirs["blocks"])
    done = await shown(bot, teams, pressed(teams, RED, preview, put))
    assert "“House rules” is on the shelf" in "".join(words(done["blocks"]))
    listed = {
        team: "".join(words((await shown(bot, teams, articles(team, "list")))["blocks"]))
        for team in (RED, BLUE)
    }
    assert "House rules (rules)" in listed[RED]
    assert "House rules" not in listed[BLUE]
    assert said.LIST_EMPTY in listed[BLUE]


async def test_what_is_handed_to_people_is_posted_in_their_workspace(bot, teams, desk):
    for team, channel in ((RED, f"{RED}:C0000ED1T"), (BLUE, "C0000ED1T")):
        message = await desk._editors.post(f"slack-{team.lower()}", channel, Reply("Who?"), ())
        token, sent = teams.by("chat.postMessage")[-1]
        assert token == teams.token_of(team)
        assert sent["channel"] == "C0000ED1T"
        assert message == f"{team}/C0000ED1T/{teams.messages[-1]['ts']}"
        assert await desk._editors.post(f"slack-{team.lower()}", message, Reply("Now."), ())
        token, sent = teams.by("chat.postMessage")[-1]
        assert token == teams.token_of(team)
        assert sent["thread_ts"] == message.rpartition("/")[2]
