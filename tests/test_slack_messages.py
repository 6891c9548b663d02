"""Edited and deleted questions, the assistant pane, App Home, the shortcut."""

import pytest
from slack_desk import FakeDesk
from slack_rig import event, press, quiet, words, written
from slack_server import TEAM, USER


@pytest.fixture
def desk():
    return FakeDesk()


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


async def test_the_shortcut_finds_what_a_message_speaks_of(rig, slack, desk):
    body = {
        "type": "message_action",
        "callback_id": "find_in_article",
        "trigger_id": "t-find",
        "user": {"id": USER},
        "team": {"id": TEAM},
        "channel": {"id": "C00000001"},
        "message": {"text": "they met for &gt; 3 hours", "ts": "1.1"},
        "response_url": slack.response_url(),
        "api_app_id": "A1",
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
        "type": "block_suggestion",
        "action_id": "ask_article",
        "block_id": "ask_article",
        "value": "alaska",
        "user": {"id": USER},
        "team": {"id": TEAM},
        "view": view,
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
    assert call["thread_ts"] == "1.1"
    assert 1 <= len(call["prompts"]) <= 4
    await quiet()
    assert not slack.sent("conversations.replies")


async def test_the_messages_tab_suggests_questions_that_the_shelf_answers(rig, slack):
    await rig.send(event({"type": "app_home_opened", "tab": "messages", "channel": "D00000001"}))
    await slack.until(lambda: slack.sent("assistant.threads.setSuggestedPrompts"))
    [call] = slack.sent("assistant.threads.setSuggestedPrompts")
    assert call["channel_id"] == "D00000001"
    # With it, Slack would do nothing and say nothing.
    assert "thread_ts" not in call
    assert [one["message"] for one in call["prompts"]] == [
        "What is said about parking?",
        "What is said about fees?",
    ]
    await quiet()
    assert not slack.sent("views.publish")


async def test_a_shelf_that_answers_none_of_its_questions_suggests_none(rig, slack, monkeypatch):
    async def none(count):
        return ()

    monkeypatch.setattr(rig.desk, "examples", none)
    await rig.send(event({"type": "app_home_opened", "tab": "messages", "channel": "D00000001"}))
    await quiet()
    assert not slack.sent("assistant.threads.setSuggestedPrompts")


@pytest.mark.parametrize("root", ["question", "answer"])
async def test_a_thread_under_a_direct_message_goes_on_with_its_conversation(rig, desk, root):
    body = written("What happened?")
    await rig.send(body)
    await rig.settle(lambda: desk.places)
    roots = {"question": body["event"]["ts"], "answer": desk.places[0][2].split("/")[1]}
    await rig.send(written("And who came?", thread_ts=roots[root]))
    await rig.settle(lambda: len(desk.asked) == 2)
    assert desk.asked[1][0].thread == desk.asked[0][0].thread == "D00000001"


async def test_what_slack_sends_tells_which_view_the_app_has(rig, desk):
    await rig.send(written("What happened?"))
    await rig.settle(lambda: desk.noted == {"slack view": "agent_view"})
    thread = {"user_id": USER, "channel_id": "D00000001", "thread_ts": "1.1", "context": {}}
    body = event({"type": "assistant_thread_started", "assistant_thread": thread, "channel": None})
    await rig.send(body)
    await rig.settle(lambda: desk.noted == {"slack view": "assistant_view"})
    await rig.send(written("What happened?", thread_ts="1.1"))
    await rig.settle(lambda: len(desk.places) == 2)
    assert desk.noted == {"slack view": "assistant_view"}


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
