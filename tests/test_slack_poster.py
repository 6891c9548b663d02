"""What is handed to people is posted in their workspace, calls them, and nobody else."""

import asyncio

import pytest
from slack_desk import FakeDesk, answer
from slack_rig import event, words, written
from slack_server import BOT, TEAM

from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.wording.reply import Button, Reply
from summitqa_bot.wording.talk import Address

HOME = f"slack-{TEAM.lower()}"
HANDED = Reply("Nobody knows: <@U00000009> <!here>", buttons=(Button("point", "r", "Point"),))


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture
def post(rig, desk):
    return desk.poster


async def test_a_question_is_handed_to_a_channel_and_calls_those_named_alone(post, slack):
    people = ("UHELPER01", "<!channel>", "UHELPER01", "123", "W0HELPER2")
    message = await post(HOME, "C0000ED1T", HANDED, people)
    sent = slack.sent("chat.postMessage")[0]
    assert message == f"C0000ED1T/{slack.messages[0]['ts']}"
    assert sent["channel"] == "C0000ED1T"
    assert "thread_ts" not in sent
    called = [one for one in slack_blocks_of(sent) if one.get("type") == "user"]
    assert [one["user_id"] for one in called] == ["UHELPER01", "W0HELPER2"]
    assert "<@" not in sent["text"]
    assert "<!" not in sent["text"]
    assert HANDED.text in words(sent["blocks"])


def slack_blocks_of(part):
    """Every block, element and object of a message."""
    if isinstance(part, dict):
        return [part, *slack_blocks_of(list(part.values()))]
    return [one for item in part for one in slack_blocks_of(item)] if isinstance(part, list) else []


def test_a_reply_that_calls_nobody_is_laid_out_as_ever():
    assert slack_blocks.blocks(HANDED, ("somebody",)) == slack_blocks.blocks(HANDED)


async def test_who_asked_is_told_in_the_thread_of_the_answer(post, desk, slack):
    assert await post(HOME, "C00000001/1600000001.000002", answer("x"), ())
    assert slack.sent("chat.postMessage")[0]["thread_ts"] == "1600000001.000002"


async def test_who_asked_is_told_in_the_thread_that_the_answer_is_in(rig, desk, slack):
    await rig.send(event({"type": "app_mention", "text": f"<@{BOT}> Who?", "ts": "1600000000.5"}))
    await rig.settle(lambda: desk.places)
    message = desk.places[0][2]
    assert await desk.poster(HOME, message, answer("x"), ())
    assert slack.sent("chat.postMessage")[1]["thread_ts"] == "1600000000.5"


@pytest.mark.parametrize("community", ["slack-t00000002", "slack-user-u1", "discord-1", "slack-"])
async def test_nothing_is_posted_for_a_workspace_that_is_not_ours(post, slack, community):
    assert await post(community, "C0000ED1T", HANDED, ()) is None
    assert not slack.sent("chat.postMessage")


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found"])
async def test_a_channel_that_takes_nothing_is_no_error(post, slack, error):
    slack.fail("chat.postMessage", error)
    assert await post(HOME, "C0000ED1T", HANDED, ()) is None
    assert not slack.sent("chat.postEphemeral")


async def test_trouble_of_ours_is_no_error(post, desk, slack, monkeypatch):
    async def broken(*_):
        raise RuntimeError("database")

    monkeypatch.setattr(desk, "conversation", broken)
    assert await post(HOME, "C1/1.2", HANDED, ()) is None


async def test_a_post_that_nobody_was_asked_in_is_heard_where_that_is_wished(rig, desk, slack):
    desk.listened = {"C00000001"}
    await rig.send(written("When is it?", "C00000001"))
    await rig.settle(lambda: desk.places)
    assert desk.heard == [("When is it?", Address.OPEN)]


@pytest.mark.parametrize(
    ("channel", "more"),
    [
        ("C00000002", {}),
        ("C00000001", {"text": "<@UALICE001> when is it?"}),
        ("C00000001", {"thread_ts": "1500000000.1"}),
        ("C00000001", {"bot_id": "B9"}),
        ("C00000001", {"subtype": "channel_join"}),
        ("C00000001", {"text": " "}),
        ("C00000001", {"text": f"<@{BOT}> when is it?"}),
    ],
)
async def test_other_posts_are_not_heard(rig, desk, channel, more):
    desk.listened = {"C00000001"}
    text, more = more.get("text", "When is it?"), {**more, "text": None}
    await rig.send(written(text, channel, **{key: one for key, one in more.items() if one}))
    await asyncio.sleep(0.1)
    assert not desk.heard
