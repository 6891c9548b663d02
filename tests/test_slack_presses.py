"""Buttons and the forms behind them."""

import pytest
from slack_desk import FakeDesk, answer
from slack_rig import mention, press, words
from slack_server import ADMIN, TEAM, USER

from summitqa_bot import strings
from summitqa_bot.slack import blocks as slack_blocks


@pytest.fixture
def desk():
    return FakeDesk()


def button_of(verb):
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


async def test_sharing_posts_for_all_and_tells_the_presser(rig, slack, desk):
    await rig.send(press(slack, button_of("share")))
    await rig.settle(lambda: desk.places and slack.responses)
    assert [one["channel"] for one in slack.sent("chat.postMessage")] == ["C00000001"]
    assert strings.SHARED in words(slack.responses[0]["blocks"])
    assert slack.responses[0]["response_type"] == "ephemeral"
    assert desk.unposted == []


async def test_a_share_that_the_channel_refuses_is_told_to_the_presser(rig, slack, desk):
    slack.fail("chat.postMessage", "not_in_channel")
    await rig.send(press(slack, button_of("share")))
    await rig.settle(lambda: slack.responses and desk.unposted)
    assert "/invite" in str(slack.responses[0])
    assert desk.unposted == ["r1"]


async def test_a_share_that_cannot_reach_slack_may_be_tried_again(rig, slack, desk):
    slack.fail("chat.postMessage", "fatal_error", times=9)
    await rig.send(press(slack, button_of("share")))
    await rig.settle(lambda: desk.unposted)
    assert desk.unposted == ["r1"]


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
