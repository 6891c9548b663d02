"""A version's rows in PostgreSQL: written, held to what was written, read in haste, and dropped."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from benchmarks.corpus import store_of
from summitqa.errors import DatabaseUnavailableError, IndexDamagedError, InputError
from summitqa.folder.store import Store
from summitqa.postgres.reads import Reads
from summitqa.postgres.rows import TABLES
from summitqa.postgres.snapshot import PostgresSnapshot
from summitqa.retrieval import Models
from summitqa_index.postgres import rows
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from tests.fakes import FakeEncoder

TEXTS = {
    "barn": "# The barn\n\nIt is new. Cars may park there.\n\nThe rent of the barn is low.\n",
    "house": "# The house\n\nIt is old.\n\n## Parking\n\nBehind the barn. Two at a time.\n",
}
QUESTION = "What is the rent of the barn?"
KINDS = pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    articles = [
        to_article(read_plain(text.encode(), markdown=True), slug) for slug, text in TEXTS.items()
    ]
    return store_of(articles, FakeEncoder(), tmp_path_factory.mktemp("rows") / "store")


@pytest.fixture(scope="module")
def engine(vector_database: str) -> Iterator[Engine]:
    engine = create_engine(vector_database)
    yield engine
    engine.dispose()


@pytest.fixture
def transaction(engine: Engine) -> Iterator[Callable[[], Any]]:
    """A transaction of the driver's; at the end no version is left."""

    @contextmanager
    def begin() -> Iterator[psycopg.Connection[Any]]:
        with engine.connect() as connection, connection.begin():
            yield connection.connection.driver_connection

    yield begin
    with begin() as connection:
        rows.keep(connection, "shelf", ())


@pytest.fixture
def load(
    transaction: Callable[[], Any], store: Store, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    def loaded(version: str, own: bool) -> None:
        monkeypatch.setattr(rows, "SHARED_UP_TO", 0 if own else 50_000)
        with transaction() as connection:
            rows.load(connection, "shelf", version, store)

    return loaded


def asked(snapshot: PostgresSnapshot) -> list[str]:
    found = Models(FakeEncoder()).ask(snapshot, QUESTION, None, 1)
    return [match.citation.quote for match in found.matches]


def change(engine: Engine, query: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(query))


def tables(engine: Engine) -> list[str]:
    """The tables of rows, the latest version's last."""
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^rows_' ORDER BY oid"
            )
        )
        return [name for (name,) in found]


def latest(engine: Engine, table: str) -> str:
    """The table that holds the latest version's rows."""
    return [one for one in tables(engine) if one.startswith(table)][-1]


@KINDS
def test_what_was_written_is_found_whole(load, transaction, own):
    load("one", own)
    with transaction() as connection:
        assert rows.verify(connection, "shelf", "one") == []


@KINDS
@pytest.mark.parametrize(
    ("table", "change_of"),
    [
        ("rows_article", "UPDATE {table} SET text = text || 'x'::bytea WHERE {of_latest}"),
        ("rows_passage", "UPDATE {table} SET tokens = set_byte(tokens, 3, 99) WHERE {of_latest}"),
        ("rows_sentence", "DELETE FROM {table} WHERE sentence = 1 AND {of_latest}"),
        ("rows_stem", "UPDATE {table} SET part = 7 WHERE stem = 'rent'::bytea AND part = 0 AND {of_latest}"),
        ("rows_version", "UPDATE {table} SET facts = '{{}}' WHERE number = (SELECT max(number) FROM rows_version)"),
        ("rows_form", "INSERT INTO {table} SELECT version, '~', '~' FROM {table} WHERE {of_latest} LIMIT 1"),
    ],
)  # fmt: skip
def test_what_was_changed_since_is_named(load, transaction, engine, own, table, change_of):
    load("one", own)
    load("two", own)
    of_latest = "version = (SELECT max(number) FROM rows_version)"
    change(engine, change_of.format(table=latest(engine, table), of_latest=of_latest))
    with transaction() as connection:
        assert rows.verify(connection, "shelf", "two") == [table]
        assert rows.verify(connection, "shelf", "one") == []
        assert rows.verify(connection, "shelf", "three") == []


@KINDS
def test_a_version_goes_with_all_its_rows_and_no_others(load, transaction, engine, own):
    load("one", own)
    before = tables(engine)
    load("two", own)
    with transaction() as connection:
        rows.keep(connection, "shelf", ["one", "other"])
        rows.keep(connection, "shelf", ["one"])
        rows.keep(connection, "another", ())
    assert tables(engine) == before
    with engine.connect() as connection:
        for table in () if own else TABLES:
            held = connection.execute(text(f"SELECT DISTINCT version FROM {table}")).all()
            assert len(held) == 1
    assert asked(PostgresSnapshot.open(engine, "shelf", "one")) == ["The rent of the barn is low."]
    with pytest.raises(IndexDamagedError, match="two"):
        PostgresSnapshot.open(engine, "shelf", "two", seconds=0)


