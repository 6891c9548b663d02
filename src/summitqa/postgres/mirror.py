"""A replica's own copy of the shelves it is asked about, as folders, made from the database.

The database is right, always: what a folder has and the database does not is cleared away, what it
lacks is fetched, and what is damaged is fetched again; so nothing here waits for the disk. Readers
see folders alone, so that they go on while the database is away.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock
from sqlalchemy import ARRAY, Engine, Select, Text, any_, literal, select

from summitqa.clearing import clearing
from summitqa.errors import DatabaseUnavailableError, SummitQAError
from summitqa.files import MANIFEST, Sink, damaged, make_folder, manifest_of, remove_folder
from summitqa.library import VERSIONS
from summitqa.postgres import chunks, files, places
from summitqa.postgres.database import ask, reaching, session, unhurried
from summitqa.postgres.notices import CHANNEL
from summitqa.postgres.objects import Objects
from summitqa.postgres.searching import Searching
from summitqa.postgres.tables import POINTERS, SNAPSHOTS
from summitqa.settings import HOUSE, folder_of

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

_LOOK_SECONDS = 10.0  # so late at most damage is seen, or a change whose notice was lost
_WAKE_SECONDS = 0.5
_AGAIN_SECONDS = 1.0


class Mirror:
    """The shelves of an installation below a folder; safe to use from many threads and processes.

    Once it is started it follows what is published; before, it looks when it is asked to.
    ``objects``: the address that versions go to, if that is not the database.
    """

    def __init__(
        self,
        engine: Engine,
        home: Path,
        searching: Searching | None = None,
        objects: str | None = None,
    ) -> None:
        self.engine = engine
        self.searching, self.objects = searching, objects
        self._home = home
        self._asked: set[str] = set()
        self._filled: set[str] | None = None
        self._sound: dict[Path, places.State | None] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def folder(self, shelf: str) -> Path:
        """Give where a shelf lies, or would."""
        return folder_of(self._home, shelf)

    def shelves(self) -> list[str]:
        """Name the shelves of the installation, in no order. Raises DatabaseUnavailableError."""
        return self._found(select(POINTERS.c.shelf))

    def bring(self, shelf: str) -> None:
        """Make a shelf's folder what the database says, the version in use whole.

        Of one that is searched in the database the manifest will do.
        Raises DatabaseUnavailableError, OSError, or IndexDamagedError where the database's own copy
        is not whole.
        """
        self._asked.add(shelf)
        versions = self.folder(shelf) / VERSIONS
        if not versions.is_dir() and not self._is_filled(shelf):
            return
        with self.alone(shelf):
            used = self._used(shelf)
            known = set(self._found(select(SNAPSHOTS.c.version).where(SNAPSHOTS.c.shelf == shelf)))
            if used is not None:
                self.fetch(shelf, used, versions / used, to_search=True)
            places.point(self.folder(shelf), used)
            self.bring_files(shelf)
            self._clear(self.folder(shelf), known)
            here = select(POINTERS.c.shelf).where(POINTERS.c.shelf == shelf)
            if shelf != HOUSE and not self._found(here):
                remove_folder(self.folder(shelf))

    def stale(self) -> set[str]:
        """Name the shelves, of those that were brought, whose folders differ from the database.

        Of what lies beside the versions nothing is known. Raises DatabaseUnavailableError.
        """
        used = self.used(set(self._asked))
        if self._filled is not None:  # nobody may have been told
            self._filled.update(shelf for shelf, version in used.items() if version is not None)
        return {shelf for shelf, version in used.items() if not self._is_as(shelf, version)}

    def used(self, shelves: Collection[str]) -> dict[str, str | None]:
        """Name the version in use of each shelf, by one query. Raises DatabaseUnavailableError."""
        query = select(POINTERS.c.shelf, POINTERS.c.version)
        query = query.where(POINTERS.c.shelf == any_(literal(list(shelves), ARRAY(Text))))
        found = {row.shelf: row.version for row in ask(self.engine, query)}
        return {shelf: found.get(shelf) for shelf in shelves}

    def fetch(
        self,
        shelf: str,
        version: str,
        place: Path,
        *,
        doubted: bool = False,
        to_search: bool = False,
    ) -> None:
        """Have a version's folder at a place, whole, or ``to_search``; only called where ``alone``.

        It is looked through where it has been touched since, or is ``doubted``; raises what
        ``bring`` raises, and IndexDamagedError where the database has no such version.
        """
        is_enough = not doubted and (to_search or places.has_files(place))
        if is_enough and (known := self._sound.get(place)) and known == places.state(place):
            return
        row = self._row(shelf, version)
        if row is None:
            raise damaged(place, [MANIFEST])
        if to_search and row[2] and self.searching is not None:
            if not places.has(place, row[0]):
                with places.beside(place) as aside:
                    (aside / MANIFEST).write_bytes(row[0])
            if not places.has_files(place):
                self._sound[place] = places.state(place)
            return
        if not places.is_whole(place, row[0]):
            began = time.monotonic()
            with places.beside(place) as aside:
                self._write(shelf, version, aside, *row[:2])
            log.info("fetched index %s of %s in %.1f s", version, shelf, time.monotonic() - began)
        self._sound[place] = places.state(place)

    def bring_files(self, shelf: str) -> None:
        """Make what lies beside a shelf's versions what the database says; only where ``alone``."""
        with reaching(), self.engine.connect() as connection:
            files.bring(connection, shelf, self.folder(shelf))

    def trust(self, place: Path) -> None:
        """Note that the folder of a version that was made here is whole."""
        self._sound[place] = places.state(place)

    @contextmanager
    def alone(self, shelf: str) -> Iterator[None]:
        """Be the only one to change what is mirrored of a shelf, of all threads and processes."""
        folder = self.folder(shelf)
        make_folder(folder / VERSIONS)
        with FileLock(folder / "mirror.lock"):
            yield

    def start(self, changed: Callable[[], None]) -> None:
        """Follow from now on what is published of the shelves that were, or will be, brought.

        ``changed`` is called, in another thread, whenever some of them may have changed.
        """
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._follow, args=(changed, self._stopped), name="mirror", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Follow no longer, and let go of the database."""
        self._stopped.set()
        if self._thread:
            self._thread.join(2 * _WAKE_SECONDS)  # longer where it fetches: then it is let be
        self._filled = None
        self.engine.dispose()
        if self.searching:
            self.searching.reading.dispose()

    def _is_filled(self, shelf: str) -> bool:
        """Tell whether there is a version in use, as it was last heard of where that is known."""
        return self._used(shelf) is not None if self._filled is None else shelf in self._filled

    def _is_as(self, shelf: str, used: str | None) -> bool:
        """Tell whether a folder has a version in use, untouched since it was seen to be whole."""
        place = self.folder(shelf) / VERSIONS / (used or "")
        known = self._sound.get(place)
        is_sound = used is None or (known is not None and known == places.state(place))
        return is_sound and places.points(self.folder(shelf), used)

    def _used(self, shelf: str) -> str | None:
        return self.used([shelf])[shelf]

    def _found(self, query: Select[Any]) -> list[str]:
        return [value for (value,) in ask(self.engine, query)]

    def _row(self, shelf: str, version: str) -> tuple[bytes, str, bool] | None:
        query = select(SNAPSHOTS.c.manifest, SNAPSHOTS.c.kept, SNAPSHOTS.c.in_rows)
        query = query.where(SNAPSHOTS.c.shelf == shelf, SNAPSHOTS.c.version == version)
        found = ask(self.engine, query)
        return tuple(found[0]) if found else None

    def _write(self, shelf: str, version: str, folder: Path, manifest: bytes, kept: str) -> None:
        """Write the files of a version, which are checked on the way."""
        expected = manifest_of(manifest, folder).files
        found = {}
        with closing(self._pieces(shelf, version, kept, expected)) as pieces:
            for name, bodies in groupby(pieces, itemgetter(0)):
                if name not in expected or name != Path(name).name:
                    raise damaged(folder, [name])
                with closing(Sink(folder / name)) as sink:
                    for _, body in bodies:
                        sink.write(body)
                    found[name] = sink.finish(durably=False)
        if broken := [name for name in expected if found.get(name) != expected[name]]:
            raise damaged(folder, broken)
        (folder / MANIFEST).write_bytes(manifest)

    def _pieces(
        self, shelf: str, version: str, kept: str, names: Iterable[str]
    ) -> Generator[tuple[str, bytes], None, None]:
        """Give the files of a version piece by piece, from where they are kept."""
        if kept != chunks.KEPT:
            return (yield from Objects(kept).read(names))
        with reaching(), closing(session(self.engine)) as connection, connection.transaction():
            unhurried(connection)  # a version may be large
            yield from chunks.read(connection, shelf, version)

    def _clear(self, folder: Path, known: set[str]) -> None:
        """Remove the versions that the database has no more; none while they are copied."""
        over = [
            path
            for path in (folder / VERSIONS).iterdir()
            if path.name not in known and not path.name.startswith(".")
        ]
        if over:
            with clearing(folder) as may:
                for path in over if may else ():
                    self._sound.pop(path, None)
                    remove_folder(path)

    def _follow(self, changed: Callable[[], None], stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                self._listen(changed, stopped)
            except DatabaseUnavailableError as error:
                log.warning("shelves stay as they are for now: %s", error)
            except Exception:
                log.exception("a look for changed shelves failed; it is tried again")
            stopped.wait(_AGAIN_SECONDS)

    def _listen(self, changed: Callable[[], None], stopped: threading.Event) -> None:
        # Only the primary takes a LISTEN. Its connection is not used while it waits for notices.
        with reaching(), closing(session(self.engine)) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            query = select(POINTERS.c.shelf).where(POINTERS.c.version.is_not(None))
            self._filled = filled = set(self._found(query))
            self._bring_all(set(self._asked))
            changed()
            due = time.monotonic() + _LOOK_SECONDS
            while not stopped.is_set():
                named = _noticed(connection, filled) & self._asked
                if time.monotonic() >= due:
                    named, due = named | self.stale(), time.monotonic() + _LOOK_SECONDS
                if named:
                    self._bring_all(named)
                    changed()

    def _bring_all(self, shelves: set[str]) -> None:
        for shelf in shelves:
            try:
                self.bring(shelf)
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
