"""A database of an older version is brought up to date, one of a newer is refused."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from summitqa.errors import SettingsError
from summitqa_bot.asked import Asked
from summitqa_bot.commands import doctor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, database, migrations, steps
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Card

pytestmark = pytest.mark.usefixtures("mirrors")

# The schema that the first version made, which gave it no number.
FIRST = """
CREATE TABLE keys (name VARCHAR(40) NOT NULL, value VARCHAR(200) NOT NULL, PRIMARY KEY (name));
CREATE TABLE seen_events (event VARCHAR(200) NOT NULL, at DATETIME NOT NULL, PRIMARY KEY (event));
CREATE TABLE answers (
  ref VARCHAR(24) NOT NULL, at DATETIME NOT NULL, asker VARCHAR(64) NOT NULL,
  platform VARCHAR(20) NOT NULL, channel VARCHAR(100), thread VARCHAR(200), message VARCHAR(200),
  question TEXT NOT NULL, article VARCHAR(100), context JSON NOT NULL, version VARCHAR(60) NOT NULL,
  found BOOLEAN NOT NULL, private BOOLEAN NOT NULL, cited JSON NOT NULL, stale BOOLEAN NOT NULL,
  PRIMARY KEY (ref));
CREATE TABLE feedback (
  ref VARCHAR(24) NOT NULL, user VARCHAR(64) NOT NULL, good BOOLEAN NOT NULL, reason TEXT NOT NULL,
  at DATETIME NOT NULL, PRIMARY KEY (ref, user));
CREATE TABLE channels (
  platform VARCHAR(20) NOT NULL, channel VARCHAR(100) NOT NULL, article VARCHAR(100) NOT NULL,
  PRIMARY KEY (platform, channel));
CREATE TABLE audit (
  id INTEGER NOT NULL, at DATETIME NOT NULL, who VARCHAR(120) NOT NULL,
  action VARCHAR(80) NOT NULL, result TEXT NOT NULL, PRIMARY KEY (id));
INSERT INTO keys VALUES ('salt', 'pepper');
INSERT INTO answers VALUES (
  'r1', '2026-01-01 00:00:00', 'somebody', 'slack', 'C1', 'C1:1.0', 'C1/1.2', 'Who came?', NULL,
  '[]', 'v1', 1, 0, '[]', 0);
"""
# What an answer's citations were kept as, one after the other.
OLDER = (
    ["tower", 2, 10, 22, "It is of stone.", "[1] Tower, ¶2", None],
    ["tower", 2, 10, 22, "It is of stone.", "[1] Tower, ¶2", None, "It stands. ", " It is old."],
)


def first_version(home: Path) -> Path:
    """Leave a database as the first version does when it is killed: rows in the log alone."""
    home.mkdir(exist_ok=True)
    path = home / "state.db"
    script = (
        "import os, sqlite3, sys\n"
        "made = sqlite3.connect(sys.argv[1]); made.execute('PRAGMA journal_mode=WAL')\n"
        "made.execute('PRAGMA wal_autocheckpoint=0'); made.executescript(sys.stdin.read())\n"
        "made.commit(); os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, path], input=FIRST, text=True, check=True)
    return path


def number(path: Path) -> int | None:
    return database.schema(path.parent, f"sqlite:///{path}")


def add_colour(connection) -> None:
    connection.execute(text("ALTER TABLE answers ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'"))


def fail(connection) -> None:
    connection.execute(text("ALTER TABLE answers ADD COLUMN half_done TEXT"))
    connection.execute(text("ALTER TABLE nowhere ADD COLUMN colour TEXT"))


def test_an_older_database_is_brought_up_to_date_with_all_it_holds(tmp_path):
    path = first_version(tmp_path)
    assert number(path) == 1
    state = State(tmp_path)
    found = state.answer("r1")
    assert isinstance(found, Asked)
    assert (found.question, found.message) == ("Who came?", "C1/1.2")
    assert state.hashed("U1") == hashed_with("pepper", "U1")
    assert number(path) == steps.NEWEST


@pytest.mark.parametrize("cited", OLDER)
def test_an_answer_of_an_older_database_is_set_as_it_was_shown(tmp_path, cited):
    path = first_version(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE answers SET cited = ?", (json.dumps([cited, cited]),))
        connection.commit()
    state = State(tmp_path)
    reply = replies.shown(state.answer("r1"))
    quote, label, url, *around = cited[4:]
    before, after = around or ("", "")
    assert reply.cards == (Card(label, before, quote, after, url),) * 2
    assert (reply.text, reply.note) == ("", "“Who came?”")
    assert [one.id for one in reply.buttons][:2] == ["context:r1", "more:r1.1"]
    state.close()


def test_a_process_of_the_version_before_goes_on_writing_answers(tmp_path):
    State(tmp_path).close()
    known = "ref at asker platform question context version found private cited stale note"
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        values = ("r2", "2026-01-01 00:00:00", "x", "slack", "Who?", "[]", "v1", 1, 0, "[]", 0, "")
        connection.execute(
            f"INSERT INTO answers ({', '.join(known.split())}) VALUES ({'?, ' * 11}?)", values
        )
        connection.commit()
    state = State(tmp_path)
    assert (state.answer("r2").caution, state.answer("r2").excerpts) == ("", [])
    assert state.answer("r2").more is True
    state.close()


def hashed_with(salt: str, user: str) -> str:
    return hashlib.sha256(f"{salt}:{user}".encode()).hexdigest()


def test_an_older_file_is_copied_first_with_what_its_log_holds(tmp_path):
    path = first_version(tmp_path)
    State(tmp_path).close()
    copy = migrations.copy_of(path, 1)
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT question FROM answers").fetchall() == [("Who came?",)]
    assert number(copy) == 1
    assert not list(tmp_path.glob("*.copying"))


def first_version_on(url: str) -> None:
    """Make the first version's tables on PostgreSQL, whose words for two things are others."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    script = FIRST.replace("DATETIME", "TIMESTAMP").replace("  id INTEGER", "  id SERIAL")
    script = script.replace(" user ", ' "user" ').replace("ref, user", 'ref, "user"')
    script = script.replace("'v1', 1, 0, '[]', 0", "'v1', true, false, '[]', false")
    with engine.begin() as connection:
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(text(statement))
    engine.dispose()


