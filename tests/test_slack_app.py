"""Questions, by command, mention, message and thread, through Bolt with signed requests."""

import pytest
from slack_desk import QUOTE, FakeDesk
from slack_rig import Rig, command, mention, quiet, words, written
from slack_server import BOT, TEAM, USER

from summitqa_bot.wording.talk import Address


@pytest.fixture
def desk():
    return FakeDesk()


async def test_ask_is_acknowledged_and_answered_in_the_channel(rig, slack, desk):
    response = await rig.send(command(slack))
    assert response.status == 200
    assert '"in_channel"' in response.body
    await rig.settle(lambda: desk.places)
    [post] = slack.sent("chat.postMessage")
    assert post["channel"] == "C00000001"
    assert QUOTE in post["text"]
    assert "¶5" in post["text"]
    assert QUOTE in words(post["blocks"])
    assert post["unfurl_links"] is False
    assert post["unfurl_media"] is False
    actor, question, article, private = desk.asked[0]
    assert (actor.platform, actor.user, actor.workspace) == ("slack", USER, TEAM)
    assert actor.workspaces == frozenset({TEAM})
    assert (question, article, private) == ("What happened?", None, False)
    assert desk.places[0][2].startswith("C00000001/17")


@pytest.mark.parametrize("text", ["--private What happened?", "What happened? --private"])
async def test_a_private_question_is_answered_to_the_asker_alone(rig, slack, desk, text):
    response = await rig.send(command(slack, text=text))
    assert response.body == ""
    await rig.settle(lambda: slack.responses)
    assert slack.responses[0]["response_type"] == "ephemeral"
    assert slack.responses[0]["replace_original"] is False
    assert desk.asked[0][1] == "What happened?"
    assert desk.asked[0][3] is True
    assert not slack.sent("chat.postMessage")
    assert not desk.places


async def test_a_question_can_be_limited_to_an_article(rig, slack, desk):
    await rig.send(command(slack, text="What happened in:alaska-summit ?"))
    await rig.settle(lambda: desk.asked)
    assert desk.asked[0][1:3] == ("What happened ?", "alaska-summit")


async def test_a_mention_is_answered_in_its_thread(rig, slack, desk):
    body = mention("Who &amp; <#C2|general> <https://x.org|there>?")
    await rig.send(body)
    await rig.settle(lambda: desk.places)
    assert slack.sent("chat.postMessage")[0]["thread_ts"] == body["event"]["ts"]
    assert desk.asked[0][1] == "Who & #general there?"
    assert desk.asked[0][0].thread == f"C00000001:{body['event']['ts']}"


async def test_a_mention_is_answered_beside_it_where_replies_are_the_setting(slack, desk):
    rig = Rig(slack, desk, answer_in="reply")
    await rig.send(mention())
    await rig.settle(lambda: desk.places)
    assert "thread_ts" not in slack.sent("chat.postMessage")[0]
    _, actor, message = desk.places[0]
    assert actor.thread == message.replace("/", ":")


async def test_a_direct_message_is_answered_there(rig, slack, desk):
    await rig.send(written("What happened?"))
    await rig.settle(lambda: desk.places)
    assert slack.sent("chat.postMessage")[0]["channel"] == "D00000001"
    assert desk.asked[0][0].thread == "D00000001"


async def test_a_thread_we_answered_in_needs_no_new_mention(rig, slack, desk):
    first = mention()
    await rig.send(first)
    await rig.settle(lambda: desk.places)
    root = first["event"]["ts"]
    await rig.send(written("And Putin?", "C00000001", thread_ts=root))
    await rig.settle(lambda: len(desk.places) == 2)
    assert desk.asked[1][0].thread == desk.asked[0][0].thread == f"C00000001:{root}"
    assert [post["thread_ts"] for post in slack.sent("chat.postMessage")] == [root, root]


async def test_a_thread_under_our_own_message_is_ours_after_a_restart(rig, slack, desk):
    await rig.send(written("And Putin?", "C00000001", thread_ts="1.1", parent_user_id=BOT))
    await rig.settle(lambda: desk.places)


async def test_the_desk_is_told_to_whom_a_message_is_put(rig, slack, desk):
    first = mention("What happened?")
    await rig.send(first)
    await rig.settle(lambda: desk.places)
    await rig.send(written("And Putin?", "C00000001", thread_ts=first["event"]["ts"]))
    await rig.settle(lambda: len(desk.heard) == 2)
    await rig.send(written("And Trump?"))
    await rig.settle(lambda: len(desk.heard) == 3)
    assert [to for _, to in desk.heard] == [Address.MENTION, Address.THREAD, Address.DIRECT]


async def test_where_the_desk_says_nothing_nothing_is_posted_nor_shown(rig, slack, desk):
    desk.ignored.add("lol")
    for body in (mention("lol"), written("lol"), written("lol", thread_ts="1.1")):
        await rig.send(body)
    await rig.settle(lambda: len(desk.heard) == 3)
    await quiet()
    posted = slack.sent("chat.postMessage", "chat.postEphemeral", "assistant.threads.setStatus")
    assert not posted


@pytest.mark.parametrize(
    "body",
    [
        written("just talking", "C00000001"),
        written("just talking", "C00000001", thread_ts="9.9"),
        written(
            f"<@{BOT}> as a mention comes too", "C00000001", thread_ts="1.1", parent_user_id=BOT
        ),
        written("<@UOTHER001> what do you say?", "C00000001", thread_ts="1.1", parent_user_id=BOT),
        mention(bot_id="B2"),
        mention(user=BOT),
        mention(subtype="bot_message"),
        written("joined", subtype="channel_join"),
        written("from Slack", user="USLACKBOT"),
    ],
)
async def test_what_is_not_for_us_is_left_alone(rig, slack, desk, body):
    assert (await rig.send(body)).status == 200
    await quiet()
    assert not desk.asked
    assert not slack.sent("chat.postMessage", "chat.postEphemeral")


async def test_a_file_with_words_and_a_broadcast_reply_are_questions(rig, desk):
    await rig.send(written("What is this?", subtype="file_share"))
    await rig.send(mention(subtype="thread_broadcast", thread_ts="1.1"))
    await rig.settle(lambda: len(desk.asked) == 2)


async def test_an_event_delivered_again_is_answered_once(rig, slack, desk):
    body, slash = mention(), command(slack)
    for one in (body, body, slash, slash):
        assert (await rig.send(one)).status == 200
    await rig.settle(lambda: len(desk.places) == 2)
    await quiet()
    assert len(desk.asked) == 2
