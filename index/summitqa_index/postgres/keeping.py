"""Where a version's files are put: into the database, or into object storage that it names."""

import logging
import secrets
from collections.abc import Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING

from summitqa.errors import SettingsError, UnreachableError
from summitqa.files import MANIFEST, read_manifest
from summitqa.postgres import chunks
from summitqa.postgres.objects import Objects

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)


def store(address: str | None, shelf: str, version: str, folder: Path) -> str:
    """Put a version's files into object storage, if they go there; give what to note of it.

    They have a place of their own there, whatever an earlier try of the same has left.
    """
    if address is None:
        return chunks.KEPT
    place = f"{address}/{shelf}/{version}-{secrets.token_hex(8)}"
    Objects(place).put(folder, read_manifest(folder).files)
    return place


def insert(
    own: "psycopg.Connection", shelf: str, version: str, folder: Path, kept: str, *, aside: bool
) -> None:
    """Put a version into the database, in the transaction that is open; ``kept`` as noted."""
    own.execute(
        "INSERT INTO shelf_snapshots (shelf, version, manifest, kept, aside) "
        "VALUES (%s, %s, %s, %s, %s)",
        (shelf, version, (folder / MANIFEST).read_bytes(), kept, aside),
    )
    if kept == chunks.KEPT:
        chunks.write(own, shelf, version, folder, read_manifest(folder).files)


def stored(own: "psycopg.Connection", shelf: str) -> set[str]:
    """Give the places of object storage that hold versions of a shelf."""
    found = own.execute("SELECT kept FROM shelf_snapshots WHERE shelf = %s", (shelf,)).fetchall()
    return {kept for (kept,) in found} - {chunks.KEPT}


def left(address: str | None, shelf: str) -> set[str]:
    """Give the places of object storage where anything of a shelf lies, half put too."""
    return set() if address is None else set(Objects(f"{address}/{shelf}").below())


def tidy(own: "psycopg.Connection", address: str | None, shelf: str, before: Set[str]) -> None:
    """Remove what lies in object storage of versions that are gone, or were never published.

    ``before``: the places that versions had. Only called with the session that holds the lock.
    """
    try:
        found = left(address, shelf)
    except (SettingsError, UnreachableError) as error:
        log.warning("object storage is not tidied now: %s", error)
        return
    # Asked once it is known what lies there, and under the lock still: none is another's, new.
    remove((found | before) - stored(own, shelf))


def remove(places: Iterable[str], *, surely: bool = False) -> None:
    """Remove what lies there; what cannot be now is told of, and is left, or ``surely`` raised."""
    for place in places:
        try:
            Objects(place).remove()
        except (SettingsError, UnreachableError) as error:
            if surely:
                raise
            log.warning("%s is left for now: %s", place, error)
