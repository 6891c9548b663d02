"""A version of this machine goes into the database."""

from pathlib import Path
from typing import TYPE_CHECKING

from summitqa.files import MANIFEST, read_manifest
from summitqa.postgres import chunks

if TYPE_CHECKING:
    import psycopg


def put_version(
    own: "psycopg.Connection", shelf: str, version: str, folder: Path, *, aside: bool
) -> None:
    """Put a version's files into the database, in the transaction that is open."""
    own.execute(
        "INSERT INTO shelf_snapshots (shelf, version, manifest, kept, aside) "
        "VALUES (%s, %s, %s, %s, %s)",
        (shelf, version, (folder / MANIFEST).read_bytes(), chunks.KEPT, aside),
    )
    chunks.write(own, shelf, version, folder, read_manifest(folder).files)
