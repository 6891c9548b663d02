"""What admins may do, and that nobody else may."""

import pytest
from slack_desk import FakeDesk
from slack_rig import command, words
from slack_server import ADMIN, USER

from summitqa.settings import HOUSE
from summitqa_bot.strings import slack as said
from summitqa_bot.wording.reply import File, Reply


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


@pytest.mark.parametrize(
    ("text", "forced"), [("", False), ("force", True), ("--force", True), ("--house Force", True)]
)
async def test_reindex_can_be_forced(rig, slack, desk, text, forced):
    await rig.send(command(slack, "/reindex", text, user_id=ADMIN))
    await rig.settle(lambda: desk.did)
    assert desk.forced is forced
    assert desk.shelf == (HOUSE if "--house" in text else None)


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
        ("channel in:alaska-summit", ("set_channel", ["alaska-summit"])),
        ("channel rules, faq in:mill", ("set_channel", ["rules", "faq", "mill"])),
        ("channel", ("set_channel", [])),
        ("unanswered", ("unanswered",)),
        ("Feedback", ("feedback",)),
        ("versions", ("versions",)),
        ("rollback", ("rollback",)),
        ("verify", ("verify",)),
        ("status --house", ("status", {"shelf": HOUSE})),
        ("--house rollback", ("rollback", {"shelf": HOUSE})),
        ("versions --house", ("versions", {"shelf": HOUSE})),
        ("verify --house", ("verify", {"shelf": HOUSE})),
        ("forget", ("forget",)),
        ("report", ("report",)),
        ("settings", ("show",)),
        ("admins add <@UUSER0001|alice>", ("admin", "UUSER0001", {"named": True})),
        ("admins remove <@W0123ABC>", ("admin", "W0123ABC", {"named": False})),
        ("house on", ("house", True)),
        ("house Off", ("house", False)),
        ("editors <#C0000ED1T|editors>", ("editors", "C0000ED1T", None)),
        ("editors <#C0000ED1T|> <@UUSER0001>", ("editors", "C0000ED1T", "UUSER0001")),
        ("editors off", ("editors", None)),
        ("weekly <#G0000ED1T>", ("weekly", "G0000ED1T")),
        ("weekly off", ("weekly", None)),
        ("rules answers off", ("channel", {"answers": False})),
        ("rules unasked on", ("channel", {"unasked": True})),
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


@pytest.mark.parametrize(
    "text",
    [
        "", "dance", "forget --house", "settings --house", "admins", "admins add", "house",
        "admins promote <@UUSER0001>", "house maybe", "editors", "editors <@UUSER0001>",
        "editors <#C0000ED1T> somebody", "weekly", "weekly <#C0000ED1T> daily", "rules",
        "rules answers", "rules dance on", "admins add <!subteam^S1>", "weekly off please",
    ],
)  # fmt: skip
async def test_what_there_is_not_is_answered_with_what_there_is(rig, slack, desk, text):
    await rig.send(command(slack, "/summitqa", text, user_id=ADMIN))
    await rig.settle(lambda: slack.responses)
    assert said.HELP in words(slack.responses[0]["blocks"])
    assert not desk.did
    assert not slack.sent("users.info")


@pytest.mark.parametrize("text", ["admins add @alice", "editors #editors", "weekly #editors"])
async def test_a_name_that_slack_has_not_linked_is_asked_to_be_picked(rig, slack, desk, text):
    await rig.send(command(slack, "/summitqa", text, user_id=ADMIN))
    await rig.settle(lambda: slack.responses)
    assert said.NOT_PICKED in words(slack.responses[0]["blocks"])
    assert not desk.did


async def test_a_file_goes_to_the_direct_messages_of_whoever_asked(rig, slack, desk):
    desk.reply = Reply("All of it.", private=True, file=File("report.csv", b"a,b\n"))
    await rig.send(command(slack, "/summitqa", "report", user_id=ADMIN))
    await rig.settle(lambda: slack.files.shared)
    assert list(slack.files.uploaded.values()) == [["report.csv", b"a,b\n"]]
    assert slack.files.shared == [("FUP1", f"D{ADMIN[1:]}")]
    assert "All of it." in words(slack.responses[0]["blocks"])
    assert [one["channel"] for one in slack.sent("chat.postMessage")] == [ADMIN]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("error", ["missing_scope", "invalid_channel"])
async def test_a_file_that_cannot_be_given_is_told_of(rig, slack, desk, method, error):
    desk.reply = Reply("All of it.", private=True, file=File("report.csv", b"a,b\n"))
    slack.fail(method, error)
    await rig.send(command(slack, "/summitqa", "report", user_id=ADMIN))
    await rig.settle(lambda: slack.sent("chat.update"))
    told = words(slack.sent("chat.update")[0]["blocks"])
    scope = said.SCOPE_LACKED.format(scopes="files:write")
    failed = said.FILE_NOT_GIVEN.format(name="report.csv", reason=error)
    assert (scope if error == "missing_scope" else failed) in told


async def test_a_file_for_somebody_who_cannot_be_written_to_is_told_of(rig, slack, desk):
    desk.reply = Reply("All of it.", private=True, file=File("report.csv", b"a,b\n"))
    slack.fail("chat.postMessage", "messages_tab_disabled", times=9)
    await rig.send(command(slack, "/summitqa", "report", user_id=ADMIN))
    await rig.settle(lambda: len(slack.responses) == 2)
    assert "messages_tab_disabled" in str(slack.responses[1])


async def test_whom_and_what_was_chosen_is_named_by_each_readers_client(rig, slack, desk):
    text = "UHELPER01 and T00000RED:C0000ED1T, but no USELESS GOVERNMENT."
    desk.reply = Reply(text, private=True)
    await rig.send(command(slack, "/summitqa", "settings", user_id=ADMIN))
    await rig.settle(lambda: slack.responses)
    told = slack.responses[0]["blocks"][0]["elements"][0]["elements"]
    assert told[0] == {"type": "user", "user_id": "UHELPER01"}
    assert told[2] == {"type": "channel", "channel_id": "C0000ED1T"}
    assert told[3]["text"] == ", but no USELESS GOVERNMENT."
    assert "C0000ED1T" not in slack.responses[0]["text"]


@pytest.mark.parametrize("error", [None, "not_in_channel", "internal_error"])
async def test_a_channel_that_does_not_let_us_in_is_told_of_as_it_is_chosen(
    rig, slack, desk, error
):
    if error:
        slack.fail("conversations.history", error, times=9)
    await rig.send(command(slack, "/summitqa", "weekly <#C0000ED1T|ed>", user_id=ADMIN))
    await rig.settle(lambda: slack.responses)
    told = words(slack.responses[0]["blocks"])
    assert (said.NOT_WRITTEN in told) is (error == "not_in_channel")
