"""What is published is followed: at once, as PostgreSQL tells of it, and by a look now and then."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine, select

from summitqa.errors import DatabaseUnavailableError, SummitQAError
from summitqa.postgres.database import ask, reaching, session
from summitqa.postgres.notices import CHANNEL
from summitqa.postgres.tables import POINTERS

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

_LOOK_SECONDS = 10.0  # so late at most damage is seen, or a change whose notice was lost
_WAKE_SECONDS = 0.5
_AGAIN_SECONDS = 1.0


class Mirrored(Protocol):
    """What is made as the database says, as ``Mirror`` has it."""

    filled: set[str] | None

    @property
    def engine(self) -> Engine:
        """The database."""

    @property
    def asked(self) -> set[str]:
        """The shelves that are followed."""

    def folder(self, shelf: str) -> Path:
        """Give where a shelf lies, or would."""

    def follow(self, shelf: str) -> None:
        """Make a shelf what the database says."""

    def forget(self, but: Iterable[str]) -> None:
        """Follow no longer what was not asked for long, but for these."""

    def stale(self) -> set[str]:
        """Name the shelves whose version in use is another."""

    def changed(self) -> set[str]:
        """Name the shelves that may have changed in any way."""


class Following:
    """A thread that has a mirror be as the database says, until it is closed."""

    def __init__(
        self, mirror: Mirrored, changed: Callable[[], None], in_use: Callable[[], Iterable[str]]
    ) -> None:
        self._mirror, self._changed, self._in_use = mirror, changed, in_use
        self._stopped, self._away = threading.Event(), False
        self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Follow no longer."""
        self._stopped.set()
        self._thread.join(2 * _WAKE_SECONDS)  # longer where it fetches: then it is let be

    def _follow(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except DatabaseUnavailableError as error:
                if not self._away:
                    log.warning("shelves stay as they are for now: %s", error)
                self._away = True
            except Exception:
                log.exception("a look for changed shelves failed; it is tried again")
            self._stopped.wait(_AGAIN_SECONDS)

    def _listen(self) -> None:
        # Only the primary takes a LISTEN. Its connection is not used while it waits for notices.
        mirror = self._mirror
        with reaching(), closing(session(mirror.engine)) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            query = select(POINTERS.c.shelf).where(POINTERS.c.version.is_not(None))
            mirror.filled = filled = {shelf for (shelf,) in ask(mirror.engine, query)}
            self._bring(mirror.changed())  # whatever was told of while nobody listened
            self._changed()
            if self._away:
                log.info("shelves are as the database says again")
            self._away = False
            due = time.monotonic() + _LOOK_SECONDS
            while not self._stopped.is_set():
                named = {one for one in _noticed(connection, filled) if self._is_ours(one)}
                if time.monotonic() >= due:
                    mirror.forget(self._in_use())
                    named, due = named | mirror.stale(), time.monotonic() + _LOOK_SECONDS
                if named:
                    self._bring(named)
                    self._changed()

    def _is_ours(self, shelf: str) -> bool:
        """Tell whether a change of a shelf concerns us: it is followed, or what is here may go."""
        mirror = self._mirror
        is_gone = shelf not in (mirror.filled or ()) and mirror.folder(shelf).is_dir()
        return shelf in mirror.asked or is_gone

    def _bring(self, shelves: set[str]) -> None:
        for shelf in shelves:
            try:
                self._mirror.follow(shelf)
            except DatabaseUnavailableError:
                raise
            except (SummitQAError, OSError):
                log.exception("the shelf %s stays at the version it is at", shelf)


def _noticed(connection: "psycopg.Connection", filled: set[str]) -> set[str]:
    """Wait for notices a while; give the shelves they tell of, and keep those that are filled."""
    named = set()
    for notice in connection.notifies(timeout=_WAKE_SECONDS, stop_after=1):
        shelf, _, version = notice.payload.partition(" ")
        named.add(shelf)
        (filled.add if version else filled.discard)(shelf)
    return named
