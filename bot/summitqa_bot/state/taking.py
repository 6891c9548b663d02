"""What an SQLite file remembers goes into a database that remembers nothing yet, and the file goes.

In one transaction, while nobody else has the file. A start that is killed before its commit has
changed nothing; at the next after it the file is known for what was taken, and removed.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from summitqa.errors import SettingsError
from summitqa.files import sync_folder
from summitqa.postgres.database import patient
from summitqa_bot.state import database, rows, saved
from summitqa_bot.state.files import SQLITE, files_of
from summitqa_bot.state.schema import KEYS, METADATA
from summitqa_bot.strings.serving import STATE_REFUSED, STATE_UNFIT

log = logging.getLogger(__name__)

TAKEN = "taken"
"""The fact that names the file as it was when it was taken, until all of that is over."""
_OURS = "salt"  # what a database has had since it first remembered anything


def take(engine: Engine, home: Path) -> None:
    """Have a database of PostgreSQL remember what a home's SQLite file does, and remove the file.

    Not where the database remembers something of its own. SettingsError where another process has
    the file, or it cannot be read; nothing is changed then.
    """
    path = home / SQLITE
    if not path.exists():
        return
    with database.first_come(path):
        if _is_taken(engine, path):
            _remove(home)
            return
    if not _is_new(engine):
        return
    database.opened(home, None).dispose()  # its schema is ours from now on
    with database.first_come(path), _alone(path) as source:
        with engine.begin() as target:
            patient(target)
            count = _copied(source, target, path)
            rows.keep(target, TAKEN, _named(path))
        _remove(home)
    log.info("the database remembers what %s did; rows: %d", path, count)


def _copied(source: Connection, target: Connection, path: Path) -> int:
    try:
        return saved.copy(source, target)
    except ValueError as error:
        raise SettingsError(STATE_UNFIT.format(file=path, reason=error)) from None


def _is_new(engine: Engine) -> bool:
    tables = [one for one in METADATA.sorted_tables if one is not KEYS]
    with engine.connect() as connection:
        return rows.fact(connection, _OURS) is None and not any(
            connection.execute(select(table).limit(1)).first() for table in tables
        )


def _is_taken(engine: Engine, path: Path) -> bool:
    """Tell whether a file was taken, and nobody has written to it since."""
    with engine.connect() as connection:
        taken = rows.fact(connection, TAKEN) == _named(path)
    return taken and not path.with_name(f"{path.name}-wal").exists()


def _named(path: Path) -> str:
    """Name a file as it is. To read it would end the locks that SQLite has on it."""
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"


@contextmanager
def _alone(path: Path) -> Iterator[Connection]:
    """Have a file, all of it in itself, to ourselves."""
    engine = create_engine(
        "sqlite://",
        poolclass=StaticPool,
        creator=lambda: sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True),
    )
    try:
        with engine.connect() as connection:
            # Which fails where another has it open, too.
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            yield connection
    except DBAPIError as error:
        if not isinstance(error.orig, sqlite3.Error):
            raise
        said = STATE_REFUSED.format(file=path, reason=error.orig)
        raise SettingsError(said) from None
    finally:
        engine.dispose()


def _remove(home: Path) -> None:
    for path in files_of(home):
        path.resolve().unlink(missing_ok=True)  # what a link leads to holds the rows
        path.unlink(missing_ok=True)
    sync_folder(home)
