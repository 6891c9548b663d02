"""A version from its folder into rows, back out of them, and away; see ``summitqa.postgres.rows``.

Whoever calls holds the lock on the shelf's versions, and a transaction where there is to be one.
"""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from summitqa.errors import InputError
from summitqa.folder.store import Store
from summitqa.postgres.database import unhurried
from summitqa.postgres.extension import NO_PGVECTOR
from summitqa.postgres.queries import THERE
from summitqa.postgres.rows import (
    SHARED_UP_TO,
    TABLES,
    VERSION,
    VERSIONS,
    lists,
    named,
)
from summitqa_index.postgres import copying
from summitqa_index.postgres.streams import STREAMS, version_row

# Any number that nothing else of ours locks.
_MAKING = 0x726F7773
_MEGABYTE = 1 << 20
_LOCK_MILLISECONDS = 1000

Connection = psycopg.Connection[Any]


def load(connection: Connection, shelf: str, version: str, store: Store) -> None:
    """Write a version's rows from its folder, in a transaction; nobody sees them before its end.

    InputError where the server has no pgvector.
    """
    _make_tables(connection)
    unhurried(connection)
    ((number,),) = connection.execute("SELECT nextval('rows_number')").fetchall()
    sentences = len(store.tables.sentence_spans)
    own = sentences > SHARED_UP_TO
    if own:
        _make_own(connection, number, store.facts["dimension"])
    sealed = {
        table: copying.write(
            connection, named(table, number, own), one.names, STREAMS[table](store, number)
        )
        for table, one in TABLES.items()
    }
    if own:
        _index(connection, number, sentences, store.facts["dimension"])
    row = version_row(store, (shelf, version, number, own), sealed)
    copying.write(connection, VERSIONS, VERSION.names, [row])


def add(connection: Connection, shelf: str, version: str, store: Store) -> None:
    """Have a version that is kept be searched by its rows; raises what ``load`` raises."""
    query = "UPDATE shelf_snapshots SET in_rows = TRUE WHERE shelf = %s AND version = %s"
    connection.execute(query, (shelf, version))
    load(connection, shelf, version, store)


def verify(
    connection: Connection, shelf: str, version: str, *, expected: bool = False
) -> list[str]:
    """Name the tables whose rows are not what was written; none where all is whole.

    A version that has none is whole, too, unless rows are ``expected``.

    Each is read back and held to the digest that was taken when it was written, from files that
    were held to the manifest.
    """
    none = [VERSIONS] if expected else []
    if not _there(connection):
        return none
    found = connection.execute(
        "SELECT number, own, sealed FROM rows_version WHERE shelf = %s AND version = %s",
        (shelf, version),
    ).fetchone()
    if found is None:
        return none
    number, own, sealed = found
    digests: Mapping[str, str] = json.loads(sealed)
    of_version = sql.SQL("version = {}").format(number)
    with connection.transaction():
        unhurried(connection)
        read = {
            table: copying.read(
                connection, named(table, number, own), one.names, one.key, of_version
            )
            for table, one in TABLES.items()
        }
        itself = sql.SQL("number = {}").format(number)
        read[VERSIONS] = copying.read(connection, VERSIONS, VERSION.names[:-1], VERSION.key, itself)
    return [table for table, digest in read.items() if digest != digests.get(table)]


def follow(connection: Connection, shelf: str) -> None:
    """Remove the rows of a shelf's versions that are kept no more, in a transaction."""
    query = "SELECT version FROM shelf_snapshots WHERE shelf = %s"
    keep(connection, shelf, [kept for (kept,) in connection.execute(query, (shelf,)).fetchall()])


def keep(connection: Connection, shelf: str, versions: Collection[str]) -> None:
    """Remove the rows of all other versions of a shelf than these, in a transaction.

    Tables that somebody reads just now are left to the next time.
    """
    if not _there(connection):
        return
    gone = connection.execute(
        "DELETE FROM rows_version WHERE shelf = %s AND version <> ALL(%s) RETURNING number, own",
        (shelf, list(versions)),
    ).fetchall()
    for number, own in gone:
        for table in () if own else TABLES:
            delete = sql.SQL("DELETE FROM {} WHERE version = %s").format(sql.Identifier(table))
            connection.execute(delete, (number,))
    _drop_left(connection)


def _drop_left(connection: Connection) -> None:
    """Drop the tables that belong to no version."""
    left = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) "
        "AND relkind = 'r' AND relname ~ '^rows_[a-z]+_[0-9]+$' AND substring(relname from "
        "'[0-9]+$')::int NOT IN (SELECT number FROM rows_version WHERE own) ORDER BY relname"
    ).fetchall()
    for (name,) in left:
        with suppress(psycopg.errors.LockNotAvailable), connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}")
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
        connection.execute("SET LOCAL lock_timeout TO DEFAULT")


def _there(connection: Connection) -> bool:
    return connection.execute(THERE).fetchone() == (True,)


def _make_tables(connection: Connection) -> None:
    """Make the shared tables where there are none yet, with what they need of the server."""
    if _there(connection):
        return
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
    if _there(connection):
        return
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute("SELECT NULL::halfvec")
    except psycopg.Error as error:
        raise InputError(NO_PGVECTOR.format(reason=f" ({type(error).__name__})")) from error
    connection.execute("CREATE SEQUENCE rows_number AS int")
    for name, table in {VERSIONS: VERSION, **TABLES}.items():
        connection.execute(table.ddl(name))


def _make_own(connection: Connection, number: int, dimension: int) -> None:
    """Make the tables of a version of its own."""
    for table in TABLES:
        names = map(sql.Identifier, (named(table, number, True), table))
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(*names))
    connection.execute(
        sql.SQL("ALTER TABLE {} ALTER vector TYPE halfvec({})").format(
            sql.Identifier(named("rows_sentence", number, True)), dimension
        )
    )


def _index(connection: Connection, number: int, sentences: int, dimension: int) -> None:
    """Divide a version's sentences into lists, and tell the planner of its tables."""
    count = lists(sentences)
    connection.execute(f"SET LOCAL maintenance_work_mem = '{_megabytes(count, dimension)}MB'")
    connection.execute(
        sql.SQL(
            "CREATE INDEX ON {} USING ivfflat (vector halfvec_ip_ops) WITH (lists = {})"
        ).format(sql.Identifier(named("rows_sentence", number, True)), count)
    )
    for table in TABLES:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(named(table, number, True))))


def _megabytes(count: int, dimension: int) -> int:
    """Give what finding the centres of so many lists takes: 50 samples a list, and their bounds."""
    samples = 50 * count
    return 64 + 2 * samples * (4 * dimension + 4 * count) // _MEGABYTE
