"""The publisher of a data folder: a folder for each version, and ``CURRENT``, which names one.

A version is switched to by replacing that one small file in one step. Its folder never changes
after that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from summitqa.article import Article
from summitqa.clearing import clearing
from summitqa.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    InputError,
    SummitQAError,
)
from summitqa.files import Manifest, broken_files, read_manifest
from summitqa.folder.store import Store
from summitqa.library import current_version
from summitqa.snapshot import Snapshot
from summitqa_index.blobs import Blobs
from summitqa_index.folder import layout, rejected
from summitqa_index.folder.lock import builder_lock
from summitqa_index.folder.space import Space
from summitqa_index.folder.stored import keys_of, stored
from summitqa_index.folder.writer import Writer
from summitqa_index.publisher import Known
from summitqa_index.vectors import PassageVectors
from summitqa_index.versions import new_id


class FolderPublisher:
    """Keeps versions in a data folder, which need not be there yet."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._space = Space(home)
        # What somebody holds open is not opened, and so not checked, a second time.
        self._held: WeakValueDictionary[Path, Store] = WeakValueDictionary()

    def __str__(self) -> str:
        return str(self._home)

    @property
    def blobs(self) -> Blobs:
        """What lies in ``blobs``."""
        return Blobs(self._home)

    @contextmanager
    def lock(self, who: str) -> Iterator[None]:
        """Be the only one to change versions; the operating system's lock, so it goes with us."""
        with builder_lock(self._home, who), self._space.watch():
            try:
                yield
            finally:
                layout.drop_draft(self._home)

    def used(self) -> str:
        """Name the version in use, as CURRENT has it."""
        return current_version(self._home)

    def ids(self) -> list[str]:
        """Name the versions, newest first."""
        return [folder.name for folder in layout.folders(self._home)]

    def aside(self) -> str | None:
        """Name the version that was kept aside."""
        return layout.aside(self._home)

    def lost(self) -> list[str]:
        """Name the versions that are here alone."""
        return layout.lost(self._home)

    def facts(self, version: str) -> Mapping[str, Any]:
        """Give what the manifest says."""
        return self._manifest(version).facts

    def opened(self, version: str) -> Snapshot:
        """Open a version."""
        return self._store(version)

    def _store(self, version: str) -> Store:
        """Open the files of a version."""
        folder = layout.place(self._home, version)
        store = self._held.get(folder)
        if store is None:
            store = self._held[folder] = Store.open(folder, version)
        return store

    def is_in_rows(self, version: str) -> bool:
        """Tell that a version is searched in its files."""
        del version
        return False

    def verify(self, version: str) -> list[str]:
        """Name the damaged files of a version; none where all is whole."""
        folder = layout.folder_of(self._home, version)
        try:
            broken = broken_files(folder, read_manifest(folder))
            if not broken:
                Store.open(folder)
        except IndexDamagedError as error:
            return list(error.files)
        return broken

    def known(self) -> Known:
        """Give what looks up vectors in the version in use and in what was kept aside."""
        rows = {
            key: (store, row) for store in self._whole() for row, key in enumerate(keys_of(store))
        }
        return lambda keys: {key: stored(*rows[key]) for key in keys if key in rows}

    def require_room(self, articles: Sequence[Article]) -> None:
        """Raise DiskFullError where a version of these would find too little room."""
        previous = None
        with suppress(IndexMissingError, IndexDamagedError, IndexMismatchError):
            previous = self._manifest(self.used())
        self._space.expect(articles, previous)

    def write(
        self,
        articles: Sequence[Article],
        vectors: Iterable[tuple[bytes, PassageVectors]],
        facts: Mapping[str, Any],
    ) -> str:
        """Write a version's folder under a name that is none of a version."""
        version = new_id(self.ids())
        with closing(Writer(layout.new_draft(self._home, version))) as writer:
            for key, one in vectors:
                writer.add_passage(key, one)
            writer.finish(articles, facts)
        return version

    def keep_aside(self, version: str) -> None:
        """Keep the draft in place of what was aside before."""
        layout.keep_aside(self._home, version)

    def switch(self, version: str) -> None:
        """Make a version the one in use, durably and in one step."""
        layout.switch(self._home, version)

    def withdraw(self) -> None:
        """Remove CURRENT, durably."""
        layout.withdraw(self._home)

    def prune(self, keep: int) -> None:
        """Keep the version in use and the newest others; all of them while they are copied."""
        used = self.used()
        others = [folder for folder in layout.folders(self._home) if folder.name != used]
        if over := others[max(0, keep - 1) :]:
            with clearing(self._home) as may:
                for folder in over if may else ():
                    layout.remove(folder)

    def erase(self) -> None:
        """Remove the folder; InputError where that cannot be."""
        for _ in range(2):  # the first may find in its way what a kill has left
            if self._home.exists():
                layout.remove(self._home)
        if self._home.exists():
            raise InputError(f"{self._home} cannot be removed; it must be one that we may write.")

    def rejected(self) -> dict[str, str]:
        """Give what ``REJECTED`` holds."""
        return rejected.load(self._home)

    def remember_rejected(self, ids: Mapping[str, str]) -> None:
        """Write ``REJECTED`` anew."""
        rejected.save(self._home, ids)

    def _manifest(self, version: str) -> Manifest:
        return read_manifest(layout.place(self._home, version))

    def _whole(self) -> Iterator[Store]:
        """Give the version in use and what was kept aside, where they are whole."""
        with suppress(SummitQAError):
            yield self._store(self.used())
        if (aside := self.aside()) is not None:
            with suppress(SummitQAError):
                yield self._store(aside)
