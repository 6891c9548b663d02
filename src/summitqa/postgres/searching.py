"""Which versions are searched in the database, rather than in files that every replica holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from summitqa import library
from summitqa.errors import DatabaseUnavailableError
from summitqa.files import read_manifest
from summitqa.library import VERSIONS
from summitqa.postgres.database import ask
from summitqa.postgres.places import has_files
from summitqa.postgres.snapshot import PostgresSnapshot
from summitqa.postgres.tables import SNAPSHOTS
from summitqa.snapshot import Snapshot


@dataclass(frozen=True)
class Searching:
    """``engine``: of the database; ``reading``: where searches are read, it or a replica of it.

    Versions of more than ``above`` passages are put into rows when they are published.
    """

    engine: Engine
    reading: Engine
    above: int

    def is_for(self, facts: Mapping[str, Any]) -> bool:
        """Tell of a version, by its facts, whether it is to be searched in the database."""
        return bool(facts["passages"] > self.above)

    def opened(self, shelf: str, folder: Path, version: str) -> Snapshot:
        """Open a version, of which the shelf's folder has all files, or the manifest alone.

        Raises what ``library.opened`` and ``PostgresSnapshot.open`` raise.
        """
        files = has_files(folder / VERSIONS / version)
        if not files or self.is_for(read_manifest(folder / VERSIONS / version).facts):
            try:
                if found := self.found(shelf, version):
                    return found
            except DatabaseUnavailableError:
                if not files:
                    raise
        return library.opened(folder, version)

    def found(self, shelf: str, version: str) -> Snapshot | None:
        """Open the rows of a version, ``None`` where it has none."""
        if not self.has(shelf, version):
            return None
        return PostgresSnapshot.open(self.reading, shelf, version)

    def has(self, shelf: str, version: str) -> bool:
        """Tell whether a version was put into rows."""
        query = select(SNAPSHOTS.c.in_rows)
        query = query.where(SNAPSHOTS.c.shelf == shelf, SNAPSHOTS.c.version == version)
        return bool(ask(self.engine, query) == [(True,)])
