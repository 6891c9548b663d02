"""What a failover cuts short is done again, once; what stays away ends in one sentence."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import DateTime, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.state import State, steadfast
from summitqa_bot.state.database import asynchronous
from summitqa_bot.state.drafts import Draft
from summitqa_bot.state.schema import METADATA
from summitqa_bot.strings.serving import DATABASE_AWAY, DATABASE_SLOW
from tests.proxy import free_port
from tests.test_state import ASKED

DRAFT = Draft("d1", "slack-t1", "somebody", {"remove": ["toll"]})


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steadfast, "FIRST", 0.001)
    monkeypatch.setattr(steadfast, "LONGEST", 0.002)


@pytest.fixture
def make(tmp_path: Path, postgres_databases: Callable[[], str]) -> Iterator[Callable[[], State]]:
    """Make a state on an empty PostgreSQL database."""
    made: list[State] = []

    def fresh() -> State:
        made.append(State(tmp_path, postgres_databases()))
        return made[-1]

    yield fresh
    for one in made:
        one.close()


def broken(code: str | None) -> psycopg.Error:
    kind = psycopg.errors.lookup(code) if code else psycopg.OperationalError
    return kind("broken")


def losing(state: State, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> list[str]:
    """Have the connection be lost at the next commit, before or after the database takes it."""
    dialect, lost = state._engine.dialect, []
    commit = dialect.do_commit

    def lose(connection: Any) -> None:
        if not lost:
            lost.append("commit")
            if after:
                commit(connection)
            connection.driver_connection.close()
            raise broken(None)
        commit(connection)

    monkeypatch.setattr(dialect, "do_commit", lose)
    return lost


def rows(state: State) -> dict[str, list[tuple[Any, ...]]]:
    """Give all that is kept, but times and what is random."""
    found, random = {}, {"salt", "clock"}
    with state._engine.connect() as connection:
        for table in METADATA.sorted_tables:
            read = connection.execute(select(*[
                one.is_(None) if isinstance(one.type, DateTime) else one
                for one in table.columns if one.name not in {"id", "user", "holder"}
            ])).all()  # fmt: skip
            found[table.name] = [tuple(row) for row in read if row[0] not in random]
    return found


WRITING: dict[str, Callable[[State], object]] = {
    "an answer is kept": lambda state: state.save_answer(ASKED),
    "an answer is posted": lambda state: state.posted("r0", "C1/1.2", "C1:1.0"),
    "an answer is shared": lambda state: state.publish("r0"),
    "sharing is taken back": lambda state: state.publish("r1", public=False),
    "an answer was held against a version": lambda state: state.checks.check(["r0"], "v2"),
    "an answer is marked": lambda state: state.checks.mark_stale("r0"),
    "progress is shown": lambda state: state.progress.open("slack", "C1/2"),
    "progress has ended": lambda state: state.progress.end("C1/1"),
    "a thumb": lambda state: state.rate("r0", "U1", good=False, reason="wrong"),
    "a line of the audit log": lambda state: state.audit("slack:U1", "reindex", "done"),
    "a fact": lambda state: state.note("looked at", "now"),
    "a community joins": lambda state: state.communities.joined("slack-t9"),
    "a community leaves": lambda state: state.communities.left("slack-t1"),
    "a choice": lambda state: state.communities.choose("slack-t1", editors="C7"),
    "a rule": lambda state: state.communities.rule("slack-t1", "C1", answers=False),
    "a shelf is chosen": lambda state: state.communities.choose_for("somebody", "slack-t1"),
    "a shelf is no more chosen": lambda state: state.communities.unchoose("another"),
    "a draft is kept": lambda state: state.drafts.keep(DRAFT),
    "a draft changes": lambda state: state.drafts.change("d0", {"remove": []}),
    "a draft is done": lambda state: state.drafts.finish("d0", "put"),
    "a question is handed on": lambda state: state.handoffs.open("r1", "slack-t1", "What?"),
    "people are told": lambda state: state.handoffs.told("r0", "C7/1"),
    "people have answered": lambda state: state.handoffs.finish("r0", "pointed"),
    "a lease is taken": lambda state: state.leases.take("forget", 30),
    "a job is begun": lambda state: state.jobs.begin("house", "the schedule", None),
    "a job goes on": lambda state: state.jobs.keep("slack-t1"),
    "a job is called off": lambda state: state.jobs.call_off("slack-t1"),
    "a job has ended": lambda state: state.jobs.end("slack-t1"),
    "a lease is let go of": lambda state: state.leases.free("refresh"),
}  # fmt: skip


def known(state: State) -> State:
    """Fill a state with something of each kind."""
    for ref, private in (("r0", True), ("r1", False)):
        state.save_answer(replace(ASKED, ref=ref, private=private))
    state.progress.open("slack", "C1/1")
    state.communities.joined("slack-t1")
    state.communities.choose_for("another", "slack-t1")
    state.drafts.keep(Draft("d0", "slack-t1", "somebody", {"remove": ["toll"]}))
    state.handoffs.open("r0", "slack-t1", ASKED.question)
    state.leases.take("refresh", 30)
    state.jobs.begin("slack-t1", "somebody", ("slack", "U1"))
    return state


@pytest.mark.parametrize("after", [False, True], ids=["it was not", "it was"])
def test_all_is_written_once_whether_a_commit_that_was_lost_was_made_or_not(
    make, monkeypatch, after
):
    once, again = known(make()), known(make())
    for what, write in WRITING.items():
        expected = write(once)
        with monkeypatch.context() as patch:
            lost = losing(again, patch, after=after)
            assert (what, write(again), lost) == (what, expected, ["commit"])
        assert (what, rows(again)) == (what, rows(once))


@pytest.mark.parametrize(
    "code", [None, "08006", "57P01", "57P02", "57P03", "53300", "25006", "25P03", "40001", "40P01"]
)
def test_what_is_cut_short_is_asked_again(make, monkeypatch, caplog, code):
    caplog.set_level("INFO")
    state, left = known(make()), [code] * 3
    execute = state._engine.dialect.do_execute

    def cut(*args: Any) -> None:
        if left:
            raise broken(left.pop())
        execute(*args)

    monkeypatch.setattr(state._engine.dialect, "do_execute", cut)
    assert state.answer("r0") is not None
    assert not left
    said = [one.message for one in caplog.records if one.name.endswith("steadfast")]
    assert ["cut short" in said[0], "answers again" in said[1], len(said)] == [True, True, 2]


@pytest.mark.parametrize("code", ["57014", "55P03"])
def test_what_takes_too_long_is_said_in_one_sentence_and_not_asked_again(make, monkeypatch, code):
    state, asked = make(), []

    def slow(*args: Any) -> None:
        asked.append(args)
        raise broken(code)

    monkeypatch.setattr(state._engine.dialect, "do_execute", slow)
    with pytest.raises(DatabaseUnavailableError) as caught:
        state.answer("r0")
    assert (str(caught.value), caught.value.exit_code, len(asked)) == (DATABASE_SLOW, 8, 1)


def test_a_statement_that_the_database_ends_is_such_a_one(make):
    state = make()

    def sleep() -> None:
        with state._engine.connect() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 20"))
            connection.execute(text("SELECT pg_sleep(20)"))

    with pytest.raises(DatabaseUnavailableError, match="too long"):
        steadfast.persist(state._engine, sleep)


def test_so_is_that_all_connections_are_taken(make, monkeypatch):
    state = make()
    monkeypatch.setattr(state._engine.pool, "_timeout", 0.01)
    pool = state._engine.pool
    taken = [state._engine.connect() for _ in range(pool.size() + pool._max_overflow)]
    with pytest.raises(DatabaseUnavailableError, match="too long"):
        state.answer("r0")
    for one in taken:
        one.close()
    assert state.answer("r0") is None


def test_whoever_asks_once_it_has_been_away_for_long_is_told_at_once(make, monkeypatch):
    state, now, tries = make(), [100.0], []

    def refused(*_: Any, **__: Any) -> None:
        tries.append(now[0])
        now[0] += 1
        raise broken(None)

    monkeypatch.setattr(steadfast.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(steadfast.time, "sleep", lambda _: None)
    monkeypatch.setattr(state._engine.dialect, "do_execute", refused)
    monkeypatch.setattr(state._engine.dialect, "do_ping", lambda _: True)
    with pytest.raises(DatabaseUnavailableError) as caught:
        state.answer("r0")
    assert str(caught.value) == DATABASE_AWAY
    assert now[0] - 100 == pytest.approx(steadfast.SECONDS, abs=2)
    tries.clear()
    with pytest.raises(DatabaseUnavailableError):
        state.audit("somebody", "reindex", "done")
    assert not tries
    # One of them tries it now and then.
    now[0] += steadfast.PROBE_SECONDS
    for _ in range(3):
        with pytest.raises(DatabaseUnavailableError):
            state.audit("somebody", "reindex", "done")
    assert len(tries) == 1
    # Long after, it is another outage.
    now[0] += 3600
    tries.clear()
    with pytest.raises(DatabaseUnavailableError):
        state.answer("r0")
    assert len(tries) > 10


def test_what_is_our_own_fault_is_raised_as_it_is(make, tmp_path):
    state = make()
    for one, error in ((state, IntegrityError), (State(tmp_path / "other"), OperationalError)):
        with pytest.raises(error):
            steadfast.persist(one._engine, functools.partial(_faulty, one, error))


def _faulty(state: State, error: type[Exception]) -> None:
    with state._engine.begin() as connection:
        if error is OperationalError:
            connection.execute(text("SELECT * FROM nothing"))
        for _ in range(2):
            connection.execute(text("INSERT INTO keys (name, value) VALUES ('n', 'v')"))


def test_what_is_no_primary_any_more_is_let_go_of(make):
    state = make()
    with state._engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = on"))
        connection.commit()
    state.audit("somebody", "reindex", "done")
    assert state.audit_log(1) == [("somebody", "reindex", "done")]


@steadfast.steadfast_async
class Awaited:
    """What is awaited, of an engine for the event loop."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    async def keep(self) -> bool:
        async with self.engine.begin() as connection:
            await connection.execute(text("INSERT INTO facts VALUES (1) ON CONFLICT DO NOTHING"))
        return steadfast.perhaps_done()


async def test_what_is_awaited_is_done_again_too(tmp_path, postgres_databases, monkeypatch):
    pytest.importorskip("greenlet", reason="needs the dev extra's `workspaces`")
    engine = asynchronous(tmp_path, postgres_databases())
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE facts (fact INTEGER PRIMARY KEY)"))
    dialect, commit, lost = engine.sync_engine.dialect, engine.sync_engine.dialect.do_commit, []

    def lose(connection: Any) -> None:
        commit(connection)
        if not lost:
            lost.append("commit")
            raise broken("57P01")

    monkeypatch.setattr(dialect, "do_commit", lose)
    assert await Awaited(engine).keep() is True
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM facts"))
        assert (found.scalar(), lost) == (1, ["commit"])
    await engine.dispose()


def test_a_start_waits_for_the_database_and_then_ends_so_that_another_follows(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(steadfast, "SECONDS", 0.05)
    url = f"postgresql://u:hunter2secret@127.0.0.1:{free_port()}/d"
    with pytest.raises(DatabaseUnavailableError, match="is it running") as caught:
        State(tmp_path, url)
    assert caught.value.exit_code == 8
    assert "hunter2secret" not in str(caught.value)
