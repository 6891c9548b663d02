"""Whatever fails at Slack, the asker gets an answer or a sentence."""

import logging
import time

import pytest
from slack_desk import QUOTE, FakeDesk
from slack_rig import Rig, command, mention, quiet, words, written
from slack_server import BOT_TOKEN, USER

from summitqa_bot.slack import pace
from summitqa_bot.wording.reply import Reply


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_is_retried(rig, slack, desk, status):
    slack.fail("chat.postMessage", status=status)
    await rig.send(mention())
    await rig.settle(lambda: desk.places)


async def test_a_lost_connection_is_retried(rig, slack, desk):
    slack.fail("chat.postMessage", status=0)
    await rig.send(mention())
    await rig.settle(lambda: desk.places)


async def test_everybody_who_asks_in_one_channel_is_answered_once_at_its_pace(
    rig, slack, desk, monkeypatch
):
    slack.pace = 0.01
    monkeypatch.setattr(pace, "SECONDS", 0.03)
    for number in range(60):
        body = mention(f"Question {number}?")
        await rig.send(body if number % 2 else command(slack, text=f"Question {number}?"))
    await rig.settle(lambda: len(desk.places) == 60)
    await quiet()
    texts = [one["text"] for one in slack.sent("chat.postMessage")]
    assert len(texts) == 60
    assert all(sum(f"Question {n}?" in text for text in texts) == 1 for n in range(60))
    assert not slack.responses
    assert not slack.sent("chat.postEphemeral")
    # At the pace, not by trying until it is let through.
    assert len(slack.sent("chat.postMessage!")) < 30


async def test_the_pace_is_one_channels_own(rig, slack, desk, monkeypatch):
    monkeypatch.setattr(pace, "SECONDS", 60)
    for number in range(5):
        await rig.send(mention(channel=f"C0000000{number}"))
    await rig.settle(lambda: len(desk.places) == 5)


async def test_a_command_is_answered_past_a_long_queue_for_all_to_see(
    rig, slack, desk, monkeypatch
):
    monkeypatch.setattr(pace, "SECONDS", 60)
    for number in range(3):
        await rig.send(command(slack, text=f"Question {number}?"))
    await rig.settle(lambda: desk.places and len(slack.responses) == 2)
    assert len(slack.sent("chat.postMessage")) == 1
    assert {one["response_type"] for one in slack.responses} == {"in_channel"}
    texts = [one["text"] for one in [*slack.responses, *slack.sent("chat.postMessage")]]
    assert all(sum(f"Question {n}?" in text for text in texts) == 1 for n in range(3))


@pytest.mark.parametrize("asked", [mention, lambda: written("What happened?")])
async def test_an_answer_whose_reply_was_lost_is_found_and_not_posted_again(
    rig, slack, desk, asked
):
    slack.lose("chat.postMessage")
    await rig.send(asked())
    await rig.settle(lambda: desk.places)
    [post] = slack.messages
    assert desk.places[0][2] == f"{post['channel']}/{post['ts']}"
    assert len(slack.sent("conversations.replies", "conversations.history")) == 1


async def test_an_answer_that_cannot_be_looked_for_is_rather_posted_twice_than_never(
    rig, slack, desk
):
    slack.fail("chat.postMessage", status=0)
    slack.fail("conversations.replies", "missing_scope")
    await rig.send(mention())
    await rig.settle(lambda: desk.places)


async def test_a_rate_limit_holds_back_all_who_post_there_and_nobody_else(rig, slack, desk):
    slack.fail("chat.postMessage", "ratelimited", status=429, headers={"Retry-After": "1"})
    started = time.monotonic()
    await rig.send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage!"))
    await quiet()
    await rig.send(mention())
    await rig.send(mention(channel="C00000002"))
    await rig.settle(lambda: len(desk.places) == 3)
    channels = [one["channel"] for one in slack.messages]
    assert channels == ["C00000002", "C00000001", "C00000001"]
    assert len(slack.sent("chat.postMessage!")) == 1
    assert time.monotonic() - started >= 1


async def test_a_rate_limit_is_waited_for(rig, slack, desk):
    slack.fail("chat.postMessage", "ratelimited", status=429, headers={"Retry-After": "1"})
    started = time.monotonic()
    await rig.send(mention())
    await rig.settle(lambda: desk.places)
    assert time.monotonic() - started >= 1


async def test_a_rate_limit_for_an_hour_ends_in_a_sentence(rig, slack):
    slack.fail("chat.postMessage", "ratelimited", status=429, headers={"Retry-After": "3600"})
    await rig.send(command(slack))
    await rig.settle(lambda: slack.responses)
    assert "error" in slack.responses[0]["text"]


