"""From a folder of this machine alone to the database: all that is kept of a shelf, in one step."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from summitqa.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    SettingsError,
)
from summitqa.files import broken_files, damaged, read_manifest
from summitqa.folder.store import Store
from summitqa.library import current_version
from summitqa.postgres import files
from summitqa.postgres.database import unhurried
from summitqa.postgres.notices import tell
from summitqa.postgres.searching import Searching
from summitqa.settings import REJECTED
from summitqa.taught import QUESTIONS
from summitqa_index.folder import layout
from summitqa_index.folder.lock import builder_lock
from summitqa_index.folder.saved import standing
from summitqa_index.postgres import keeping, rows

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)


def adopt(
    own: "psycopg.Connection",
    shelf: str,
    folder: Path,
    objects: str | None,
    searching: Searching | None = None,
) -> None:
    """Put all that a shelf's folder holds into the database, unless that has it already.

    A version that is damaged is left out; SettingsError where it is the one in use. IndexBusyError
    where somebody is changing the shelf, InputError where it is to be searched in a database that
    has no pgvector.
    """
    with builder_lock(folder, "the database that takes it over"), own.transaction():
        unhurried(own)  # a version may be large
        if holds(own, shelf):
            return
        files.enrol(own, shelf)
        _put_versions(own, shelf, folder, objects, searching)
        with standing(folder) as found:
            for name in found.names:
                if name in {QUESTIONS, REJECTED}:
                    files.write(own, shelf, name, (folder / name).read_bytes())
            for name in found.passing:
                files.add(own, shelf, name, (folder / name).read_bytes())
        tell(own, shelf)


def holds(own: "psycopg.Connection", shelf: str | None = None) -> bool:
    """Tell whether the database has anything of a shelf, or of any."""
    row = own.execute(
        "SELECT EXISTS (SELECT FROM shelf_snapshots WHERE shelf = coalesce(%(shelf)s, shelf)) "
        "OR EXISTS (SELECT FROM shelf_files WHERE shelf = coalesce(%(shelf)s, shelf))",
        {"shelf": shelf},
    ).fetchone()
    return bool(row and row[0])


def _put_versions(
    own: "psycopg.Connection",
    shelf: str,
    folder: Path,
    objects: str | None,
    searching: Searching | None,
) -> None:
    used, aside = _used(folder), layout.aside(folder)
    for version in [*(one.name for one in layout.folders(folder)), *([aside] if aside else [])]:
        place = layout.place(folder, version)
        try:
            _require_whole(place)
            store = _searched(place, version, searching)
        except (IndexDamagedError, IndexMismatchError) as error:
            if version == used:
                raise _unfit(folder, error) from error
            log.warning("of the shelf %s a version is left out: %s", shelf, error)
        else:
            kept = keeping.store(objects, shelf, version, place)
            keeping.insert(own, shelf, version, place, kept, aside=version == aside)
            if store is not None:
                rows.add(own, shelf, version, store)
    own.execute("UPDATE shelf_pointers SET version = %s WHERE shelf = %s", (used, shelf))


def _searched(place: Path, version: str, searching: Searching | None) -> Store | None:
    """Open a version where it is to be searched in the database."""
    if searching is None or not searching.is_for(read_manifest(place).facts):
        return None
    return Store.open(place, version)


def _used(folder: Path) -> str | None:
    try:
        return current_version(folder)
    except IndexMissingError:
        return None
    except IndexDamagedError as error:
        raise _unfit(folder, error) from error


def _require_whole(place: Path) -> None:
    if broken := broken_files(place, read_manifest(place)):
        raise damaged(place, broken)


def _unfit(folder: Path, error: Exception) -> SettingsError:
    return SettingsError(
        f"The shelf in {folder} is not taken into the database of SUMMITQA_DATABASE_URL as it is. "
        f"{error} Do so without SUMMITQA_DATABASE_URL, which then takes it over."
    )
