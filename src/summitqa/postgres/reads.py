"""Questions to the database: several in one round trip, prepared, asked again where need be.

Nothing that is only read is lost by being asked again: where a connection has died since it was
last used, as at a failover, a new one is; where a question was in the way of what a standby has to
take over from its primary (PostgreSQL's manual, "Handling Query Conflicts"), it is asked anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from summitqa.errors import IndexDamagedError
from summitqa.postgres.database import reaching

_TRIES = 3
_GAVE_WAY = "40001"
# What is asked, with its values.
Asked = tuple[str, Sequence[Any] | Mapping[str, Any]]
Found = list[tuple[Any, ...]]


class Reads:
    """Asks; may be used by many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def __call__(self, *asked: Asked) -> list[Found]:
        """Give the rows that each question finds, all in one round trip and one transaction.

        Raises DatabaseUnavailableError where the database does not answer, or not in its time, and
        IndexDamagedError where what is asked for is no longer there.
        """
        try:
            with reaching():
                return self._persistently(asked)
        except psycopg.Error as error:
            raise IndexDamagedError(
                f"The database does not hold what is looked for ({type(error).__name__}); run "
                "`summitqa verify`."
            ) from error

    def _persistently(self, asked: Sequence[Asked]) -> list[Found]:
        for _ in range(_TRIES - 1):
            try:
                return self._once(asked)
            except (psycopg.OperationalError, OperationalError) as error:
                if _lost(error):
                    self._engine.dispose()  # those that wait are of the same server
                elif getattr(error, "sqlstate", None) != _GAVE_WAY:
                    raise
        return self._once(asked)

    def _once(self, asked: Sequence[Asked]) -> list[Found]:
        with self._engine.connect() as connection:
            try:
                return _answers(connection.connection.driver_connection, asked)
            except psycopg.OperationalError:
                connection.invalidate()
                raise


def _answers(driver: Any, asked: Sequence[Asked]) -> list[Found]:
    cursors = [driver.cursor(binary=True) for _ in asked]
    if len(asked) == 1:
        return [cursors[0].execute(*asked[0], prepare=True).fetchall()]
    with driver.pipeline():
        for cursor, (query, values) in zip(cursors, asked, strict=True):
            cursor.execute(query, values, prepare=True)
        return [cursor.fetchall() for cursor in cursors]


def _lost(error: psycopg.OperationalError | OperationalError) -> bool:
    """Tell whether a connection was lost: a time-out of the server's is no reason to ask again."""
    if isinstance(error, OperationalError):
        return error.connection_invalidated
    state = error.sqlstate or "08"
    return state[:2] in {"08", "57"} and state != "57014"
