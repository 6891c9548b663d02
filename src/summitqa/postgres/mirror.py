"""A replica's own copy of the shelves it is asked about, as folders, made from the database.

The database is right, always: what a folder has and the database does not is cleared away, what it
lacks is fetched, and what is damaged is fetched again. Readers see folders alone, so that they go
on while the database is away.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine, select

from summitqa.errors import (
    DatabaseUnavailableError,
    IndexDamagedError,
    SettingsError,
    SummitQAError,
)
from summitqa.files import (
    MANIFEST,
    Sink,
    broken_files,
    damaged,
    make_folder,
    manifest_of,
    replace_durably,
    sync_folder,
    write_durably,
)
from summitqa.library import CURRENT, VERSIONS
from summitqa.postgres import chunks
from summitqa.postgres.database import reaching, session
from summitqa.postgres.tables import POINTERS, SNAPSHOTS
from summitqa.settings import HOUSE, SHELVES, folder_of

log = logging.getLogger(__name__)

CHANNEL = "summitqa_shelves"
"""What PostgreSQL is told of a shelf that has changed, by its name."""
MIRROR = "MIRROR"
_FETCHING, _GONE = ".fetching-", ".gone-"
_LOOK_SECONDS = 10.0  # how late a change is seen at most whose notice was lost
_WAKE_SECONDS = 1.0
_AGAIN_SECONDS = 1.0


class Mirror:
    """The shelves of an installation below a folder; safe to use from many threads and processes.

    SettingsError where the folder is another's, or holds shelves that are in no database.
    """

    def __init__(self, engine: Engine, home: Path, installation: str) -> None:
        self.engine = engine
        self._home = home
        self._asked: set[str] = set()
        self._sound: set[Path] = set()
        self._stopped = threading.Event()
        _mark(home, installation)

    def folder(self, shelf: str) -> Path:
        """Give where a shelf lies, or would."""
        return folder_of(self._home, shelf)

    def shelves(self) -> list[str]:
        """Name the shelves of the installation, in no order. Raises DatabaseUnavailableError."""
        with reaching(), self.engine.connect() as connection:
            return list(connection.execute(select(POINTERS.c.shelf)).scalars())

    def bring(self, shelf: str) -> None:
        """Make a shelf's folder what the database says, the version in use whole.

        Raises DatabaseUnavailableError, OSError, or IndexDamagedError where the database's own copy
        is not whole.
        """
        self._asked.add(shelf)
        folder = self.folder(shelf)
        if self._version(shelf) is None and not (folder / VERSIONS).is_dir():
            return
        with self.alone(shelf):
            used, known = self._version(shelf), self._versions(shelf)
            if used is not None:
                self.fetch(shelf, used, folder / VERSIONS / used)
                _point(folder, used)
            else:
                (folder / CURRENT).unlink(missing_ok=True)
            self._clear(folder, known)
            if shelf != HOUSE and self._is_erased(shelf):
                _remove(folder)

    def fetch(self, shelf: str, version: str, place: Path, *, doubted: bool = False) -> None:
        """Have a version's folder at a place, whole; only called where ``alone``.

        It is looked through once in a process, and where it is ``doubted``; raises what ``bring``
        raises, and IndexDamagedError where the database has no such version.
        """
        if place in self._sound and place.is_dir() and not doubted:
            return
        query = select(SNAPSHOTS.c.manifest, SNAPSHOTS.c.kept)
        query = query.where(SNAPSHOTS.c.shelf == shelf, SNAPSHOTS.c.version == version)
        with reaching(), self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise damaged(place, [MANIFEST])
        if not _is_whole(place, row.manifest):
            began = time.monotonic()
            with self._beside(place) as aside:
                self._write(shelf, version, aside, row.manifest)
            log.info("fetched index %s of %s in %.1f s", version, shelf, time.monotonic() - began)
        self._sound.add(place)

    @contextmanager
    def alone(self, shelf: str) -> Iterator[None]:
        """Be the only one to change what is mirrored of a shelf, of all threads and processes."""
        folder = self.folder(shelf)
        make_folder(folder / VERSIONS)
        with FileLock(folder / "mirror.lock"):
            yield

    def start(self, changed: Callable[[], None]) -> None:
        """Follow what is published from now on; ``changed`` is called after shelves were brought.

        Of those shelves that were brought before.
        """
        self._stopped = threading.Event()
        threading.Thread(target=self._follow, args=(changed,), name="mirror", daemon=True).start()

    def close(self) -> None:
        """Follow no longer, and let go of the database."""
        self._stopped.set()
        self.engine.dispose()

    def _version(self, shelf: str) -> str | None:
        query = select(POINTERS.c.version).where(POINTERS.c.shelf == shelf)
        with reaching(), self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def _versions(self, shelf: str) -> set[str]:
        query = select(SNAPSHOTS.c.version).where(SNAPSHOTS.c.shelf == shelf)
        with reaching(), self.engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def _is_erased(self, shelf: str) -> bool:
        query = select(POINTERS.c.shelf).where(POINTERS.c.shelf == shelf)
        with reaching(), self.engine.connect() as connection:
            return connection.execute(query).scalar() is None

    def _write(self, shelf: str, version: str, folder: Path, manifest: bytes) -> None:
        """Write the files of a version, which are checked on the way."""
        expected = manifest_of(manifest, folder).files
        found = {}
        with reaching(), closing(session(self.engine)) as connection:
            pieces = chunks.read(connection, shelf, version)
            for name, bodies in groupby(pieces, itemgetter(0)):
                if name not in expected:
                    raise damaged(folder, [name])
                with closing(Sink(folder / name)) as sink:
                    for _, body in bodies:
                        sink.write(body)
                    found[name] = sink.finish()
        if broken := [name for name in expected if found.get(name) != expected[name]]:
            raise damaged(folder, broken)
        write_durably(folder / MANIFEST, manifest)

    @contextmanager
    def _beside(self, place: Path) -> Iterator[Path]:
        """Give a new folder that takes its place at the end, unless that fails."""
        for left in place.parent.glob(f"{_FETCHING}*"):
            shutil.rmtree(left, ignore_errors=True)
        aside = place.with_name(f"{_FETCHING}{place.name.lstrip('.')}")
        aside.mkdir()
        try:
            yield aside
            if place.exists():
                _remove(place)
            aside.rename(place)
            sync_folder(place.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _clear(self, folder: Path, known: set[str]) -> None:
        for path in list((folder / VERSIONS).iterdir()):
            if path.name not in known and not path.name.startswith("."):
                self._sound.discard(path)
                _remove(path)

    def _follow(self, changed: Callable[[], None]) -> None:
        while not self._stopped.is_set():
            try:
                self._listen(changed)
            except DatabaseUnavailableError as error:
                log.warning("shelves stay as they are for now: %s", error)
                self._stopped.wait(_AGAIN_SECONDS)
            except Exception:
                log.exception("a look for changed shelves failed; it is tried again")
                self._stopped.wait(_AGAIN_SECONDS)

    def _listen(self, changed: Callable[[], None]) -> None:
        # Only the primary takes a LISTEN. Its connection is not used while it waits for notices.
        with reaching(), closing(session(self.engine)) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            due = time.monotonic()
            while not self._stopped.is_set():
                notices = connection.notifies(timeout=_WAKE_SECONDS, stop_after=1)
                named = {notice.payload for notice in notices} & self._asked
                if time.monotonic() >= due:
                    named, due = set(self._asked), time.monotonic() + _LOOK_SECONDS
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


def _mark(home: Path, installation: str) -> None:
    """Note whose mirror a folder is; SettingsError where it is another's, or no mirror."""
    try:
        found = (home / MIRROR).read_text("ascii", "replace").strip()
    except FileNotFoundError:
        if holds_shelves(home):
            raise SettingsError(
                f"{home} holds shelves that are not in the database of SUMMITQA_DATABASE_URL, "
                "which has others; let SUMMITQA_HOME name an empty folder."
            ) from None
        make_folder(home)
        replace_durably(home / MIRROR, f"{installation}\n".encode())
        return
    if found != installation:
        raise SettingsError(
            f"{home} mirrors another database than the one in SUMMITQA_DATABASE_URL; let "
            "SUMMITQA_HOME name an empty folder."
        )


def holds_shelves(home: Path) -> bool:
    """Tell whether there is any shelf below a folder."""
    return any((home / name).exists() for name in (CURRENT, VERSIONS, SHELVES))


def _is_whole(place: Path, raw: bytes) -> bool:
    try:
        manifest = manifest_of(raw, place)
        same = (place / MANIFEST).read_bytes() == raw
        return same and not broken_files(place, manifest)
    except (OSError, IndexDamagedError):
        return False


def _point(folder: Path, version: str) -> None:
    line = version.encode() + b"\n"
    try:
        if (folder / CURRENT).read_bytes() == line:
            return
    except OSError:
        pass
    replace_durably(folder / CURRENT, line)


def _remove(folder: Path) -> None:
    """Remove a folder; it is no version, and no shelf, from the first moment on."""
    gone = folder.with_name(f"{_GONE}{folder.name.lstrip('.')}")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
