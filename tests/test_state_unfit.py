"""An SQLite file that holds what is not ours, or nothing that can be read: one sentence, no row lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from summitqa.errors import SettingsError
from tests import test_state_left
from tests.sharing import connect
from tests.test_state import ASKED
from tests.test_state_left import left, remembered, rows_in, starts

pytestmark = pytest.mark.usefixtures("mirrors")
home = test_state_left.home


def spoilt(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "state.db")) as other:
        for one in statements:
            other.execute(one)
        other.commit()


def test_the_tables_of_another_program_keep_no_start_and_come_to_no_database(
    home, postgres_databases
):
    before, url = remembered(home), postgres_databases()
    spoilt(
        home,
        "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)",
        "CREATE TABLE Others (a BLOB, b REAL)",
        "CREATE TABLE shelf_pointers (shelf TEXT)",
        "INSERT INTO shelf_pointers VALUES ('slack-t9')",
    )
    starts(home, url)
    assert (remembered(home, url), left(home)) == (before, [])
    engine = connect(url)
    with engine.connect() as connection:
        query = "SELECT count(*) FROM shelf_pointers WHERE shelf = 'slack-t9'"
        assert connection.exec_driver_sql(query).scalar() == 0
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE answers SET at = 'yesterday'",
        "UPDATE answers SET cited = '{'",
        "UPDATE answers SET question = CAST(question || x'ff' AS TEXT)",
        "UPDATE audit SET id = 99999999999",
        "ALTER TABLE answers DROP COLUMN caution",
    ],
)
def test_rows_that_are_not_ours_are_refused_in_one_sentence_that_repeats_none(
    home, postgres_databases, statement
):
    url = postgres_databases()
    spoilt(home, statement)
    with pytest.raises(
        SettingsError, match=r"state\.db cannot be taken .* (answers|audit) "
    ) as caught:
        starts(home, url)
    assert "\n" not in str(caught.value)
    assert ASKED.question not in str(caught.value)
    assert (home / "state.db").exists()
    assert rows_in(url) == 0


def test_what_postgresql_cannot_hold_is_marked_in_its_place(home, postgres_databases):
    url = postgres_databases()
    spoilt(home, "UPDATE feedback SET reason = 'too' || char(0) || 'short'")
    starts(home, url)
    engine = connect(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT reason FROM feedback").all() == [("too?short",)]
    engine.dispose()


def test_of_a_link_what_it_leads_to_goes_too(home, postgres_databases, tmp_path):
    before, url, elsewhere = remembered(home), postgres_databases(), tmp_path / "elsewhere.db"
    (home / "state.db").rename(elsewhere)
    (home / "state.db").symlink_to(elsewhere)
    starts(home, url)
    assert remembered(home, url) == before
    assert not elsewhere.exists()
    assert left(home) == []
