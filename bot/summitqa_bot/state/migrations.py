"""From the schema that an older version left behind to today's, step by step.

The number of a database's schema stands in its table ``keys``; one without a number is 1.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from summitqa.errors import SettingsError
from summitqa.postgres.database import patient
from summitqa.postgres.tables import SHELF_TABLES
from summitqa_bot.private import make_private
from summitqa_bot.state import rows
from summitqa_bot.state.files import copy_of, main_file
from summitqa_bot.state.schema import KEYS, METADATA
from summitqa_bot.state.shared import SHARED
from summitqa_bot.state.steps import STEPS, Step

NUMBER = "schema"
"""The key under which it is kept."""
# Any number will do that no other program takes in the same database.
_LOCK = 7_340_263_915


def number(connection: Connection) -> int | None:
    """Give the number of the database's schema; None for an empty database."""
    if not inspect(connection).has_table(KEYS.name):
        return None
    return int(rows.fact(connection, NUMBER) or 1)


def refuse_newer(found: int | None, steps: Sequence[Step] = STEPS) -> None:
    """Raise SettingsError for a schema that only a newer version knows."""
    if found is not None and found > len(steps) + 1:
        raise SettingsError(
            f"The database has schema {found}, but this version of SummitQA knows schemas up to "
            f"{len(steps) + 1}; update SummitQA, or point it to another database."
        )


def bring_up(engine: Engine, steps: Sequence[Step] = STEPS) -> None:
    """Bring a database to today's schema, each step in a transaction of its own.

    An empty one is made. Before the first step an SQLite file is copied. Raises SettingsError
    where the database is newer, or where a step fails, which then has changed nothing.
    """
    copied = False
    while True:
        with alone(engine) as connection:
            found = number(connection)
            refuse_newer(found, steps)
            if found == len(steps) + 1:
                return
            if found is None:
                _make(connection)
                rows.keep(connection, NUMBER, str(len(steps) + 1))
                return
            copied = copied or _copy(connection, found)
            _take(connection, steps[found - 1], found)


def _make(connection: Connection) -> None:
    METADATA.create_all(connection, checkfirst=False)
    if connection.dialect.name == "postgresql":
        SHARED.create_all(connection, checkfirst=False)
        SHELF_TABLES.create_all(connection, checkfirst=False)


def _take(connection: Connection, step: Step, found: int) -> None:
    try:
        step(connection)
        rows.keep(connection, NUMBER, str(found + 1))
    except SQLAlchemyError as error:
        raise SettingsError(
            f"The database could not be brought from schema {found} to {found + 1} "
            f"({type(error.__cause__ or error).__name__}); it is as it was before."
        ) from error


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that waits until no other process is in one of these."""
    with engine.connect() as connection:
        in_turn(connection)
        yield connection
        connection.commit()


def in_turn(connection: Connection) -> None:
    """Begin such a transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Those before may be at a step that takes long, and so may ours.
        patient(connection)
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _copy(connection: Connection, found: int) -> bool:
    """Copy an SQLite file aside, what its write-ahead log holds included."""
    path = main_file(connection)
    if path is None:
        return True
    unfinished = path.with_name(f"{path.name}.copying")
    try:
        unfinished.unlink(missing_ok=True)
        make_private(unfinished)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy)
        unfinished.replace(copy_of(path, found))
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise SettingsError(
            f"{path} is of an older version, but could not be copied before it is brought up to "
            f"date ({error}); make room beside it."
        ) from error
    return True
