"""A database that hangs takes what it is sent and never answers: it is given up on, in time."""

import time
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from summitqa.errors import DatabaseUnavailableError
from summitqa.postgres import database, silence
from summitqa.postgres.database import reaching, session
from summitqa_bot.state import State, migrations, steadfast
from tests.proxy import proxied
from tests.sharing import connect

SLEEP = text("SELECT pg_sleep(0.6)")


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(silence, "SECONDS", 0.3)
    monkeypatch.setattr(steadfast, "SECONDS", 0.1)
    monkeypatch.setattr(steadfast, "PROBE_SECONDS", 0.0)


@pytest.fixture
def way(cluster):
    with proxied(cluster.primary.port) as way:
        yield way


@pytest.fixture
def url(cluster, way):
    return cluster.url(cluster.fresh(), [way.port]) + "&connect_timeout=2"


def test_a_statement_that_is_never_answered_ends_and_the_next_is_asked_anew(way, url):
    engine = connect(url)
    with engine.connect() as connection, pytest.raises(OperationalError, match="silent"):
        way.freeze()
        connection.execute(text("SELECT 1"))
    way.mend()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_people_are_told_in_a_sentence_and_answered_again_after(way, url, tmp_path):
    state = State(tmp_path, url)
    way.freeze()
    for _ in range(2):
        with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
            state.answer("r1")
    way.mend()
    state.note("looked at", "now")
    state.close()


def test_what_may_take_long_may(way, url):
    engine = connect(url)
    with closing(session(engine)) as own:
        own.execute("SELECT pg_sleep(0.6)")
    with migrations.alone(engine) as connection:
        connection.execute(SLEEP)
    with engine.connect() as connection, pytest.raises(OperationalError, match="silent"):
        connection.execute(SLEEP)
    engine.dispose()


def test_the_database_ends_the_transaction_of_a_replica_that_is_frozen(url, monkeypatch):
    monkeypatch.setitem(database._LIMITS, "idle_in_transaction_session_timeout", 300)
    frozen, other, lock = connect(url), connect(url), text("SELECT pg_advisory_xact_lock(7)")
    with frozen.connect() as connection:
        connection.execute(lock)
        with migrations.alone(other) as another:  # which waits for as long as it takes
            another.execute(lock)
        with pytest.raises(DBAPIError, match="idle-in-transaction"):
            connection.execute(text("SELECT 1"))
    with closing(session(frozen)) as own, own.transaction(force_rollback=True):
        own.execute("SELECT 1")
        time.sleep(0.6)
        with pytest.raises(DatabaseUnavailableError), reaching():
            own.execute("SELECT 1")
    frozen.dispose()
    other.dispose()


def test_the_database_gives_up_on_a_replica_whose_machine_is_gone(url):
    engine = connect(url)
    with closing(session(engine)) as own:
        assert 0 < int(own.execute("SHOW tcp_keepalives_idle").fetchone()[0]) < 60
    engine.dispose()