@pytest.mark.parametrize(
    "code", ["not_in_channel", "channel_not_found", "is_archived", "restricted_action"]
)
async def test_where_we_may_not_write_the_asker_is_answered_alone(rig, slack, desk, code):
    slack.fail("chat.postMessage", code)
    await rig.send(command(slack))
    await rig.settle(lambda: slack.responses)
    assert slack.responses[0]["response_type"] == "ephemeral"
    assert QUOTE in words(slack.responses[0]["blocks"])
    assert code in str(slack.responses[0]["blocks"])
    await rig.send(mention())
    await rig.settle(lambda: desk.places)


async def test_an_expired_response_url_gives_way_to_the_next(rig, slack):
    url = slack.response_url("expired")
    await rig.send(command(slack, text="--private What?", response_url=url))
    await slack.until(lambda: slack.sent("chat.postEphemeral"))
    assert slack.sent("chat.postEphemeral")[0]["user"] == USER
    slack.fail("chat.postEphemeral", "user_not_in_channel")
    await rig.send(command(slack, text="--private What?", response_url=url))
    await slack.until(lambda: slack.sent("chat.postMessage"))
    assert slack.sent("chat.postMessage")[0]["channel"] == USER


async def test_refused_blocks_give_way_to_the_text(rig, slack, desk):
    slack.fail("chat.postMessage", "invalid_blocks")
    await rig.send(mention())
    await rig.settle(lambda: desk.places)
    [post] = slack.sent("chat.postMessage")
    assert "blocks" not in post
    assert QUOTE in post["text"]


async def test_an_unexpected_error_is_logged_and_told_with_its_id(rig, slack, desk, caplog):
    desk.fails = RuntimeError("broken")
    await rig.send(command(slack))
    await rig.settle(lambda: slack.responses)
    [record] = [one for one in caplog.records if one.message.startswith("error ")]
    assert record.message.removeprefix("error ") in slack.responses[0]["text"]
    assert "broken" not in slack.responses[0]["text"]


async def test_a_desk_that_cannot_note_the_message_has_still_answered(
    rig, slack, desk, monkeypatch
):
    async def broken(reply, actor, message):
        raise OSError("database is locked")

    monkeypatch.setattr(desk, "posted", broken)
    await rig.send(command(slack))
    await slack.until(lambda: slack.sent("chat.postMessage"))
    await quiet()
    assert not slack.responses


async def test_a_desk_that_cannot_tell_new_from_old_still_answers(rig, slack, desk, monkeypatch):
    async def broken(*_):
        raise OSError("database is locked")

    monkeypatch.setattr(desk.claims, "take", broken)
    await rig.send(mention())
    await rig.settle(lambda: desk.places)


@pytest.mark.parametrize("how", [{"secret": "another-secret"}, {"at": time.time() - 600}])
async def test_a_request_not_signed_by_slack_just_now_is_refused(rig, slack, desk, how):
    assert (await rig.send(mention(), **how)).status == 401
    assert (await rig.send(command(slack), **how)).status == 401
    await quiet()
    assert not desk.asked


async def test_without_a_secret_every_request_over_http_is_refused(slack, desk):
    rig = Rig(slack, desk, slack_signing_secret=None)
    assert (await rig.send(mention(), secret="guess")).status == 401


async def test_thirty_slow_questions_delay_no_acknowledgement(rig, slack, desk):
    desk.delay = 1.5
    slowest = 0.0
    for _ in range(30):
        started = time.monotonic()
        assert (await rig.send(command(slack))).status == 200
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 1
    await rig.settle(lambda: len(desk.places) == 30)
    assert len(slack.sent("chat.postMessage")) == 30
    assert len(slack.sent("auth.test")) == 1


async def test_a_private_reply_to_a_mention_is_seen_by_its_author_alone(rig, slack, desk):
    desk.reply = Reply("Please wait 2 seconds.", private=True)
    await rig.send(mention())
    await slack.until(lambda: slack.sent("chat.postEphemeral"))
    assert not slack.sent("chat.postMessage")


async def test_no_secret_reaches_the_log(rig, slack, desk, caplog):
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("summitqa_bot.slack")
    log.error("with %s and wss://x/?ticket=abc-123 at https://hooks.slack.com/T1/B2", BOT_TOKEN)
    try:
        raise RuntimeError(BOT_TOKEN)  # noqa: TRY301
    except RuntimeError:
        log.exception("traceback")
    await rig.send(mention())
    await rig.settle(lambda: desk.places)
    for hidden in (BOT_TOKEN, "abc-123", "T1/B2"):
        assert hidden not in caplog.text
