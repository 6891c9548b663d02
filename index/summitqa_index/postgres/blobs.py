"""The bytes of a shelf's entries where replicas share them: all in the database, some here."""

import hashlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from summitqa.errors import IndexDamagedError
from summitqa.postgres import files
from summitqa.postgres.database import ask, reaching, session
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.tables import FILES
from summitqa.settings import BLOBS
from summitqa_index.blobs import Blobs

if TYPE_CHECKING:
    import psycopg


class SharedBlobs(Blobs):
    """The blobs of a shelf in the database; those that were asked for here are kept in its folder.

    All raise DatabaseUnavailableError, too.
    """

    def __init__(self, mirror: Mirror, shelf: str) -> None:
        super().__init__(mirror.folder(shelf))
        self._engine = mirror.engine
        self._shelf = shelf

    def put(self, raw: bytes) -> str:
        """Keep bytes for all replicas, and here."""
        name = hashlib.sha256(raw).hexdigest()
        with self._changing() as own:
            files.add(own, self._shelf, f"{BLOBS}/{name}", raw)
        return super().put(raw)

    def get(self, name: str) -> bytes:
        """Give the bytes of a name, fetched first where they are not here, or not whole here."""
        try:
            return super().get(name)
        except IndexDamagedError:
            with reaching(), closing(session(self._engine)) as own:
                raw = b"".join(files.read(own, self._shelf, f"{BLOBS}/{name}"))
            if hashlib.sha256(raw).hexdigest() != name:
                raise
        super().put(raw)
        return raw

    def size(self, of: AbstractSet[str] | None = None) -> int:
        """Count the bytes of those of some names, or of all of them."""
        query = select(func.coalesce(func.sum(func.octet_length(FILES.c.body)), 0))
        query = query.where(FILES.c.shelf == self._shelf, FILES.c.name.startswith(f"{BLOBS}/"))
        if of is not None:
            query = query.where(FILES.c.name.in_([f"{BLOBS}/{name}" for name in of]))
        return int(ask(self._engine, query)[0][0])

    def names(self) -> list[str]:
        """Name all of them."""
        query = select(FILES.c.name).where(FILES.c.shelf == self._shelf, FILES.c.number == 0)
        found = ask(self._engine, query.where(FILES.c.name.startswith(f"{BLOBS}/")))
        return [name.removeprefix(f"{BLOBS}/") for (name,) in found]

    def prune(self, keep: AbstractSet[str], older_than: timedelta) -> bool:
        """Remove for all what is not to be kept and was put longer ago; tell if there was any."""
        with self._changing() as own:
            # A row that is handed in again meanwhile is waited for, and is young then.
            old = own.execute(
                "SELECT name FROM shelf_files WHERE shelf = %s AND starts_with(name, %s) AND "
                "number = 0 AND changed < clock_timestamp() - %s AND name <> ALL(%s) FOR UPDATE",
                (self._shelf, f"{BLOBS}/", older_than, [f"{BLOBS}/{name}" for name in keep]),
            ).fetchall()
            own.execute(
                "DELETE FROM shelf_files WHERE shelf = %s AND name = ANY(%s)",
                (self._shelf, [name for (name,) in old]),
            )
        return bool(old)

    @contextmanager
    def _changing(self) -> Iterator["psycopg.Connection"]:
        with reaching(), closing(session(self._engine)) as own, own.transaction():
            yield own