def test_tables_that_are_read_just_now_are_left_to_the_next_time(
    load, transaction, engine, monkeypatch
):
    load("one", True)
    monkeypatch.setattr(rows, "_LOCK_MILLISECONDS", 50)
    before = tables(engine)
    with engine.connect() as reading:
        name = latest(engine, "rows_stem")
        reading.execute(text(f"SELECT * FROM {name}")).all()
        with transaction() as connection:
            rows.keep(connection, "shelf", ())
    assert name in tables(engine)
    assert len(tables(engine)) < len(before)
    with transaction() as connection:
        rows.keep(connection, "another", ())
    assert name not in tables(engine)


def test_rows_are_there_at_the_end_of_their_transaction(transaction, store, engine):
    with pytest.raises(RuntimeError), transaction() as connection:
        rows.load(connection, "shelf", "one", store)
        raise RuntimeError
    with pytest.raises(IndexDamagedError):
        PostgresSnapshot.open(engine, "shelf", "one", seconds=0)


def test_a_reader_that_is_behind_is_waited_for(transaction, store, engine):
    opened: list[PostgresSnapshot] = []
    waiting = threading.Thread(
        target=lambda: opened.append(PostgresSnapshot.open(engine, "shelf", "one", seconds=60))
    )
    with transaction() as connection:
        rows.load(connection, "shelf", "one", store)
        waiting.start()
    waiting.join()
    assert opened[0].version == "one"


def test_a_server_that_may_not_have_pgvector_is_named_in_a_sentence(postgres_databases, store):
    place = postgres_databases()
    with psycopg.connect(place) as owner:
        owner.execute("CREATE ROLE guest LOGIN")
        owner.execute("GRANT ALL ON SCHEMA " + place.rpartition("%3D")[2] + " TO guest")
    with psycopg.connect(place, user="guest") as guest, pytest.raises(InputError, match="pgvector"):
        rows.load(guest, "shelf", "one", store)


@KINDS
@pytest.mark.parametrize(
    ("table", "damage"),
    [
        ("rows_passage", "words = ''"),
        ("rows_passage", "tokens = 'x'"),
        ("rows_passage", "counts = substr(counts, 2)"),
        ("rows_article", "shape = ''"),
        ("rows_article", "shape = 'xx'"),
        ("rows_article", "record = '{}'"),
        ("rows_article", "text = '\\xff'"),
        ("rows_article", "number = number + 9"),
        ("rows_stem", "body = 'x'"),
        ("rows_version", "stems = 'x'"),
        ("rows_version", "facts = '['"),
        ("rows_version", "frequencies = ''"),
    ],
)
def test_rows_that_cannot_be_are_damage(load, engine, own, table, damage):
    load("one", own)
    change(engine, f"UPDATE {latest(engine, table)} SET {damage}")
    with pytest.raises(IndexDamagedError, match="one"):
        asked(PostgresSnapshot.open(engine, "shelf", "one"))


def test_no_list_is_looked_through_for_what_an_article_holds(load, engine, monkeypatch):
    load("one", True)
    snapshot = PostgresSnapshot.open(engine, "shelf", "one")
    asked, plain = [], Reads.__call__
    monkeypatch.setattr(Reads, "__call__", lambda *all: asked.extend(all[1:]) or plain(*all))
    for article in (None, "barn"):
        snapshot.scope(article).search((), np.ones(16, np.float32), 5)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        for setting in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            driver.execute(f"SET LOCAL {setting} = off")
        plans = [
            str(driver.execute(f"EXPLAIN {query}", values).fetchall())
            for query, values in asked
            if "halfvec" in query
        ]
    assert ["vector_idx" in plan for plan in plans] == [True, False]


def test_tables_that_are_gone_are_damage(load, engine, transaction):
    load("one", True)
    snapshot = PostgresSnapshot.open(engine, "shelf", "one")
    with transaction() as connection:
        rows.keep(connection, "shelf", ())
    with pytest.raises(IndexDamagedError):
        asked(snapshot)


@KINDS
def test_a_question_takes_three_round_trips(load, engine, own, monkeypatch):
    load("one", own)
    snapshot = PostgresSnapshot.open(engine, "shelf", "one")
    trips = []
    plain = Reads.__call__
    monkeypatch.setattr(Reads, "__call__", lambda *all: trips.append(all) or plain(*all))
    assert asked(snapshot)
    assert len(trips) <= 3
    trips.clear()
    assert Models(FakeEncoder()).ask(snapshot, "Where is parking?", "house", 1).matches
    assert len(trips) <= 4


def test_a_connection_that_was_lost_is_made_anew(load, engine):
    load("one", False)
    snapshot = PostgresSnapshot.open(engine, "shelf", "one")
    assert asked(snapshot)
    with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(False)) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database()"
        )
    assert asked(snapshot) == ["The rent of the barn is low."]


def test_a_database_that_is_away_is_told_in_a_sentence():
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        PostgresSnapshot.open(away, "shelf", "one")


def test_a_statement_that_takes_too_long_is_told_and_not_asked_again(engine):
    reads, seen = Reads(engine), []
    plain = reads._once
    reads._once = lambda asked: seen.append(asked) or plain(asked)
    with pytest.raises(DatabaseUnavailableError):
        reads(
            ("SELECT set_config('statement_timeout', '30', true)", ()), ("SELECT pg_sleep(9)", ())
        )
    assert len(seen) == 1
    assert reads(("SELECT 1", ())) == [[(1,)]]
