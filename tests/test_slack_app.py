"""The Slack app through Bolt's own dispatch, with requests signed as Slack signs them."""

import asyncio
import logging
import time

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_server import (
    ADMIN,
    BOT,
    BOT_TOKEN,
    QUOTE,
    TEAM,
    USER,
    FakeDesk,
    SlackServer,
    answer,
    command,
    event,
    mention,
    press,
    settings,
    signed,
    written,
)

from bot.reply import Reply
from bot.slack_app import build


@pytest.fixture
async def slack():
    async with SlackServer() as server:
        yield server


@pytest.fixture
def desk():
    return FakeDesk()


class Rig:
    def __init__(self, server, desk, **changes):
        self.server, self.desk = server, desk
        self.app = build(settings(server, **changes), desk)

    async def send(self, body, **how):
        raw, headers = signed(body, **how)
        return await self.app.async_dispatch(AsyncBoltRequest(body=raw, headers=headers))

    async def settle(self, done):
        async with asyncio.timeout(10):
            while not done():
                await asyncio.sleep(0.01)


@pytest.fixture
def rig(slack, desk):
    return Rig(slack, desk)


async def quiet(seconds=0.15):
    await asyncio.sleep(seconds)


def words(blocks):
    """All text of blocks, in order."""
    if isinstance(blocks, dict):
        text = blocks.get("text")
        own = [text] if isinstance(text, str) else []
        return own + [one for value in blocks.values() for one in words(value)]
    return [one for item in blocks for one in words(item)] if isinstance(blocks, list) else []


# ---------------------------------------------------------------------------- asking


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


@pytest.mark.parametrize("text", ["--private What happened?", "private What happened?"])
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
    await Rig(slack, desk, answer_in="reply").send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage"))
    assert "thread_ts" not in slack.sent("chat.postMessage")[0]


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


