"""The threads that ask a database server: none of them waits for ever, and nobody for them."""

import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.service import threads
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.strings.serving import DATABASE_AWAY, DATABASE_SLOW
from summitqa_bot.wording.talk import Address
from tests.fakes import FakeEncoder, index, library, write

ASKER = Actor("slack", "U1", "T1", "C1", "C1:1.0")
QUESTION = "Of what is the bridge?"


@pytest.fixture
async def desk(tmp_path: Path, postgres_databases: Callable[[], str]) -> AsyncIterator[Desk]:
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    state = State(home, postgres_databases())
    made = Desk(Settings(home=home), library(home), state, FakeEncoder())
    yield made
    await made.close()


async def test_what_no_thread_is_free_for_in_time_ends_in_a_sentence_and_is_not_done(
    desk, monkeypatch
):
    monkeypatch.setattr(threads, "BEGUN_SECONDS", 0.05)
    held, noted = threading.Event(), []
    try:
        for _ in range(threads.CLERKS):
            desk._clerk.submit(held.wait, 20)
        with pytest.raises(DatabaseUnavailableError, match=DATABASE_SLOW):
            await desk._clerically(noted.append, "late")
    finally:
        held.set()
    assert await desk._clerically(lambda: "in time") == "in time"
    assert not noted


async def test_what_has_begun_is_waited_for(desk, monkeypatch):
    monkeypatch.setattr(threads, "BEGUN_SECONDS", 0.01)

    def slow() -> str:
        threading.Event().wait(0.2)
        return "done"

    assert await desk._clerically(slow) == "done"


async def test_a_question_in_an_outage_is_answered_all_the_same(desk, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError(DATABASE_AWAY)

    monkeypatch.setattr(desk._state, "conversation", away)
    monkeypatch.setattr(desk._state.limits, "wait", away)
    monkeypatch.setattr(desk._state.communities, "lately", away)
    assert (await desk.ask(ASKER, QUESTION)).cards
    in_thread = await desk.hear(ASKER, QUESTION, Address.THREAD)
    assert in_thread is not None
    assert in_thread.cards
    # Whoever put it to nobody is left in peace.
    assert await desk.hear(ASKER, QUESTION, Address.OPEN) is None
    monkeypatch.undo()
    assert (await desk.ask(ASKER, QUESTION)).cards
