"""How PostgreSQL is connected to: the one place that knows the driver and its time-outs."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import URL, Connection, Engine, Pool, Select, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from summitqa.errors import DatabaseUnavailableError, DiskFullError
from summitqa.postgres import SCHEME

if TYPE_CHECKING:
    import psycopg

    from summitqa.postgres.silence import Attentive

# A server that is gone without a word is noticed after about ten seconds, by whoever waits for
# its answer (keepalives) or for it to take what was sent (milliseconds).
_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "4",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
# What the server is told of our sessions: after how many milliseconds it ends a statement, and a
# transaction that says nothing, as that of a process of ours which is frozen; and after how many
# seconds it notices that a machine of ours is gone. Either may hold a lock.
_LIMITS = {
    "statement_timeout": 10_000,
    "idle_in_transaction_session_timeout": 30_000,
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
}
_UNHURRIED = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
LOCK = "hashtextextended(current_schema() || '.' || %s, 0)"
"""The number of a lock by its name; schemas of one server, each an installation, have their own."""
AWAY = (
    "The database in SUMMITQA_DATABASE_URL cannot be reached now, or takes too long; try again in "
    "a minute."
)


def place_of(url: str) -> URL:
    """Read a URL as libpq does, several hosts too; add after how long what is not done is given up.

    What the URL says itself goes before. ValueError where it is malformed, ImportError without the
    driver.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        said = conninfo_to_dict(SCHEME.sub("postgresql:", url, count=1))
    except psycopg.Error as error:
        raise ValueError(str(error)) from None
    named = {name: str(value) for name, value in {**_PATIENCE, **said}.items()}
    if port := named.get("port"):
        if not re.fullmatch(r"[\d,]*", port):
            raise ValueError("a port is a number")
        if "," not in port:  # libpq takes it for all hosts, SQLAlchemy for one
            named["port"] = ",".join(port for _ in named.get("host", "").split(","))
    limits = " ".join(f"-c {limit}={value}" for limit, value in _LIMITS.items())
    named["options"] = f"{limits} {named.get('options', '')}".strip()
    user, password, name = (named.pop(key, None) for key in ("user", "password", "dbname"))
    return URL.create("postgresql+psycopg", user, password, database=name, query=named)


def reading(url: str) -> Engine:
    """Make an engine for what is only read, and asked again where a connection was lost.

    Nothing is connected to yet. Raises what ``place_of`` raises.
    """
    engine = create_engine(place_of(url), hide_parameters=True, isolation_level="AUTOCOMMIT")
    listen(engine)
    return engine


def listen(engine: Engine) -> None:
    """Have an engine give up on a server that has fallen silent, save where it is ``patient``."""
    event.listen(engine, "do_connect", _connected)
    event.listen(engine, "connect", lambda _own, record: record.info.update(pool=engine.pool))
    event.listen(engine, "checkin", lambda own, record: _back(own, record.info, engine.pool))


def patient(connection: Connection) -> None:
    """Let the statements of a transaction take as long as they take, as SQLite does."""
    if connection.dialect.name != "postgresql":
        return
    for limit in _UNHURRIED:
        connection.execute(text(limit))
    cast("Any", connection.connection.driver_connection).patient = True


def unhurried(own: "psycopg.Connection") -> None:
    """Do the same for a transaction of a ``session``, which may pause between statements, too."""
    for limit in _UNHURRIED:
        own.execute(limit)


def _connected(_dialect: Any, _record: Any, told: Any, named: Any) -> "psycopg.Connection":
    from summitqa.postgres.silence import Attentive

    return Attentive.connect(*told, **named)


def _back(own: "Attentive | None", info: Mapping[str, Any], pool: Pool) -> None:
    """Make ready for the next, or close what comes back to a pool that was given up meanwhile."""
    if own is None:
        return
    own.patient = False
    if info.get("pool") is not pool:
        own.close()


def session(engine: Engine) -> "psycopg.Connection":
    """Open a connection outside the pool, each statement its own transaction; it is the caller's.

    It is never opened anew: once it is lost, with all it held, everything done with it fails. A
    server is waited for as long as it is connected.
    Raises DatabaseUnavailableError.
    """
    with reaching():
        pooled = engine.raw_connection()
        own = cast("Attentive", pooled.driver_connection)
        pooled.detach()
        own.rollback()
        own.autocommit = own.patient = True
        return own


def ask(engine: Engine, query: Select[Any]) -> list[Any]:
    """Give the rows that a query finds. Raises DatabaseUnavailableError."""
    with reaching(), engine.connect() as connection:
        return list(connection.execute(query).all())


@contextmanager
def reaching() -> Iterator[None]:
    """Say in one sentence that the database is away, slow or full.

    Raises DatabaseUnavailableError or DiskFullError in place of an OperationalError, SQLAlchemy's
    or the driver's, and of finding no connection free.
    """
    import psycopg

    frozen = psycopg.errors.IdleInTransactionSessionTimeout  # which is none of those
    try:
        yield
    except (OperationalError, NoneFreeError, psycopg.OperationalError, frozen) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        if isinstance(cause, psycopg.errors.DiskFull):
            raise DiskFullError(
                "The disk of the database in SUMMITQA_DATABASE_URL is full; make room there. The "
                "index in use stays as it is."
            ) from error
        raise DatabaseUnavailableError(AWAY) from error