def test_an_older_postgresql_is_brought_up_to_date_its_texts_of_any_length(
    tmp_path, postgres_databases
):
    url = postgres_databases()
    first_version_on(url)
    assert database.schema(tmp_path, url) == 1
    with ThreadPoolExecutor(3) as pool:
        states = list(pool.map(lambda _: State(tmp_path, url), range(3)))
    states[0].audit("slack:U1", f"channel {'s' * 55} in {'1' * 100}", "done")
    assert states[1].answer("r1").question == "Who came?"
    assert states[2].hashed("U1") == hashed_with("pepper", "U1")
    assert database.schema(tmp_path, url) == steps.NEWEST
    for state in states:
        state.close()


def test_processes_that_start_at_once_make_one_postgresql(tmp_path, postgres_databases):
    url = postgres_databases()
    with ThreadPoolExecutor(5) as pool:
        states = list(pool.map(lambda _: State(tmp_path, url), range(5)))
    assert len({state.hashed("U1") for state in states}) == 1
    for state in states:
        state.close()


def test_a_step_that_fails_changes_nothing_and_is_taken_at_the_next_start(tmp_path):
    path = first_version(tmp_path)
    engine = create_engine(f"sqlite:///{path}")
    with pytest.raises(SettingsError, match="from schema 2 to 3"):
        migrations.bring_up(engine, [add_colour, fail])
    assert number_of(engine) == 2
    with engine.connect() as connection:
        columns = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(answers)")}
    assert "colour" in columns
    assert "half_done" not in columns
    migrations.bring_up(engine, [add_colour, lambda _: None])
    assert number_of(engine) == 3


def number_of(engine) -> int | None:
    with engine.connect() as connection:
        return migrations.number(connection)


def test_a_database_of_a_newer_version_is_refused_by_a_start_and_by_the_doctor(tmp_path):
    State(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("UPDATE keys SET value = '99' WHERE name = 'schema'")
        connection.commit()
    with pytest.raises(SettingsError, match="schema 99") as caught:
        State(tmp_path)
    assert "\n" not in str(caught.value)
    check = {one.name: one for one in doctor.examine(Settings(home=tmp_path), ())}["database"]
    assert check.well is False
    assert "schema 99" in check.detail


def test_the_doctor_tells_the_schema_and_changes_nothing(tmp_path):
    path = first_version(tmp_path)
    check = doctor._database(Settings(home=tmp_path))
    assert "schema 1" in check.detail
    assert number(path) == 1
    State(tmp_path).close()
    assert f"schema {steps.NEWEST}" in doctor._database(Settings(home=tmp_path)).detail
    assert not (tmp_path / "empty" / "state.db").exists()
    doctor._database(Settings(home=tmp_path / "empty"))
    assert not (tmp_path / "empty" / "state.db").exists()


@pytest.mark.parametrize("older", [True, False], ids=["an older one", "an empty one"])
def test_processes_that_start_at_once_agree_on_one_database(tmp_path, older):
    if older:
        first_version(tmp_path)
    script = (
        "import sys; from pathlib import Path; from summitqa_bot.state import State\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "state = State(Path(sys.argv[1])); state.audit('w', 'a', 'r'); print(state.hashed('U1'))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(5)
    ]  # fmt: skip
    assert [one.stdout.readline() for one in started] == ["ready\n"] * 5
    for one in started:
        one.stdin.write("\n")
        one.stdin.flush()
    ended = [one.communicate(timeout=120) for one in started]
    assert [one.returncode for one in started] == [0] * 5, ended
    assert len({out for out, _ in ended}) == 1
    assert len(State(tmp_path).audit_log()) == 5
    assert number(tmp_path / "state.db") == steps.NEWEST
