"""What nobody else may read, what is erased on request, and what a wrong clock cannot delete."""

import io
import logging
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from summitqa_bot import logs
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, database, records
from summitqa_bot.state.files import copy_of
from tests.test_state import ASKED

QUESTION = "Is my salary really frozen until spring?"
START = datetime.fromisoformat("2026-03-01 12:00")


class Clock:
    """A clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        monkeypatch.setattr(records, "_now", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def state(clock: Clock, tmp_path: Path, database_url: str):
    made = State(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch):
    """What a bot logs, as it is set up to log."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    logs.configure_logging(Settings(log_level="debug"))
    root.handlers[0].setStream(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)  # and not the attribute: loggers remember what they let through


def live(state: State, clock: Clock, days: int) -> None:
    """A question and a run of the retention on each of so many days."""
    for _ in range(days):
        state.save_answer(replace(ASKED, ref=f"{clock.now:%Y-%m-%d}"))
        state.forget(90)
        clock.now += timedelta(days=1)


def kept(state: State) -> int:
    with state._engine.connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM answers").scalar_one()


def test_in_an_even_life_what_is_older_than_the_retention_goes(state, clock):
    live(state, clock, 100)
    assert kept(state) in {90, 91}


@pytest.mark.parametrize("years", [1, 10])
def test_a_clock_that_jumps_ahead_empties_nothing(state, clock, years):
    live(state, clock, 20)
    true = clock.now
    clock.now += timedelta(days=365 * years)
    state.forget(90)
    state.save_answer(replace(ASKED, ref="asked meanwhile"))
    for _ in range(5):  # as many starts in a row
        state.forget(90)
        clock.now += timedelta(hours=1)
    assert kept(state) == 21
    clock.now = true
    live(state, clock, 3)
    assert kept(state) == 24


def test_a_clock_that_is_ahead_for_days_forgets_no_more_than_the_newest_row_justifies(state, clock):
    live(state, clock, 20)
    clock.now += timedelta(days=3650)
    for _ in range(10):
        state.forget(90)
        clock.now += timedelta(days=1)
    assert kept(state) == 20


def test_a_clock_that_goes_back_and_forth_empties_nothing(state, clock):
    live(state, clock, 20)
    true = clock.now
    clock.now = datetime.fromisoformat("1970-01-01")
    state.forget(90)
    state.forget(90)
    clock.now = true
    state.forget(90)
    assert kept(state) == 20


def test_after_a_long_pause_the_old_goes_once_life_has_gone_on_for_a_day(state, clock):
    live(state, clock, 20)
    clock.now += timedelta(days=200)
    live(state, clock, 3)
    assert kept(state) == 3


def test_what_a_clock_dated_ahead_does_not_stay_for_ever(state, clock):
    live(state, clock, 2)
    true = clock.now
    clock.now += timedelta(days=3650)
    state.save_answer(replace(ASKED, ref="ahead"))
    clock.now = true
    live(state, clock, 100)
    assert state.answer("ahead") is None


def test_one_persons_answers_questions_and_thumbs_are_erased(state):
    theirs = replace(ASKED, asker=state.hashed("U123456"), question=QUESTION)
    state.save_answer(replace(theirs, ref="t1"))
    state.save_answer(replace(ASKED, ref="o1", context=["Who came?", QUESTION]))
    state.save_answer(replace(ASKED, ref="o2", thread="C9:9.9", context=["Who came?"]))
    state.rate("t1", "U999999", good=False, reason="no")
    state.rate("o1", "U123456", good=True)
    state.rate("o1", "U999999", good=True)
    state.audit("slack:U123456", "reindex", "done")
    erased = state.erase("slack", "U123456")
    assert (erased.answers, erased.thumbs, erased.contexts, erased.audit) == (1, 2, 1, 1)
    assert state.answer("t1") is None
    assert state.answer("o1").context == ["Who came?"]
    assert state.answer("o2").context == ["Who came?"]
    assert state.ratings() == (1, 0, [])
    assert state.audit_log() == [("slack:U123456", "reindex", "done")]
    assert state.erase("slack", "U123456").answers == 0


def test_what_is_erased_is_in_no_file_any_more(tmp_path):
    state = State(tmp_path)
    state.save_answer(replace(ASKED, asker=state.hashed("U123456"), question=QUESTION))
    copy_of(tmp_path / "state.db", 1).write_text(QUESTION)
    assert any(QUESTION.encode() in path.read_bytes() for path in tmp_path.glob("state.db*"))
    assert state.erase("slack", "U123456").copies == 1
    assert not any(QUESTION.encode() in path.read_bytes() for path in tmp_path.glob("state.db*"))
    state.close()


def test_a_copy_of_the_database_is_kept_no_longer_than_what_it_holds(tmp_path):
    state = State(tmp_path)
    state.save_answer(ASKED)
    old, young = copy_of(tmp_path / "state.db", 1), copy_of(tmp_path / "state.db", 2)
    old.touch()
    young.touch()
    long_ago = datetime.now(UTC) - timedelta(days=91)
    os.utime(old, (long_ago.timestamp(),) * 2)
    state.forget(90)
    assert not old.exists()
    assert young.exists()
    state.close()


@pytest.mark.parametrize("umask", [0, 0o777])
def test_the_database_and_a_trace_are_their_owners_alone(tmp_path, monkeypatch, umask):
    monkeypatch.setattr(logs.tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / "loose.db").touch(0o666)
    before = os.umask(umask)
    try:
        states = [State(tmp_path), State(tmp_path, f"sqlite:///{tmp_path / 'loose.db'}")]
        for state in states:
            state.save_answer(ASKED)
        logs.keep_trace("0badc0de", ValueError("no"))
    finally:
        os.umask(before)
    found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert {"state.db", "state.db-wal", "state.db-shm", "loose.db", "loose.db-wal"} <= set(found)
    assert "summitqa-error-0badc0de.txt" in found
    assert set(found.values()) == {0o600}
    for state in states:
        state.close()


def test_a_locked_database_puts_no_question_and_no_hash_into_the_log(tmp_path, monkeypatch, log):
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 20)
    state = State(tmp_path)
    with closing(sqlite3.connect(tmp_path / "state.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            state.save_answer(replace(ASKED, asker=state.hashed("U1"), question=QUESTION))
        except Exception:
            logging.getLogger("summitqa_bot").exception("failed")
    said = log.getvalue()
    assert "locked" in said
    assert QUESTION not in said
    assert state.hashed("U1") not in said
    state.close()


def test_a_row_that_a_database_refuses_is_not_in_the_log(state, log):
    try:
        state.save_answer(replace(ASKED, question=QUESTION, asker=state.hashed("U1"), version=None))
    except Exception:
        logging.getLogger("summitqa_bot").exception("failed")
    assert "IntegrityError" in log.getvalue()
    assert QUESTION not in log.getvalue()
    assert state.hashed("U1") not in log.getvalue()


def test_even_at_debug_level_the_database_logs_nothing_of_a_row(tmp_path, log):
    state = State(tmp_path)
    state.save_answer(replace(ASKED, question=QUESTION))
    assert state.answer("r1") is not None
    assert QUESTION not in log.getvalue()
    state.close()
