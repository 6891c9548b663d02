"""A new index that is not switched to: what is said in chat, and the button that switches."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from summitqa.library import Library, current_version
from summitqa_bot import strings
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from summitqa_index import versions
from tests.fakes import FakeEncoder, index, publisher, write

ADMIN = Actor("slack", "U0ADMIN01", "T1", "C1", manages=True, workspaces=frozenset({"T1"}))
MEMBER = replace(ADMIN, user="U0OTHER01", manages=False)
FACTS = ["The bridge is of oak.", "The bell is of silver.", "The water is of salt."]
LOST = [f"What is the {word} of?" for word in ("bridge", "bell", "water", "bridge", "bell")]


async def shown(_: Reply) -> None:
    """Progress goes nowhere."""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    cases = [{"question": LOST[n], "paragraphs": [n % 3 + 1]} for n in range(5)]
    lines = "\n".join(json.dumps(case) for case in cases)
    return write(tmp_path / "shelf", {"a.txt": "\n\n".join(FACTS), "questions.jsonl": lines})


@pytest.fixture
async def desk(tmp_path: Path, shelf: Path):
    home = tmp_path / "home"
    index(home, shelf)
    settings = Settings(home=home, sources=(str(shelf),))
    made = Desk(settings, Library(home, FakeEncoder()), State(home), FakeEncoder())
    yield made
    await made.close()


def button(reply: Reply) -> str:
    (only,) = reply.buttons
    assert only.label == strings.BUTTON_SWITCH
    return only.id


async def test_what_would_be_lost_is_said_and_only_an_admin_switches_to_it(desk, shelf, tmp_path):
    before = current_version(tmp_path / "home")
    write(shelf, {"a.txt": "Nothing here."})
    reply = await desk.reindex(ADMIN, shown)
    assert "5 of the questions" in reply.text
    assert all(question in reply.text for question in LOST[:3])
    assert "2 more" in reply.text
    assert current_version(tmp_path / "home") == before
    assert (await desk.press(MEMBER, button(reply))).text == strings.ADMINS_ONLY
    assert current_version(tmp_path / "home") == before
    done = await desk.press(ADMIN, button(reply))
    now = current_version(tmp_path / "home")
    assert now != before
    assert done.text == strings.SWITCHED.format(version=now)
    assert desk._library.store.nth(0).text == "Nothing here."
    assert not (await desk.reindex(ADMIN, shown)).buttons  # nothing has changed since


async def test_what_is_kept_aside_no_more_is_not_switched_to(desk, shelf, tmp_path):
    write(shelf, {"a.txt": "Nothing here."})
    old = button(await desk.reindex(ADMIN, shown))
    write(shelf, {"a.txt": "Nothing there."})
    new = button(await desk.reindex(ADMIN, shown))
    assert "There is no version" in (await desk.press(ADMIN, old)).text
    await desk.press(ADMIN, new)
    assert desk._library.store.nth(0).text == "Nothing there."


async def test_a_reindex_can_be_forced_in_chat(desk, shelf):
    write(shelf, {"a.txt": "Nothing here."})
    assert not (await desk.reindex(ADMIN, shown, force=True)).buttons
    assert desk._library.store.nth(0).text == "Nothing here."
    assert ("slack:" + ADMIN.user, "reindex force", "done") in desk._state.audit_log()


async def test_a_rollback_holds_in_chat_until_an_admin_presses(desk, shelf, tmp_path):
    (shelf / "questions.jsonl").unlink()
    write(shelf, {"a.txt": "Nothing here."})
    await desk.reindex(ADMIN, shown)
    left = current_version(tmp_path / "home")
    back = versions.rollback(publisher(tmp_path / "home"))
    reply = await desk.reindex(ADMIN, shown)
    assert left in reply.text
    assert current_version(tmp_path / "home") == back
    await desk.press(ADMIN, button(reply))
    assert current_version(tmp_path / "home") == left


async def test_the_log_of_what_was_done_holds_no_question(desk, shelf, caplog):
    caplog.set_level("INFO")
    write(shelf, {"a.txt": "Nothing here."})
    await desk.reindex(ADMIN, shown)
    (_, action, result) = desk._state.audit_log()[0]
    assert (action, result) == ("reindex", "kept aside: 5 questions would lose their answer")
    assert not any(question in caplog.text for question in LOST)
