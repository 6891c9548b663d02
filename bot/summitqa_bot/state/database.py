"""Open the database that the settings name, and bring it up to date."""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from summitqa.errors import DatabaseUnavailableError, SettingsError
from summitqa.postgres import is_postgres
from summitqa.postgres.database import listen, place_of, reading
from summitqa_bot.private import make_private
from summitqa_bot.settings import DATABASE
from summitqa_bot.state import migrations, rows
from summitqa_bot.state.files import SQLITE
from summitqa_bot.state.schema import INSTALLATION, KEYS
from summitqa_bot.state.steadfast import is_cut_short, note_commit, persist
from summitqa_bot.strings.serving import READ_REFUSED

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

# Generous: the one who came first may be copying a large file before a migration.
_OPENED_SECONDS = 120
BUSY_MILLISECONDS = 5000
# How long whoever can do without a server waits for each of those that a URL names; the driver
# takes no less.
_SOON_SECONDS = "2"
# Of the 100 connections that PostgreSQL has by default, each process keeps five; in a crowd it has
# ten more, and whoever finds none free is told sooner than a statement would have to end.
_POOL: dict[str, Any] = {
    "pool_pre_ping": True,
    "pool_size": 5,
    "max_overflow": 10,
    "pool_timeout": 5.0,
}
_READ_ONLY = "25006"  # PostgreSQL's code
AWAY = (
    "The database in SUMMITQA_DATABASE_URL cannot be reached, or does not let us in; is it "
    "running, and is the URL right?"
)
"""Of a URL that may be right: what a server that is reached refuses is told with no code."""


def opened(home: Path, url: str | None) -> Engine:
    """Open the database, its schema today's.

    SettingsError where that cannot be, DatabaseUnavailableError where it was not reached in time.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        place = _place(home, url)
        with first_come(_file(place)):
            engine = _engine(place)
            try:
                persist(engine, partial(migrations.bring_up, engine))
            except BaseException:
                engine.dispose()
                raise
    except DatabaseUnavailableError:
        # A supervisor is to start us again: it may be on its way.
        raise DatabaseUnavailableError(AWAY) from None
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise _refused(error, url) from None
    return engine


def standby(url: str) -> Engine:
    """Give an engine for what is only read, unconnected; SettingsError for a malformed URL."""
    try:
        return reading(url)
    except ValueError:  # a port that is no number
        raise SettingsError(READ_REFUSED) from None


def unready(home: Path, url: str | None) -> Engine:
    """Open the database as it is, empty too; SettingsError where that cannot be."""
    try:
        return _engine(_place(home, url))
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise _refused(error, url) from None


def answers(home: Path, url: str) -> bool:
    """Tell whether PostgreSQL lets us in, and that soon; SettingsError for a malformed URL."""
    place = _place(home, url).update_query_dict({"connect_timeout": _SOON_SECONDS})
    try:
        with create_engine(place, poolclass=NullPool, hide_parameters=True).connect():
            return True
    except OperationalError:
        return False


def asynchronous(home: Path, url: str | None) -> "AsyncEngine":
    """Give an engine for the event loop, of the database that ``opened`` has brought up to date.

    It needs the extra ``workspaces``, and raises ImportError without.
    """
    from sqlalchemy.ext.asyncio import create_async_engine

    place = _place(home, url)
    kept: dict[str, Any] = dict(_POOL)
    if place.get_backend_name() == "sqlite":
        # A connection is a thread there, and is made in no time.
        place, kept = place.set(drivername="sqlite+aiosqlite"), {"poolclass": NullPool}
    engine = create_async_engine(place, hide_parameters=True, **kept)
    _listen(engine.sync_engine)
    return engine


def schema(home: Path, url: str | None) -> int | None:
    """Give the number of the database's schema, changing nothing; None where there is none yet.

    SettingsError where it cannot be opened, or only a newer version knows it, and
    DatabaseUnavailableError where it does not answer.
    """
    found = look(home, url, migrations.number)
    migrations.refuse_newer(found)
    return found


def noted(home: Path, url: str | None, name: str) -> str | None:
    """Give a fact that ``State.note`` kept, changing nothing; None where there is none.

    Raises what ``look`` raises.
    """
    return look(home, url, lambda connection: _fact(connection, name))


def installation(engine: Engine) -> str:
    """Give the random name of an installation, which its database has had from the first start."""
    with engine.begin() as connection:
        name = {"name": INSTALLATION}
        rows.put(connection, KEYS, name, {"value": secrets.token_hex(16)}, replace=False)
        return str(rows.fact(connection, INSTALLATION))


def _fact(connection: Connection, name: str) -> str | None:
    return None if migrations.number(connection) is None else rows.fact(connection, name)


def look(home: Path, url: str | None, read: Callable[[Connection], T | None]) -> T | None:
    """Read something in the database, changing nothing; None where there is none yet.

    SettingsError where it cannot be opened, DatabaseUnavailableError where it does not answer; it
    is asked once.
    """
    try:
        place = _place(home, url)
        path = _file(place)
        if path is not None and not path.exists():
            return None
        engine = _for_reading(path) if path else create_engine(place, poolclass=NullPool)
        if engine.dialect.name == "postgresql":
            listen(engine)
        with engine.connect() as connection:
            found = read(connection)
    except (SQLAlchemyError, ImportError, OSError) as error:
        if isinstance(error, DBAPIError) and is_cut_short(error.orig):
            raise DatabaseUnavailableError(AWAY) from None
        raise _refused(error, url) from None
    return found


def first_come(path: Path | None) -> AbstractContextManager[Any]:
    """Wait until no other process opens this file: two cannot set SQLite's journal mode at once."""
    if path is None:
        return nullcontext()
    return FileLock(path.with_name(f"{path.name}.lock"), timeout=_OPENED_SECONDS, mode=0o600)


