"""What an SQLite file has of people goes into the database that takes a home over, or stays there.

It stays where the database remembers something of its own, and that is said.
"""

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from summitqa.errors import SettingsError
from summitqa_bot import assemble
from summitqa_bot.commands import doctor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, taking
from summitqa_bot.state.communities import Rules
from summitqa_bot.state.files import copy_of
from summitqa_bot.state.schema import KEYS, METADATA
from tests.command import ran
from tests.saving import made
from tests.sharing import connect
from tests.test_state import ASKED

pytestmark = pytest.mark.usefixtures("mirrors")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of shelves, in whose own database is what somebody asked, and said of it."""
    home = made(tmp_path)
    with closing(State(home)) as state:
        state.save_answer(ASKED)
        state.rate(ASKED.ref, "U1", good=False, reason="Whose pier?", community="")
        state.communities.rule("slack-t1", "C1", articles=["pier"])
        state.audit("terminal", "index", "done")
        state.events.claim("slack:E1")
    with closing(sqlite3.connect(home / "state.db")) as other:
        other.execute("CREATE TABLE slack_bots (id INTEGER PRIMARY KEY, team_id VARCHAR(32))")
        other.execute("INSERT INTO slack_bots VALUES (7, 'T1')")
        other.commit()
    copy_of(home / "state.db", 1).write_text(ASKED.question)
    return home


def starts(home: Path, url: str) -> None:
    """Start a replica as far as its shelves go, as a process of its own would."""
    assemble._mirror.cache_clear()
    try:
        assemble.mirror(Settings(home=home, database_url=url)).close()
    finally:
        assemble._mirror.cache_clear()


def examined(home: Path, url: str) -> dict[str, doctor.Check]:
    return {one.name: one for one in doctor.examine(Settings(home=home, database_url=url), ())}


def left(home: Path) -> list[str]:
    return sorted(path.name for path in home.glob("state.db*") if path.suffix != ".lock")


def counted(state: State) -> dict[str, int]:
    """Count what is remembered, by table."""
    with state._engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar()
            for table in METADATA.sorted_tables
            if table is not KEYS
        }


def remembered(home: Path, url: str | None = None) -> tuple[object, ...]:
    with closing(State(home, url)) as state:
        return (
            counted(state), state.hashed("U1"), state.answer(ASKED.ref), state.audit_log(9),
            state.communities.rules("slack-t1", "C1"),
        )  # fmt: skip


def test_the_first_start_takes_it_along_and_leaves_no_file(home, postgres_databases, caplog):
    before, url = remembered(home), postgres_databases()
    assert before[2:] == (ASKED, [("terminal", "index", "done")], Rules(articles=("pier",)))
    starts(home, url)
    assert remembered(home, url) == before
    assert left(home) == []
    assert "neither `summitqa forget`" not in caplog.text
    assert ASKED.question not in caplog.text
    with closing(State(home, url)) as state, state._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT id, team_id FROM slack_bots").all() == [(7, "T1")]
    with closing(State(home, url)) as state:
        state.audit("terminal", "later", "done")  # numbered after those that came along
    assert "privacy" not in examined(home, url)


def test_forget_reaches_what_was_taken_along(home, postgres_databases, monkeypatch, capsys):
    with closing(State(home)) as state:
        user = "U0123456"
        state.rate(ASKED.ref, user, good=True, reason="", community="")
    url = postgres_databases()
    starts(home, url)
    monkeypatch.setenv("SUMMITQA_DATABASE_URL", url)
    monkeypatch.setenv("SUMMITQA_HOME", str(home))
    said = ran(monkeypatch, capsys, "forget", user)[1]
    assert "thumbs: 1;" in " ".join(said.split())
    assert "Not erased" not in said


def moments(count: int) -> None:
    """Have this process be killed at one of the moments that change what is kept somewhere."""

    def one(*_: object, **__: object) -> None:
        nonlocal count
        count -= 1
        if not count:
            os.kill(os.getpid(), signal.SIGKILL)

    def writes(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "CREATE", "BEGIN", "PRAGMA", "DELETE")):
            one()

    event.listen(Engine, "before_cursor_execute", writes)
    event.listen(Engine, "commit", one)
    event.listen(Engine, "engine_disposed", one)
    for name in ("unlink", "fsync"):
        real = getattr(os, name)
        setattr(os, name, lambda *given, real=real, **named: (one(), real(*given, **named))[1])


def killed(home: Path, url: str, count: int) -> bool:
    child = os.fork()
    if child == 0:
        try:
            real = taking.take

            def take(*given: object) -> None:
                moments(count)
                real(*given)
                os._exit(0)

            taking.take = take
            starts(home, url)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def rows_in(url: str) -> int:
    """Count what a database remembers, as nobody does who would be remembered by it."""
    engine = connect(url)
    with engine.connect() as connection:
        tables = (one.name for one in METADATA.sorted_tables if one is not KEYS)
        query = "SELECT count(*) FROM {}"
        found = sum(connection.exec_driver_sql(query.format(one)).scalar() for one in tables)
    engine.dispose()
    return found


def test_a_start_that_is_killed_at_any_moment_loses_no_row_and_doubles_none(
    tmp_path, home, postgres_databases
):
    before, count, both = remembered(home), 1, 0
    while True:
        one, url = tmp_path / f"killed-{count}", postgres_databases()
        shutil.copytree(home, one)
        was_killed = killed(one, url, count)
        if not was_killed:
            break
        there, found = (one / "state.db").exists(), rows_in(url)
        assert found in {0, sum(before[0].values())}
        assert there or found
        both += there and found > 0
        starts(one, url)
        assert remembered(one, url) == before
        assert left(one) == []
        count += 1
    assert count > 20
    assert both >= 2  # between the commit and the removal of the last file


def test_what_is_written_to_a_file_after_it_was_taken_stays(home, postgres_databases, monkeypatch):
    url = postgres_databases()
    with monkeypatch.context() as patch:
        patch.setattr(taking, "_remove", killed_before)
        with pytest.raises(KeyboardInterrupt):
            starts(home, url)
    with closing(State(home)) as state:  # as one without the URL would
        state.audit("terminal", "meanwhile", "done")
    starts(home, url)
    with closing(State(home)) as state:
        assert len(state.audit_log(9)) == 2
    assert "state.db" in examined(home, url)["privacy"].detail


def killed_before(_: Path) -> None:
    raise KeyboardInterrupt


def test_a_file_that_another_process_has_open_is_not_taken_from_it(home, postgres_databases):
    url = postgres_databases()
    with closing(State(home)) as state:
        with pytest.raises(SettingsError, match="stop whatever else uses it"):
            starts(home, url)
        state.audit("terminal", "later", "done")
    starts(home, url)
    with closing(State(home, url)) as state:
        assert len(state.audit_log(9)) == 2


def remembers(url: str, home: Path) -> None:
    """Have a database remember something of its own."""
    with closing(State(home, url)) as state:
        state.audit("terminal", "forget", "done")


def test_where_the_database_remembers_something_the_file_stays_and_that_is_said_once(
    home, postgres_databases, tmp_path, caplog
):
    before, url = remembered(home), postgres_databases()
    remembers(url, tmp_path / "other")
    for _ in range(2):
        starts(home, url)
    assert caplog.text.count("neither `summitqa forget`") == 1
    assert remembered(home) == before


def test_it_is_said_where_a_home_is_refused(home, tmp_path, postgres_databases, caplog):
    url = postgres_databases()
    starts(made(tmp_path / "first"), url)
    assert "neither `summitqa forget`" not in caplog.text
    with pytest.raises(SettingsError, match="holds shelves that are not in the database"):
        starts(home, url)
    assert caplog.text.count("neither `summitqa forget`") == 1


def test_doctor_and_forget_say_it_until_the_files_are_gone(
    home, tmp_path, postgres_databases, monkeypatch, capsys
):
    url = postgres_databases()
    remembers(url, tmp_path / "other")
    starts(home, url)
    monkeypatch.setenv("SUMMITQA_DATABASE_URL", url)
    monkeypatch.setenv("SUMMITQA_HOME", str(home))
    found = examined(home, url)["privacy"]
    assert (found.well, "state.db" in found.detail) == (False, True)
    assert "Not erased: " in ran(monkeypatch, capsys, "forget", "2" * 18)[1]
    for path in home.glob("state.db*"):
        path.unlink()
    assert "privacy" not in examined(home, url)
    assert "Not erased" not in ran(monkeypatch, capsys, "forget", "2" * 18)[1]
