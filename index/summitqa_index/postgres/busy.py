"""One publisher of a shelf at a time, on all machines: a lock of PostgreSQL's, which a session has.

Who has it, and since when, stands in the shelf's row, for others to read.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from summitqa.errors import ConflictError, IndexBusyError
from summitqa.postgres.database import LOCK, ask
from summitqa.postgres.tables import POINTERS

if TYPE_CHECKING:
    import psycopg

# The last version that goes, or would have been written by now; see ``versions.new_id``.
_ERASED = (
    "INSERT INTO shelf_erased (shelf, version) SELECT %(shelf)s, "
    "greatest(to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD-HH24MISS-US'), "
    "(SELECT max(version) FROM shelf_snapshots WHERE shelf = %(shelf)s)) "
    "ON CONFLICT (shelf) DO UPDATE SET version = EXCLUDED.version, erased = EXCLUDED.erased"
)


def acquire(own: "psycopg.Connection", engine: Engine, shelf: str, who: str) -> None:
    """Take the lock; IndexBusyError where another has it."""
    taken = own.execute(f"SELECT pg_try_advisory_lock({LOCK})", (shelf,)).fetchone()
    if not taken or not taken[0]:
        raise IndexBusyError(*_holder(engine, shelf))
    own.execute(
        "INSERT INTO shelf_pointers (shelf, busy_by, busy_since) "
        "VALUES (%(shelf)s, %(who)s, clock_timestamp()) "
        "ON CONFLICT (shelf) DO UPDATE SET busy_by = %(who)s, busy_since = clock_timestamp()",
        {"shelf": shelf, "who": who},
    )


def release(own: "psycopg.Connection", shelf: str) -> None:
    """Let go of the lock."""
    query = "UPDATE shelf_pointers SET busy_by = NULL, busy_since = NULL WHERE shelf = %s"
    own.execute(query, (shelf,))
    own.execute(f"SELECT pg_advisory_unlock({LOCK})", (shelf,))


def require_held(own: "psycopg.Connection", shelf: str) -> None:
    """Have the shelf stay until the transaction's end; ConflictError where it was erased.

    It may have been begun anew since, by somebody who handed something in: nobody is busy with it
    then.
    """
    query = "SELECT busy_by FROM shelf_pointers WHERE shelf = %s FOR NO KEY UPDATE"
    if own.execute(query, (shelf,)).fetchone() in {None, (None,)}:
        raise ConflictError("The shelf was erased meanwhile; nothing has been put on it.")


def outlast(own: "psycopg.Connection", shelf: str) -> None:
    """Wait for whoever is at the shelf: they have changed it by now, or find it gone."""
    own.execute("SELECT FROM shelf_pointers WHERE shelf = %s FOR UPDATE", (shelf,))


def end(own: "psycopg.Connection", shelf: str) -> None:
    """Have the shelf be no more, and mirrors that are away know that when they are back."""
    own.execute("DELETE FROM shelf_erased WHERE erased < clock_timestamp() - interval '1 year'")
    own.execute(_ERASED, {"shelf": shelf})
    own.execute("DELETE FROM shelf_pointers WHERE shelf = %s", (shelf,))


def _holder(engine: Engine, shelf: str) -> tuple[datetime | None, str | None]:
    query = select(POINTERS.c.busy_since, POINTERS.c.busy_by)
    rows = ask(engine, query.where(POINTERS.c.shelf == shelf))
    return rows[0] if rows else (None, None)
