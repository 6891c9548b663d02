"""Whatever Slack has sent over HTTP, another replica hears as if it had been sent to it."""

import json

import pytest
from slack_desk import FakeDesk
from slack_rig import command, mention, press, shortcut, written

from summitqa_bot.slack.app import _again


@pytest.fixture
def desk():
    return FakeDesk()


BUTTON = {"action_id": "context:r1", "value": "context:r1"}


@pytest.mark.parametrize(
    "sent",
    [
        lambda _: mention("What happened?"),
        lambda _: written("What happened?"),
        lambda slack: command(slack, text="What happened?"),
        lambda slack: shortcut(slack, {"text": "What happened?"}, "find_in_article"),
        lambda slack: press(slack, BUTTON),
    ],
)
async def test_what_is_heard_again_is_what_was_sent(rig, slack, desk, monkeypatch, sent):
    heard, take = [], desk.claims.take

    async def elsewhere(event, payload):
        heard.append((event, payload))
        return 0

    monkeypatch.setattr(desk.claims, "take", elsewhere)
    await rig.send(sent(slack))
    await rig.settle(lambda: heard)
    [(name, payload)] = heard
    assert not (desk.asked or desk.found or desk.pressed)

    async def here(event, payload):
        heard.append((event, payload))
        return await take(event, payload)

    monkeypatch.setattr(desk.claims, "take", here)
    await _again(rig.app, json.loads(json.dumps(payload)))  # as the database has it
    await rig.settle(lambda: desk.asked or desk.found or desk.pressed)
    assert heard[1] == (name, payload)
