"""A backup comes back as what it was made of, in either database, whatever goes on meanwhile."""

from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine

from summitqa.clearing import clearing
from summitqa.library import current_version
from summitqa.taught import Pair, teach
from summitqa_bot.saving import backup as module
from summitqa_bot.saving.backup import backup
from summitqa_bot.saving.restore import restore
from summitqa_bot.state import State, database, saved
from summitqa_bot.state.schema import AUDIT, SEEN
from summitqa_bot.state.steps import NEWEST
from summitqa_index.versions import rollback, verify
from tests.fakes import index, library, publisher, write
from tests.saving import ADMIN, BRIDGE, asked, fill, made, rows
from tests.test_migrations import first_version


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return made(tmp_path)


def test_what_is_restored_is_what_was_backed_up_in_either_database(home, tmp_path, database_url):
    url = database_url
    with closing(State(home, url)) as state:
        fill(state)
        answer = asked(home, url)
        before, salted = rows(state), state.hashed("somebody")
    teach(home, Pair("Which stone?", "bridge", (1,), "The bridge is of stone."))
    copied = backup(home, url, tmp_path / "one.backup")
    assert (copied.shelves, copied.versions) == (2, 3)

    other = tmp_path / "other"
    restore(tmp_path / "one.backup", other, None)  # from either database into SQLite
    with closing(State(other)) as state:
        assert rows(state) == before
        assert state.hashed("somebody") == salted
        assert [line[1:] for line in state.audited(5)] == [
            ("200000000000000002", "reindex", "done")
        ]
        assert not state.events.claim("event-1")
    assert current_version(other) == current_version(home)
    assert (other / "questions.jsonl").read_bytes() == (home / "questions.jsonl").read_bytes()
    assert verify(publisher(other)) == []
    assert asked(other) == answer
    rollback(publisher(other))
    assert list(library(other).store.slugs) == ["bridge"]


@pytest.mark.parametrize("times", [1, 2])
def test_sqlite_moves_to_postgresql_and_rows_are_numbered_on(
    home, tmp_path, postgres_databases, times
):
    with closing(State(home)) as state:
        fill(state)
    backup(home, None, tmp_path / "one.backup")
    url = postgres_databases()
    restore(tmp_path / "one.backup", tmp_path / "other", url)
    assert not (tmp_path / "other" / "state.db").exists()
    with closing(State(tmp_path / "other", url)) as state:
        for number in range(times):
            state.audit("terminal", f"after {number}", "done")
        assert len(state.audited(10)) == times + 1


def test_no_version_is_cleared_away_while_a_shelf_is_copied(home, tmp_path, monkeypatch):
    used, added, built = current_version(home), module._add, []

    def building(writer, path, name):
        if not built:
            built.append(True)
            for number in range(3):
                text = f"{BRIDGE}\nIt is {number} years old.\n"
                index(home, write(tmp_path / "house", {"bridge.md": text}), keep_versions=1)
        return added(writer, path, name)

    monkeypatch.setattr(module, "_add", building)
    backup(home, None, tmp_path / "one.backup")
    restore(tmp_path / "one.backup", tmp_path / "other", None)
    assert current_version(tmp_path / "other") == used
    assert verify(publisher(tmp_path / "other")) == []
    index(home, write(tmp_path / "house", {"bridge.md": BRIDGE}), keep_versions=1)
    assert publisher(home).ids() == [current_version(home)]


def test_clearing_away_is_let_be_only_for_so_long(home):
    with clearing(home) as first, clearing(home) as second:
        assert (first, second) == (True, False)
    with clearing(home) as again:
        assert again


def test_what_is_erased_meanwhile_has_it_copied_anew(home, tmp_path, monkeypatch):
    added = module._add

    def erasing(writer, path, name):
        if f"/{ADMIN.community}/" in name and (home / "shelves" / ADMIN.community).exists():
            publisher(home / "shelves" / ADMIN.community).erase()
        return added(writer, path, name)

    monkeypatch.setattr(module, "_add", erasing)
    copied = backup(home, None, tmp_path / "one.backup")
    assert copied.shelves == 1
    restore(tmp_path / "one.backup", tmp_path / "other", None)
    assert not (tmp_path / "other" / "shelves").exists()


def test_what_is_remembered_before_it_ends_is_its_owners_alone(home, tmp_path):
    file = tmp_path / "one.backup"
    with closing(State(home)) as state:
        fill(state)
    backup(home, None, file)
    assert file.stat().st_mode & 0o777 == 0o600
    restore(file, tmp_path / "other", None)
    assert (tmp_path / "other" / "state.db").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "home", "house", "one.backup", "other",
    ]  # fmt: skip


def test_all_tables_are_seen_at_one_moment(tmp_path, database_url):
    with closing(State(tmp_path, database_url)) as state:
        state.audit("terminal", "before", "done")
        engine = database.unready(tmp_path, database_url)
        with saved.moment(engine) as connection:
            state.audit("terminal", "meanwhile", "done")
            state.events.claim("meanwhile")
            held = [b"".join(saved.lines(connection, one)) for one in (AUDIT, SEEN)]
        engine.dispose()
    assert b"before" in held[0]
    assert b"meanwhile" not in b"".join(held)


def test_rows_of_an_older_schema_find_their_tables_and_the_steps_from_there(tmp_path, database_url):
    first = create_engine(f"sqlite:///{first_version(tmp_path / 'first')}")
    tables = MetaData()
    tables.reflect(first)
    with saved.moment(first) as connection:
        files = [BytesIO(b"".join(saved.lines(connection, one))) for one in tables.sorted_tables]
    first.dispose()
    engine = database.unready(tmp_path, database_url)
    saved.load(engine, files, "a backup")
    engine.dispose()
    with closing(State(tmp_path, database_url)) as state:
        assert state.answer("r1").question == "Who came?"
        assert rows(state) != []
    assert database.schema(tmp_path, database_url) == NEWEST


def test_what_is_being_worked_on_is_in_no_backup(tmp_path, postgres_databases):
    url = postgres_databases()
    with closing(State(tmp_path, url)) as state:
        state.events.claim("slack:E1", {"text": "Who came?", "token": "secret"})
        with saved.moment(state._engine) as connection:
            held = b"".join(saved.lines(connection, SEEN))
    assert b"slack:E1" in held
    assert b"Who came?" not in held
    assert b"secret" not in held
