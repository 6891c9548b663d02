"""What is not found on Slack is handed to people there, and whoever asked is told."""

import pytest
from slack_rig import command, event, submitted, words
from slack_server import ADMIN, BOT, USER
from slack_shelf import Shelf, real_desk

from summitqa_bot.strings import editors as said

EDITORS, HELPER = "C0000ED1T", "UHELPER01"
ASKED = "Where may ferrets be walked?"


@pytest.fixture
async def desk(tmp_path):
    async with real_desk(tmp_path) as one:
        yield one


@pytest.fixture
def shelf(rig, slack):
    return Shelf(rig, slack)


async def handed(shelf, slack, desk):
    """Have a question asked that nothing answers; give the post that hands it to people."""
    slack.users[HELPER] = {}
    await shelf.put()
    text = f"editors <#{EDITORS}|editors> <@{HELPER}|helen>"
    await shelf.after(command(slack, "/summitqa", text, user_id=ADMIN))
    asked = event({"type": "app_mention", "text": f"<@{BOT}> {ASKED}", "ts": "1600000000.7"})
    await shelf.rig.send(asked)
    await shelf.rig.settle(lambda: slack.sent("chat.postMessage"))
    await shelf.rig.settle(lambda: desk._state.recent(7, found=False))
    await desk._editors.walk()
    return slack.sent("chat.postMessage")[-1]


def pressed(shelf, post, label, user=HELPER):
    return shelf.press(post, label, user) | {"container": {"channel_id": EDITORS}}


async def test_a_question_is_handed_on_pointed_to_a_passage_and_its_asker_told(shelf, slack, desk):
    post = await handed(shelf, slack, desk)
    assert post["channel"] == EDITORS
    assert [one["user_id"] for one in users(post)] == [HELPER]
    assert ASKED in " ".join(words(post["blocks"]))
    view = await shelf.opened(pressed(shelf, post, said.BUTTON_POINT))
    assert view["blocks"][0]["element"]["initial_value"] == ASKED
    choice = await shelf.after(submitted(view, HELPER, search="Where may dogs be walked?"))
    teach = said.BUTTON_TEACH.format(number=1)
    done = await shelf.said(pressed(shelf, choice, teach))
    assert said.ASKER_TOLD in done
    told = slack.sent("chat.postMessage")[-1]
    assert told["channel"] == "C00000001"
    assert told["thread_ts"] == "1600000000.7"
    assert not users(told)


async def test_a_written_answer_needs_its_words_and_a_name(shelf, slack, desk):
    post = await handed(shelf, slack, desk)
    view = await shelf.opened(pressed(shelf, post, said.BUTTON_WRITE))
    assert [block["optional"] for block in view["blocks"]] == [False, False]
    filled = submitted(view, HELPER, text="Ferrets stay at home.", name="Helen")
    assert said.ASKER_TOLD in await shelf.said(filled)


async def test_who_is_no_helper_is_told_so(shelf, slack, desk):
    post = await handed(shelf, slack, desk)
    for label in (said.BUTTON_POINT, said.BUTTON_WRITE, said.BUTTON_DISMISS):
        assert "admins" in await shelf.said(pressed(shelf, post, label, USER))
    assert said.DISMISS_DONE in await shelf.said(pressed(shelf, post, said.BUTTON_DISMISS))


def users(message):
    """The people that a message calls."""
    found = [message["blocks"]]
    called = []
    while found:
        one = found.pop()
        parts = list(one.values()) if isinstance(one, dict) else one
        called += [one] if isinstance(one, dict) and one.get("type") == "user" else []
        found += [part for part in parts if isinstance(part, dict | list)]
    return called