@pytest.mark.parametrize(
    "body",
    [
        written("just talking", "C00000001"),
        written("just talking", "C00000001", thread_ts="9.9"),
        written(f"<@{BOT}> as a mention comes too", "C00000001", thread_ts="1.1", parent_user_id=BOT),
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


# ---------------------------------------------------------------------------- edits


def edited(body, text):
    message = {**body["event"], "text": text, "edited": {"user": USER, "ts": "2.2"}}
    return event(
        {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": body["event"]["channel"],
            "channel_type": "im",
            "message": message,
            "previous_message": body["event"],
            "user": None,
        }
    )


@pytest.mark.parametrize("more", [{}, {"thread_ts": "1.1"}])
async def test_an_edited_question_updates_its_answer(rig, slack, desk, more):
    body = written("What hapened?", **more)
    await rig.send(body)
    await rig.settle(lambda: desk.places)
    await rig.send(edited(body, "Who came?"))
    await slack.until(lambda: slack.sent("chat.update"))
    assert len(slack.sent("chat.postMessage")) == 1
    assert "Who came?" in slack.sent("chat.update")[0]["text"]


async def test_an_unfurled_question_is_not_asked_again(rig, desk):
    body = written("What happened?")
    await rig.send(body)
    await rig.settle(lambda: desk.places)
    await rig.send(edited(body, "What happened?"))
    await quiet()
    assert len(desk.asked) == 1


async def test_an_edit_of_what_we_never_answered_says_nothing(rig, desk):
    await rig.send(edited(written("hello"), "hello there"))
    await quiet()
    assert not desk.asked


async def test_the_answer_to_an_edit_is_posted_anew_where_the_old_one_is_gone(rig, slack, desk):
    body = written("What hapened?")
    await rig.send(body)
    await rig.settle(lambda: desk.places)
    slack.deleted.add(desk.places[0][2].split("/")[1])
    await rig.send(edited(body, "Who came?"))
    await rig.settle(lambda: len(slack.sent("chat.postMessage")) == 2)


async def test_a_question_deleted_meanwhile_gets_no_answer(rig, slack, desk):
    desk.delay = 0.2
    body = written("What happened?")
    await rig.send(body)
    await rig.settle(lambda: desk.asked)
    gone = {"type": "message", "subtype": "message_deleted", "deleted_ts": body["event"]["ts"]}
    await rig.send(event(gone | {"channel": "D00000001", "channel_type": "im", "user": None}))
    await quiet(0.4)
    assert not slack.sent("chat.postMessage", "chat.update")


# ---------------------------------------------------------------------------- buttons


def button_of(verb):
    from bot import slack_blocks

    row = slack_blocks.blocks(answer("x"))[-1]["elements"]
    return next(one for one in row if one["action_id"].startswith(f"{verb}:"))


async def test_a_press_is_answered_to_the_presser_alone(rig, slack, desk):
    await rig.send(press(slack, button_of("context")))
    await rig.settle(lambda: slack.responses)
    assert desk.pressed[0][1:] == ("context:r1", "")
    assert slack.responses[0]["response_type"] == "ephemeral"
    assert slack.responses[0]["replace_original"] is False
    assert slack.responses[0]["thread_ts"] == "1.1"
    assert not slack.sent("chat.postMessage", "chat.update")


async def test_sharing_posts_for_all(rig, slack, desk):
    await rig.send(press(slack, button_of("share")))
    await rig.settle(lambda: desk.places)
    assert slack.sent("chat.postMessage")[0]["channel"] == "C00000001"


async def test_a_share_that_the_channel_refuses_is_told_to_the_presser(rig, slack):
    slack.fail("chat.postMessage", "not_in_channel")
    await rig.send(press(slack, button_of("share")))
    await rig.settle(lambda: slack.responses)
    assert "/invite" in str(slack.responses[0])


async def test_a_button_with_a_form_opens_it_and_hands_its_line_on(rig, slack, desk):
    await rig.send(press(slack, button_of("down")))
    await slack.until(lambda: slack.sent("views.open"))
    view = slack.sent("views.open")[0]["view"]
    assert view["blocks"][0]["label"]["text"] == "What was wrong?"
    assert not desk.pressed
    filled = {**view, "id": "V1", "state": {"values": {"text": {"text": {"value": "Too short"}}}}}
    body = {"type": "view_submission", "user": {"id": USER}, "team": {"id": TEAM}, "view": filled}
    assert (await rig.send(body | {"trigger_id": "t-view", "api_app_id": "A1"})).body == ""
    await rig.settle(lambda: slack.responses)
    assert desk.pressed[0][1:] == ("down:r1", "Too short")


async def test_a_form_that_comes_too_late_loses_its_line_but_not_the_press(rig, slack, desk):
    slack.fail("views.open", "expired_trigger_id")
    await rig.send(press(slack, button_of("down")))
    await rig.settle(lambda: desk.pressed)
    assert desk.pressed[0][1:] == ("down:r1", "")


async def test_a_press_on_the_cancel_button_is_vouched_for(rig, slack, desk):
    button = {"action_id": "cancel:1", "value": "cancel:1"}
    await rig.send(press(slack, button, user={"id": ADMIN}))
    await rig.settle(lambda: desk.pressed)
    assert desk.pressed[0][0].manages


async def test_ordinary_presses_and_questions_need_no_look_at_the_user(rig, slack, desk):
    await rig.send(press(slack, button_of("context")))
    await rig.send(mention())
    await rig.settle(lambda: desk.places and desk.pressed)
    assert not slack.sent("users.info")


# ---------------------------------------------------------------------------- admins


async def test_reindex_shows_progress_in_place_and_its_outcome(rig, slack, desk):
    desk.delay = 0.6
    await rig.send(command(slack, "/reindex", "", user_id=ADMIN))
    await rig.settle(lambda: [one for one in slack.sent("chat.update") if "Done" in one["text"]])
    assert [post["channel"] for post in slack.sent("chat.postMessage")] == [ADMIN]
    assert {one["channel"] for one in slack.sent("chat.update")} == {f"D{ADMIN[1:]}"}
    assert slack.responses[0]["response_type"] == "ephemeral"


@pytest.mark.parametrize("user", [USER, "UGUEST001", "USTRANGE1", "UNOBODY01"])
async def test_reindex_is_refused_to_all_but_our_own_admins(rig, slack, desk, user):
    await rig.send(command(slack, "/reindex", "", user_id=user))
    await rig.settle(lambda: slack.responses)
    assert "for admins" in slack.responses[0]["text"]
    assert slack.sent("users.info", "users.info!")


async def test_whoever_cannot_be_looked_up_is_not_trusted(rig, slack, desk):
    slack.fail("users.info", "internal_error", times=9)
    await rig.send(command(slack, "/reindex", "", user_id=ADMIN))
    await rig.settle(lambda: desk.did)
    assert not desk.did[0][1].trusted


async def test_progress_that_cannot_be_shown_does_not_stop_the_reindex(rig, slack, desk):
    slack.fail("chat.postMessage", "channel_not_found", times=9)
    slack.fail("chat.postEphemeral", "channel_not_found", times=9)
    await rig.send(command(slack, "/reindex", "", user_id=ADMIN))
    await rig.settle(lambda: any("Done" in one["text"] for one in slack.responses))


@pytest.mark.parametrize(
    ("text", "did"),
    [
        ("status", ("status",)),
        ("channel alaska-summit", ("channel", "alaska-summit")),
        ("channel", ("channel", None)),
        ("unanswered", ("unanswered",)),
        ("Feedback", ("feedback",)),
    ],
)
async def test_the_admin_command_has_its_verbs(rig, slack, desk, text, did):
    await rig.send(command(slack, "/summitqa", text, user_id=ADMIN))
    await rig.settle(lambda: slack.responses)
    verb, actor, *rest = desk.did[0]
    assert (verb, *rest) == did
    assert actor.manages
    assert actor.channel == "C00000001"
    assert slack.responses[0]["response_type"] == "ephemeral"


async def test_an_unknown_verb_is_answered_with_the_known_ones(rig, slack, desk):
    await rig.send(command(slack, "/summitqa", "dance"))
    await rig.settle(lambda: slack.responses)
    assert "unanswered" in slack.responses[0]["text"]
    assert not desk.did


# ---------------------------------------------------------------------------- surfaces


async def test_the_shortcut_finds_what_a_message_speaks_of(rig, slack, desk):
    body = {
        "type": "message_action", "callback_id": "find_in_article", "trigger_id": "t-find",
        "user": {"id": USER}, "team": {"id": TEAM}, "channel": {"id": "C00000001"},
        "message": {"text": "they met for &gt; 3 hours", "ts": "1.1"},
        "response_url": slack.response_url(), "api_app_id": "A1",
    }
    await rig.send(body)
    await rig.settle(lambda: slack.responses)
    assert desk.found[0][1] == "they met for > 3 hours"
    assert slack.responses[0]["response_type"] == "ephemeral"


async def test_app_home_lists_the_articles(rig, slack):
    await rig.send(event({"type": "app_home_opened", "tab": "home"}))
    await slack.until(lambda: slack.sent("views.publish"))
    view = slack.sent("views.publish")[0]["view"]
    assert "The Alaska summit (in:alaska-summit)" in words(view["blocks"])


async def test_the_form_in_app_home_asks(rig, slack, desk):
    button = {"action_id": "ask_open", "value": "ask_open"}
    await rig.send(press(slack, button, container={"type": "view"}, channel=None))
    await slack.until(lambda: slack.sent("views.open"))
    view = slack.sent("views.open")[0]["view"]
    suggestion = {
        "type": "block_suggestion", "action_id": "ask_article", "block_id": "ask_article",
        "value": "alaska", "user": {"id": USER}, "team": {"id": TEAM}, "view": view,
    }
    options = await rig.send(suggestion | {"api_app_id": "A1"})
    assert "alaska-summit" in options.body
    assert "budget" not in options.body
    chosen = {"ask_article": {"selected_option": {"value": "alaska-summit"}}}
    state = {"values": {"text": {"text": {"value": "Who came?"}}, "ask_article": chosen}}
    body = {"type": "view_submission", "user": {"id": USER}, "team": {"id": TEAM}}
    body |= {"view": {**view, "id": "V1", "state": state}, "trigger_id": "t9", "api_app_id": "A1"}
    await rig.send(body)
    await rig.settle(lambda: desk.places)
    assert desk.asked[0][1:3] == ("Who came?", "alaska-summit")
    assert slack.sent("chat.postMessage")[0]["channel"] == USER


async def test_the_pane_suggests_prompts(rig, slack):
    thread = {"user_id": USER, "channel_id": "D00000001", "thread_ts": "1.1", "context": {}}
    for kind in ("assistant_thread_started", "assistant_thread_context_changed"):
        body = event({"type": kind, "assistant_thread": thread, "channel": None})
        assert (await rig.send(body)).status == 200
    await slack.until(lambda: slack.sent("assistant.threads.setSuggestedPrompts"))
    [call] = slack.sent("assistant.threads.setSuggestedPrompts")
    assert 1 <= len(call["prompts"]) <= 4
    await quiet()
    assert not slack.sent("conversations.replies")


async def test_the_pane_shows_that_it_works_then_answers_in_its_thread(rig, slack, desk):
    await rig.send(written("What happened?", thread_ts="1.1"))
    await rig.settle(lambda: desk.places)
    assert slack.sent("assistant.threads.setStatus")[0]["thread_ts"] == "1.1"
    assert slack.sent("chat.postMessage")[0]["thread_ts"] == "1.1"
    assert desk.asked[0][0].thread == "D00000001:1.1"


async def test_a_status_that_cannot_be_set_does_not_keep_the_answer(rig, slack, desk):
    slack.fail("assistant.threads.setStatus", "missing_scope")
    await rig.send(written("What happened?", thread_ts="1.1"))
    await rig.settle(lambda: desk.places)


# ---------------------------------------------------------------------------- faults


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_is_retried(rig, slack, desk, status):
    slack.fail("chat.postMessage", status=status)
    await rig.send(mention())
    await rig.settle(lambda: desk.places)


async def test_a_lost_connection_is_retried(rig, slack, desk):
    slack.fail("chat.postMessage", status=0)
    await rig.send(mention())
    await rig.settle(lambda: desk.places)


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


async def test_a_desk_that_cannot_tell_new_from_old_still_answers(rig, slack, desk, monkeypatch):
    async def broken(event):
        raise OSError("database is locked")

    monkeypatch.setattr(desk, "first_time", broken)
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
    log = logging.getLogger("bot.slack")
    log.error("with %s and wss://x/?ticket=abc-123 at https://hooks.slack.com/T1/B2", BOT_TOKEN)
    try:
        raise RuntimeError(BOT_TOKEN)
    except RuntimeError:
        log.exception("traceback")
    await rig.send(mention())
    await rig.settle(lambda: desk.places)
    for hidden in (BOT_TOKEN, "abc-123", "T1/B2"):
        assert hidden not in caplog.text
