"""What admins may do, and that nobody else may."""

import pytest
from slack_desk import FakeDesk
from slack_rig import command
from slack_server import ADMIN, USER


@pytest.fixture
def desk():
    return FakeDesk()


async def test_reindex_shows_progress_in_place_and_its_outcome(rig, slack, desk):
    desk.delay = 0.6
    await rig.send(command(slack, "/reindex", "", user_id=ADMIN))
    await rig.settle(lambda: [one for one in slack.sent("chat.update") if "Done" in one["text"]])
    assert [post["channel"] for post in slack.sent("chat.postMessage")] == [ADMIN]
    assert {one["channel"] for one in slack.sent("chat.update")} == {f"D{ADMIN[1:]}"}
    assert slack.responses[0]["response_type"] == "ephemeral"


@pytest.mark.parametrize(("text", "forced"), [("", False), ("force", True), ("--force", True)])
async def test_reindex_can_be_forced(rig, slack, desk, text, forced):
    await rig.send(command(slack, "/reindex", text, user_id=ADMIN))
    await rig.settle(lambda: desk.did)
    assert desk.forced is forced


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
