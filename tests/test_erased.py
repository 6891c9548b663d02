"""Who is erased, or their community, leaves nothing that was begun for them before."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.service.owing import Owing
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state import State, erasure, records
from summitqa_bot.state.schema import ANSWERS, ERASED, FEEDBACK, HANDOFFS
from tests.test_state import ASKED

ANN = Actor("slack", "U1", "T1")
ERASE = {
    "a person": lambda state: state.erase("slack", "U1"),
    "a community": lambda state: state.communities.erase("slack-t1"),
}


@pytest.fixture
def replicas(tmp_path, database_url):
    """Two processes on one database."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(State(tmp_path, database_url))) for _ in range(2)]


@pytest.fixture(params=ERASE)
def erase(request):
    return ERASE[request.param]


def asked(state, **changes):
    return replace(ASKED, asker=state.hashed("U1"), community="slack-t1", **changes)


def counted(state):
    with state._engine.connect() as connection:
        tables = (ANSWERS, FEEDBACK, HANDOFFS)
        return [connection.execute(select(func.count()).select_from(t)).scalar() for t in tables]


def test_what_was_asked_before_is_not_kept_after_on_any_replica(replicas, erase):
    ours, other = replicas
    before = time.monotonic()
    erase(other)
    assert not ours.save_answer(asked(ours), since=before)
    ours.record(asked(ours), before)
    ours.rate("r1", "U1", good=True, community="slack-t1", since=before)
    assert not ours.handoffs.open("r1", "slack-t1", ASKED.question)
    assert counted(ours) == [0, 0, 0]


def test_what_is_asked_after_is_kept_and_so_is_what_others_ask(replicas, erase):
    ours, other = replicas
    before = time.monotonic()
    erase(other)
    assert ours.save_answer(asked(ours), since=time.monotonic())
    others = replace(ASKED, ref="r2", asker=ours.hashed("U2"), community="slack-t2")
    assert ours.save_answer(others, since=before)
    assert counted(ours)[0] == 2


def test_what_is_being_kept_just_then_is_erased(replicas, erase, monkeypatch):
    ours, other = replicas
    if ours._engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    put, keeping, may = records.rows.put, threading.Event(), threading.Event()

    def held_up(connection, table, *args, **named):
        if table is ANSWERS:
            keeping.set()
            may.wait(20)
        return put(connection, table, *args, **named)

    monkeypatch.setattr(records.rows, "put", held_up)
    with ThreadPoolExecutor(2) as pool:
        kept = pool.submit(ours.save_answer, asked(ours), since=time.monotonic())
        keeping.wait(20)
        erased = pool.submit(erase, other)
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        with other._engine.connect() as connection:
            while not connection.execute(waiting).scalar():
                time.sleep(0.01)
        may.set()
        assert kept.result()
        erased.result()
    assert counted(ours)[0] == 0


def test_what_is_owed_to_a_database_that_was_away_is_not_paid(replicas, erase, monkeypatch):
    ours, other = replicas
    owing, before = Owing(ours), replace(ANN, at=time.monotonic())

    def away(*_):
        raise DatabaseUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(ours, "save_answer", away)
        assert not owing.save(asked(ours), before)
        erase(other)
        assert not owing.save(asked(ours, ref="r2"), replace(ANN, at=time.monotonic()))
    assert owing.posted("r2", "C1/2", None)
    owing.pay()
    assert not owing.posted("r2", "C1/3", None)
    assert ours.answer("r1") is None
    assert ours.answer("r2").message == "C1/2"


def test_that_somebody_was_erased_is_known_as_long_as_it_is_needed(replicas, monkeypatch):
    ours, _ = replicas
    began = time.monotonic()
    ours.erase("slack", "U1")
    ours.forget(90)
    assert not ours.save_answer(asked(ours), since=began)
    monkeypatch.setattr(erasure, "NOTED", timedelta(0))
    monkeypatch.setattr("summitqa_bot.state.retention.NOTED", timedelta(0))
    ours.forget(90)
    with ours._engine.connect() as connection:
        assert not connection.execute(select(ERASED)).all()
    assert not ours.save_answer(asked(ours), since=began)
