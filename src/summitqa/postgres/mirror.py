"""A replica's own copy of the shelves it is asked about, as folders, made from the database.

The database is right, always: what a folder has and the database does not is cleared away, what it
lacks is fetched, and what is damaged is fetched again; so nothing here waits for the disk. Readers
see folders alone, so that they go on while the database is away.
"""

import logging
import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import ARRAY, Engine, Select, Text, any_, literal, select

from summitqa.clearing import clearing
from summitqa.files import MANIFEST, Sink, damaged, make_folder, manifest_of, remove_folder
from summitqa.library import VERSIONS
from summitqa.postgres import chunks, files, lost, places
from summitqa.postgres.database import ask, reaching, session, unhurried
from summitqa.postgres.following import Following
from summitqa.postgres.objects import Objects
from summitqa.postgres.searching import Searching
from summitqa.postgres.tables import ERASED, POINTERS, SNAPSHOTS
from summitqa.settings import BLOBS, HOUSE, SHELVES, folder_of, shelves_in

log = logging.getLogger(__name__)

# For so long a shelf that was asked is followed, though it is not open any more.
_REMEMBERED_SECONDS = 3600.0
_LOST = (
    "the database has lost the version %s of the shelf %s, which is kept here: `summitqa --shelf "
    "%s rollback %s` brings it back"
)


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
        self.filled: set[str] | None = None
        self._asked: dict[str, float] = {}
        self._seen: dict[str, dict[Path, tuple[places.State | None, bool]]] = {}
        self._following: Following | None = None

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
        self._asked[shelf] = time.monotonic()
        self.follow(shelf)

    def follow(self, shelf: str) -> None:
        """Do the same, though nobody has asked."""
        folder = self.folder(shelf)
        if not (folder / VERSIONS).is_dir() and not self._is_filled(shelf):
            return
        with self.alone(shelf):
            used = self._used(shelf)
            known = set(self._found(select(SNAPSHOTS.c.version).where(SNAPSHOTS.c.shelf == shelf)))
            if used is not None:
                self.fetch(shelf, used, folder / VERSIONS / used, to_search=True)
            places.point(folder, used)
            self.bring_files(shelf)
            self._clear(shelf, known)
            here = select(POINTERS.c.shelf).where(POINTERS.c.shelf == shelf)
            if shelf != HOUSE and not lost.kept(folder) and not self._found(here):
                remove_folder(folder)
                self._seen.pop(shelf, None)

    @property
    def asked(self) -> set[str]:
        """The shelves that are followed: those that were brought lately."""
        return set(self._asked)

    def forget(self, but: Iterable[str]) -> None:
        """Follow no longer what was not asked for long, but for the house shelf and these."""
        now = time.monotonic()
        self._asked.update(dict.fromkeys({HOUSE, *but}, now))
        for shelf, asked in list(self._asked.items()):
            if now - asked > _REMEMBERED_SECONDS:
                self._asked.pop(shelf, None)
        for shelf in set(self._seen).difference(self._asked):
            self._seen.pop(shelf, None)

    def stale(self) -> set[str]:
        """Name the shelves, of those that are followed, whose versions the database has otherwise.

        Of what lies beside the versions nothing is known. Raises DatabaseUnavailableError.
        """
        used = self.used(self.asked)
        if self.filled is not None:  # nobody may have been told
            self.filled.update(shelf for shelf, version in used.items() if version is not None)
        return {shelf for shelf, version in used.items() if not self._is_as(shelf, version)}

    def changed(self) -> set[str]:
        """Name the shelves that may have changed in any way since they were brought.

        Those that are here and that the database has no more are among them, asked or not. Raises
        DatabaseUnavailableError.
        """
        places.sweep(self._home / SHELVES)
        followed = {shelf: self.folder(shelf) for shelf in self.asked}
        there = {shelf: one for shelf, one in followed.items() if (one / VERSIONS).is_dir()}
        with reaching(), self.engine.connect() as connection:
            beside = files.changed(connection, there)
        return self.stale() | beside | self._gone()

    def _gone(self) -> set[str]:
        """Name the shelves of which something is here that was erased, or that nobody knows."""
        here = set(shelves_in(self._home))
        erased = ask(self.engine, select(ERASED.c.shelf, ERASED.c.version))
        outlived = {one for one, last in erased if lost.is_outlived(self.folder(one), last)}
        return here - set(self.shelves()) | outlived

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
        if not doubted and self._is_seen(shelf, place, whole=not to_search):
            return
        row = self._row(shelf, version)
        if row is None:
            raise damaged(place, [MANIFEST])
        places.take_draft(place, row[0])
        if to_search and row[2] and self.searching is not None:
            if not places.has(place, row[0]):
                with places.beside(place) as aside:
                    (aside / MANIFEST).write_bytes(row[0])
            self._see(shelf, place, whole=False)
            return
        if not places.is_whole(place, row[0]):
            began = time.monotonic()
            with places.beside(place) as aside:
                self._write(shelf, version, aside, *row[:2])
            log.info("fetched index %s of %s in %.1f s", version, shelf, time.monotonic() - began)
        self._see(shelf, place, whole=True)

    def bring_files(self, shelf: str) -> None:
        """Make what lies beside a shelf's versions what the database says; only where ``alone``."""
        with reaching(), self.engine.connect() as connection:
            files.bring(connection, shelf, self.folder(shelf))

    def trust(self, shelf: str, version: str) -> None:
        """Note that the folder of a version that was made here is whole."""
        self._see(shelf, self.folder(shelf) / VERSIONS / version, whole=True)

    @contextmanager
    def alone(self, shelf: str) -> Iterator[None]:
        """Be the only one to change what is mirrored of a shelf, of all threads and processes."""
        folder = self.folder(shelf)
        make_folder(folder / VERSIONS)
        with FileLock(folder / "mirror.lock"):
            yield

    def start(
        self, changed: Callable[[], None], in_use: Callable[[], Iterable[str]] = tuple
    ) -> None:
        """Follow from now on what is published of the shelves that were, or will be, brought.

        ``changed`` is called, in another thread, whenever some of them may have changed; ``in_use``
        names those that are followed however long ago they were brought.
        """
        self._following = Following(self, changed, in_use)

    def close(self) -> None:
        """Follow no longer, and let go of the database."""
        if self._following:
            self._following.close()
        self.filled = None
        self.engine.dispose()
        if self.searching:
            self.searching.reading.dispose()

    def _is_filled(self, shelf: str) -> bool:
        """Tell whether there is a version in use, as it was last heard of where that is known."""
        return self._used(shelf) is not None if self.filled is None else shelf in self.filled

    def _is_as(self, shelf: str, used: str | None) -> bool:
        """Tell whether a folder has a version in use, untouched since it was looked through."""
        folder = self.folder(shelf)
        is_sound = used is None or self._is_seen(shelf, folder / VERSIONS / used, whole=False)
        return is_sound and places.points(folder, used)

    def _see(self, shelf: str, place: Path, *, whole: bool) -> None:
        self._seen.setdefault(shelf, {})[place] = (places.state(place), whole)

    def _is_seen(self, shelf: str, place: Path, *, whole: bool) -> bool:
        """Tell whether a folder is as it was when it was seen to be ``whole``, or to do."""
        state, was_whole = self._seen.get(shelf, {}).get(place, (None, False))
        return state is not None and was_whole >= whole and state == places.state(place)

    def _used(self, shelf: str) -> str | None:
        return self.used([shelf])[shelf]

    def _given_up(self, shelf: str) -> str:
        """Name the newest version that was pruned or erased."""
        pruned = select(POINTERS.c.pruned).where(POINTERS.c.shelf == shelf)
        erased = select(ERASED.c.version).where(ERASED.c.shelf == shelf)
        return max(one or "" for one in ["", *self._found(pruned), *self._found(erased)])

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

    def _clear(self, shelf: str, known: set[str]) -> None:
        """Remove what the database has no more, and keep aside what it has lost.

        Nothing goes while it is copied.
        """
        folder = self.folder(shelf)
        places.sweep(folder / VERSIONS)
        if over := lost.unknown(folder / VERSIONS, known):
            given_up = self._given_up(shelf)
            with clearing(folder) as may:
                for path in over if may else ():
                    self._seen.get(shelf, {}).pop(path, None)
                    if (version := lost.settle(path, known, given_up)) is not None:
                        log.error(_LOST, version, shelf, shelf, version)
        if (folder / BLOBS).is_dir() and not lost.kept(folder):  # which is made of them
            with reaching(), self.engine.connect() as connection:
                files.drop_bytes(connection, shelf, folder / BLOBS)