def _engine(place: URL) -> Engine:
    path = _file(place)
    if path is not None:
        make_private(path)
    kept = _POOL if place.get_backend_name() == "postgresql" else {}
    engine = create_engine(place, hide_parameters=True, **kept)
    _listen(engine)
    if engine.dialect.name == "postgresql":
        listen(engine)
    return engine


def _listen(engine: Engine) -> None:
    event.listen(engine, "handle_error", _without_values)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
    else:
        event.listen(engine, "handle_error", _let_go_of_replicas)
        event.listen(engine, "commit", note_commit)


def _let_go_of_replicas(failed: ExceptionContext) -> None:
    """Connect anew where what was connected to is no primary any more."""
    if getattr(failed.original_exception, "sqlstate", None) == _READ_ONLY:
        failed.is_disconnect = True


def _for_reading(path: Path) -> Engine:
    """Open an SQLite file so that not even its write-ahead log is made."""
    beside = [path.with_name(f"{path.name}-{end}") for end in ("wal", "shm")]
    # With no log there is no writer; SQLite would make one to keep writers out.
    way = "mode=ro" if all(file.exists() for file in beside) else "immutable=1"
    uri = f"{path.absolute().as_uri()}?{way}"
    return create_engine(
        "sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(uri, uri=True)
    )


def _place(home: Path, url: str | None) -> URL:
    """Read the URL; PostgreSQL without a driver's name means the driver of our extra."""
    try:
        if is_postgres(url):
            return place_of(url)
        place = make_url(url or f"sqlite:///{home / SQLITE}")
    except ValueError as error:  # a port that is no number
        raise _refused(error, url) from None
    if place.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsError(
            f"SUMMITQA_DATABASE_URL names {place.get_backend_name()}, but expects {DATABASE}."
        )
    return place


def _file(place: URL) -> Path | None:
    """Give the file that a URL names; None in memory, for a URI of SQLite's own, or a server."""
    named = place.database
    if place.get_backend_name() != "sqlite" or "uri" in place.query or named in {None, ":memory:"}:
        return None
    return Path(str(named))


def _refused(error: Exception, url: str | None) -> SettingsError:
    kind = type(error).__name__
    if isinstance(error, ModuleNotFoundError) and error.name == "psycopg":
        return SettingsError(
            "SUMMITQA_DATABASE_URL names PostgreSQL, whose driver is not installed: "
            ".venv/bin/pip install -e '.[postgres]' in the checkout installs it."
        )
    if url is None:
        return SettingsError(
            f"state.db in SUMMITQA_HOME cannot be opened ({kind}), but expects an SQLite "
            "database that may be read and written."
        )
    # The URL may hold a password, so it is not repeated.
    return SettingsError(
        f"SUMMITQA_DATABASE_URL cannot be opened ({kind}), but expects {DATABASE}."
    )


def _without_values(failed: ExceptionContext) -> None:
    """Keep an error's first line alone: PostgreSQL's others show the row that it refused."""
    for error in (failed.original_exception, failed.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    # What is deleted is overwritten, not only let go of.
    connection.execute("PRAGMA secure_delete=ON")
