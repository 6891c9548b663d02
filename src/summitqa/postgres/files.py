"""What lies beside a shelf's versions, as the database has it: small files, and bytes handed in.

Small ones are changed, by one replica at a time, and all have them in their folders. Bytes never
change, and are in a folder where they were asked for.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, Connection, Text, any_, func, literal, select

from summitqa.files import replace_durably
from summitqa.postgres.tables import FILES, PIECE
from summitqa.settings import BLOBS, REJECTED
from summitqa.taught import QUESTIONS

if TYPE_CHECKING:
    import psycopg

SMALL = (QUESTIONS, REJECTED)
_INSERT = (
    "INSERT INTO shelf_files (shelf, name, number, body) VALUES (%s, %s, %s, %b) "
    "ON CONFLICT (shelf, name, number) DO UPDATE SET changed = clock_timestamp()"
)


def read(connection: "psycopg.Connection", shelf: str, name: str) -> Iterator[bytes]:
    """Give a file piece by piece; none where there is no such file."""
    query = "SELECT body FROM shelf_files WHERE shelf = %s AND name = %s AND number = %s"
    number = 0
    while row := connection.execute(query, (shelf, name, number), binary=True).fetchone():
        yield row[0]
        number += 1


def write(connection: "psycopg.Connection", shelf: str, name: str, raw: bytes) -> None:
    """Put a file in place of what it was, in the transaction that is open; an empty one is none."""
    enrol(connection, shelf)
    connection.execute("DELETE FROM shelf_files WHERE shelf = %s AND name = %s", (shelf, name))
    if raw:
        connection.execute(_INSERT, (shelf, name, 0, raw))


def add(connection: "psycopg.Connection", shelf: str, name: str, raw: bytes) -> None:
    """Put bytes under the name that is theirs alone; those that are there are only young again."""
    enrol(connection, shelf)
    renewed = connection.execute(
        "UPDATE shelf_files SET changed = clock_timestamp() "
        "WHERE shelf = %s AND name = %s AND number = 0",
        (shelf, name),
    )
    if not renewed.rowcount:
        for number, start in enumerate(range(0, max(len(raw), 1), PIECE)):
            connection.execute(_INSERT, (shelf, name, number, raw[start : start + PIECE]))


def enrol(connection: "psycopg.Connection", shelf: str) -> None:
    """Have the shelf be one of the installation's."""
    connection.execute(
        "INSERT INTO shelf_pointers (shelf) VALUES (%s) ON CONFLICT (shelf) DO NOTHING", (shelf,)
    )


def bring(connection: Connection, shelf: str, folder: Path) -> None:
    """Make the small files of a folder what the database says."""
    digests = _digests(connection, [shelf])
    for name in SMALL:
        digest = digests.get((shelf, name))
        if digest is None:
            (folder / name).unlink(missing_ok=True)
        elif _digest(folder / name) != digest:
            here = (FILES.c.shelf == shelf) & (FILES.c.name == name)
            body = connection.execute(select(FILES.c.body).where(here))
            replace_durably(folder / name, bytes(body.scalar_one()))


def changed(connection: Connection, folders: Mapping[str, Path]) -> set[str]:
    """Name the shelves, of those in these folders, whose small files the database has otherwise."""
    digests = _digests(connection, list(folders))
    return {
        shelf
        for shelf, folder in folders.items()
        if any(_digest(folder / name) != digests.get((shelf, name)) for name in SMALL)
    }


def _digests(connection: Connection, shelves: list[str]) -> dict[tuple[str, str], bytes]:
    query = select(FILES.c.shelf, FILES.c.name, func.sha256(FILES.c.body))
    query = query.where(FILES.c.shelf == any_(literal(shelves, ARRAY(Text))))
    found = connection.execute(query.where(FILES.c.name.in_(SMALL)))
    return {(shelf, name): bytes(digest) for shelf, name, digest in found}


def _digest(path: Path) -> bytes | None:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None


def drop_bytes(connection: Connection, shelf: str, folder: Path) -> None:
    """Remove from a folder of bytes those that the database has no more."""
    there = list(folder.iterdir()) if folder.is_dir() else []
    if not there:
        return
    query = select(FILES.c.name).where(FILES.c.shelf == shelf, FILES.c.name.startswith(f"{BLOBS}/"))
    known = set(connection.execute(query.where(FILES.c.number == 0)).scalars())
    for path in there:
        if f"{BLOBS}/{path.name}" not in known and not path.name.startswith("."):
            with suppress(OSError):
                path.unlink()
