"""A data folder's shelves go into a database that has none, at the first start with one.

Shelf by shelf, each in one step, then what is remembered of people. A name that the folder and the
database have in common meanwhile lets the next start go on with it, and no other data folder begin
anew in that database.
"""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from summitqa.errors import SettingsError
from summitqa.files import replace_durably
from summitqa.postgres.claim import claim, holds_shelves, mark, mirrored
from summitqa.postgres.database import LOCK, reaching, session
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.searching import Searching
from summitqa.settings import HOUSE, folder_of, shelves_in
from summitqa_bot.state import database, rows, taking
from summitqa_index.postgres.adoption import adopt, holds

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

_NAME = "ADOPTING"
_FACT = "adopting"
_AGAIN_SECONDS = 0.5
# After how many seconds it is said, and how loudly, that another is waited for: several that start
# at once take turns, each for a moment.
_WAITS = ((0.0, logging.INFO), (10.0, logging.WARNING))


def adopted(
    engine: Engine,
    home: Path,
    searching: Searching | None = None,
    snapshots: str | None = None,
) -> Mirror:
    """Give the mirror of a database, which takes over what the home holds where it has no shelves.

    ``snapshots``: the address in object storage that versions go to. The engine is let go of where
    this fails. SettingsError where the home is another's or holds its own, though the database has
    others; IndexBusyError where somebody is changing a shelf of it.
    """
    try:
        installation = database.installation(engine)
        objects = f"{snapshots}/{installation}" if snapshots else None
        with reaching(), closing(session(engine)) as own, _alone(own):
            if _begun(engine, own, home):
                _take(engine, own, home, objects, searching)
                _finish(engine, home)
            claim(home, installation)
    except BaseException:
        engine.dispose()
        raise
    return Mirror(engine, home, searching, objects)


@contextmanager
def _alone(own: "psycopg.Connection") -> Iterator[None]:
    """Wait until no other process takes shelves over."""
    began, waits = time.monotonic(), list(_WAITS)
    while own.execute(f"SELECT pg_try_advisory_lock({LOCK})", (_FACT,)).fetchone() != (True,):
        if waits and time.monotonic() - began >= waits[0][0]:
            log.log(
                waits.pop(0)[1], "waiting for another replica, which starts or takes shelves over"
            )
        time.sleep(_AGAIN_SECONDS)
    try:
        yield
    finally:
        own.execute(f"SELECT pg_advisory_unlock({LOCK})", (_FACT,))


def _begun(engine: Engine, own: "psycopg.Connection", home: Path) -> bool:
    """Tell whether shelves of this home are to be taken over, and say so in both places."""
    with engine.connect() as connection:
        name = rows.fact(connection, _FACT)
    if name is not None:
        if _read(home) != name:
            raise SettingsError(
                "The shelves of another data folder are being taken into the database of "
                "SUMMITQA_DATABASE_URL, which was interrupted; start that one first."
            )
        return True
    if mirrored(home) is not None or not holds_shelves(home) or holds(own):
        (home / _NAME).unlink(missing_ok=True)
        return False
    name = secrets.token_hex(16)
    replace_durably(home / _NAME, name.encode())
    with engine.begin() as connection:
        rows.keep(connection, _FACT, name)
    return True


def _read(home: Path) -> str | None:
    try:
        return (home / _NAME).read_text("ascii", "replace")
    except FileNotFoundError:
        return None


def _take(
    engine: Engine,
    own: "psycopg.Connection",
    home: Path,
    objects: str | None,
    searching: Searching | None,
) -> None:
    began, shelves = time.monotonic(), [HOUSE, *shelves_in(home)]
    log.info("taking what %s holds into the database; shelves: %d", home, len(shelves))
    for shelf in shelves:
        adopt(own, shelf, folder_of(home, shelf), objects, searching)
    taking.take(engine, home)
    log.info("the database has them, after %.1f s", time.monotonic() - began)


def _finish(engine: Engine, home: Path) -> None:
    mark(home, database.installation(engine))
    with engine.begin() as connection:
        rows.drop(connection, _FACT)
        rows.drop(connection, taking.TAKEN)
    (home / _NAME).unlink(missing_ok=True)
