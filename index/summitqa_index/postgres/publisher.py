"""The publisher of an installation that replicas share: PostgreSQL has all versions, and CURRENT.

A draft is a folder on this machine, looked at there as any other; what is switched to, or kept
aside, is put into the database in one transaction. So whoever is killed in the middle, the writer
or the database, has changed nothing.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from summitqa.clearing import clearing
from summitqa.errors import (
    ConflictError,
    DatabaseUnavailableError,
    IndexDamagedError,
    IndexMissingError,
    InputError,
)
from summitqa.files import MANIFEST, Manifest, damaged, manifest_of
from summitqa.folder.store import Store
from summitqa.library import VERSIONS
from summitqa.postgres import chunks, files
from summitqa.postgres.database import ask, reaching, session, unhurried
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.notices import tell
from summitqa.postgres.places import has_files
from summitqa.postgres.tables import SNAPSHOTS
from summitqa.settings import REJECTED
from summitqa.snapshot import Snapshot
from summitqa_index.folder import layout, rejected
from summitqa_index.folder.publisher import FolderPublisher
from summitqa_index.folder.saved import standing
from summitqa_index.postgres import busy, keeping, rows
from summitqa_index.postgres.blobs import SharedBlobs

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)


class SharedPublisher(FolderPublisher):
    """Keeps the versions of a shelf in the database, and their folders on this machine."""

    def __init__(self, mirror: Mirror, shelf: str) -> None:
        super().__init__(mirror.folder(shelf))
        self._mirror, self._searching = mirror, mirror.searching
        self._shelf = shelf
        self._session: psycopg.Connection | None = None

    @property
    def blobs(self) -> SharedBlobs:
        """The bytes that the shelf's entries are made of."""
        return SharedBlobs(self._mirror, self._shelf)

    @contextmanager
    def lock(self, who: str) -> Iterator[None]:
        """Be the only one to change versions, on this machine and on all others.

        PostgreSQL's lock goes with the session that also does the writing: one that is lost, as
        the database fails over to another, can switch no more.
        """
        with super().lock(who), reaching(), closing(session(self._mirror.engine)) as own:
            busy.acquire(own, self._mirror.engine, self._shelf, who)
            self._session = own
            try:
                with self._mirror.alone(self._shelf):
                    layout.follow_aside(self._home, self.aside(), self.ids())
                    self._mirror.bring_files(self._shelf)
                yield
            finally:
                self._session = None
                # A session that is merely closed holds the lock for a moment more.
                with suppress(DatabaseUnavailableError), reaching():
                    busy.release(own, self._shelf)

    def used(self) -> str:
        """Name the version in use, as the database has it."""
        version = self._mirror.used([self._shelf])[self._shelf]
        if version is None:
            raise IndexMissingError(
                f"There is no index of the shelf {self._shelf} yet; run `summitqa index` to build "
                "it."
            )
        return version

    def ids(self) -> list[str]:
        """Name the versions, newest first."""
        return self._named(aside=False)

    def aside(self) -> str | None:
        """Name the version that was kept aside."""
        return next(iter(self._named(aside=True)), None)

    def facts(self, version: str) -> Mapping[str, Any]:
        """Give what the manifest says."""
        return self._manifest(version).facts

    def opened(self, version: str) -> Snapshot:
        """Open a version, by its rows where they are searched and its files are not here."""
        if self._searching is None or has_files(layout.place(self._home, version)):
            return self._store(version)
        return self._searching.found(self._shelf, version) or self._store(version)

    def _store(self, version: str) -> Store:
        """Open the files of a version, fetched first where they are not here, or not whole here."""
        if self._is_here_alone(version):
            return super()._store(version)
        self._fetch(version)
        try:
            return super()._store(version)
        except IndexDamagedError:
            self._fetch(version, doubted=True)
            return super()._store(version)

    def is_in_rows(self, version: str) -> bool:
        """Tell whether a version has rows, so that its manifest will do here."""
        return self._searching is not None and self._searching.has(self._shelf, version)

    def verify(self, version: str) -> list[str]:
        """Name what is damaged of a version; of one that has rows no file is fetched anew."""
        if self._is_here_alone(version):
            return super().verify(version)
        if version not in {*self.ids(), self.aside()}:
            raise InputError(f"There is no version {version!r}; `summitqa versions` lists them.")
        in_rows = self.is_in_rows(version)
        with reaching(), closing(session(self._mirror.engine)) as own:
            broken = rows.verify(own, self._shelf, version, expected=in_rows)
        if in_rows and not has_files(layout.place(self._home, version)):
            return broken
        self._fetch(version, doubted=True)
        return [*super().verify(version), *broken]

    def keep_aside(self, version: str) -> None:
        """Keep the draft in place of what was aside before."""
        with self._stored(version) as kept:
            put = partial(self._put, version, kept, aside=True)
            self._change(put, partial(layout.keep_aside, self._home, version))

    def switch(self, version: str) -> None:
        """Make a version the one in use, for all replicas in one transaction."""
        if self._is_here_alone(version):
            with self._stored(version) as kept:
                self._switch(version, partial(self._put, version, kept))
        else:
            self._fetch(version)
            self._switch(version, lambda _: None)

    def _switch(self, version: str, put: Callable[["psycopg.Connection"], None]) -> None:
        def do(own: "psycopg.Connection") -> None:
            put(own)
            query = "UPDATE shelf_snapshots SET aside = FALSE WHERE shelf = %s AND version = %s"
            own.execute(query, (self._shelf, version))
            self._point(own, version)

        def here() -> None:
            layout.switch(self._home, version)
            self._mirror.trust(self._shelf, version)

        self._change(do, here)

    def withdraw(self) -> None:
        """Let the database name no version."""
        self._change(partial(self._point, version=None), partial(layout.withdraw, self._home))

    def prune(self, keep: int) -> None:
        """Keep the version in use and the newest others; all of them while they are copied here."""
        used = self.used()
        others = [version for version in self.ids() if version != used]
        over = others[max(0, keep - 1) :]

        def do(own: "psycopg.Connection") -> None:
            query = "DELETE FROM shelf_snapshots WHERE shelf = %s AND version = ANY(%s)"
            own.execute(query, (self._shelf, over))
            query = "UPDATE shelf_pointers SET pruned = greatest(pruned, %s) WHERE shelf = %s"
            own.execute(query, (max(over), self._shelf))

        def here() -> None:
            for version in over:
                layout.remove(self._home / VERSIONS / version)

        own = self._own()
        before = keeping.stored(own, self._shelf)
        if over:
            with clearing(self._home) as may:
                if may:
                    self._change(do, here)
        with reaching():
            keeping.tidy(own, self._mirror.objects, self._shelf, before)

    def erase(self) -> None:
        """Remove the shelf from the database, and then its folder."""
        places = keeping.left(self._mirror.objects, self._shelf)
        with reaching(), closing(session(self._mirror.engine)) as own, own.transaction():
            unhurried(own)
            busy.outlast(own, self._shelf)
            places |= keeping.stored(own, self._shelf)
            busy.end(own, self._shelf)
            rows.follow(own, self._shelf)
            tell(own, self._shelf)
        super().erase()
        keeping.remove(places, surely=True)

    def remember_rejected(self, ids: Mapping[str, str]) -> None:
        """Write ``REJECTED`` anew, for all."""
        here = partial(super().remember_rejected, ids)
        self._change(lambda own: files.write(own, self._shelf, REJECTED, rejected.dump(ids)), here)

    def _change(self, do: Callable[["psycopg.Connection"], None], here: Callable[[], None]) -> None:
        """Change the database in one transaction of the session that holds the lock; then ``here``.

        What is committed is so for every replica; a folder that could not follow does so later, as
        those of others do.
        """
        own = self._own()
        with reaching(), own.transaction():
            unhurried(own)  # a version may be large
            busy.require_held(own, self._shelf)
            do(own)
            rows.follow(own, self._shelf)
            tell(own, self._shelf)
        # Only now: whoever is at the folder may take long; a mirror that is first finds the draft.
        try:
            with self._mirror.alone(self._shelf):
                here()
        except OSError:
            log.exception("the folder of %s does not follow yet", self._shelf)

    def _own(self) -> "psycopg.Connection":
        """Give the session that holds the lock."""
        if self._session is None:
            raise RuntimeError("versions are changed under their lock")
        return self._session

    @contextmanager
    def _stored(self, version: str) -> Iterator[str]:
        """Put a version's files where they go if that is not the database, and give the place.

        Where the shelf is erased meanwhile nothing stays there: nobody publishes on it any more.
        """
        place = layout.place(self._home, version)
        kept = keeping.store(self._mirror.objects, self._shelf, version, place)
        try:
            yield kept
        except ConflictError:
            keeping.remove({kept} - {chunks.KEPT})
            raise

    def _put(
        self, version: str, kept: str, own: "psycopg.Connection", *, aside: bool = False
    ) -> None:
        """Put what is here alone into the database, a draft in place of what was aside."""
        place = layout.place(self._home, version)
        if layout.is_draft(self._home, version):
            own.execute("DELETE FROM shelf_snapshots WHERE shelf = %s AND aside", (self._shelf,))
        else:  # what it was made of has been lost with it
            with standing(self._home) as found:
                for name in found.passing:
                    files.add(own, self._shelf, name, (self._home / name).read_bytes())
        keeping.insert(own, self._shelf, version, place, kept, aside=aside)
        store = self._store(version)
        if self._searching and self._searching.is_for(store.facts):
            rows.add(own, self._shelf, version, store)

    def _is_here_alone(self, version: str) -> bool:
        """Tell whether a version is not in the database: a draft, or one that it has lost."""
        return layout.is_draft(self._home, version) or version in layout.lost(self._home)

    def _point(self, own: "psycopg.Connection", version: str | None) -> None:
        values = (version, self._shelf)
        own.execute("UPDATE shelf_pointers SET version = %s WHERE shelf = %s", values)

    def _fetch(self, version: str, *, doubted: bool = False) -> None:
        hidden = version == self.aside()
        name = layout.aside_name(version) if hidden else version
        with self._mirror.alone(self._shelf):
            place = self._home / VERSIONS / name
            self._mirror.fetch(self._shelf, version, place, doubted=doubted)

    def _manifest(self, version: str) -> Manifest:
        if self._is_here_alone(version):
            return super()._manifest(version)
        query = select(SNAPSHOTS.c.manifest)
        query = query.where(SNAPSHOTS.c.shelf == self._shelf, SNAPSHOTS.c.version == version)
        rows, folder = ask(self._mirror.engine, query), Path(version)
        if not rows:
            raise damaged(folder, [MANIFEST])
        return manifest_of(rows[0][0], folder)

    def _named(self, *, aside: bool) -> list[str]:
        query = select(SNAPSHOTS.c.version).where(SNAPSHOTS.c.shelf == self._shelf)
        found = ask(self._mirror.engine, query.where(SNAPSHOTS.c.aside.is_(aside)))
        return sorted((version for (version,) in found), reverse=True)
