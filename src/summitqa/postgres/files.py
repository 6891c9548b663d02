"""What lies beside a shelf's versions, as the database has it: small files, and bytes handed in.

Small ones are changed, by one replica at a time, and all have them in their folders. Bytes never
change, and are in a folder where they were asked for.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

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
    """Make the small files of a folder what the database says, and drop bytes it has no more."""
    query = select(FILES.c.name, func.sha256(FILES.c.body))
    here = (FILES.c.shelf == shelf) & FILES.c.name.in_(SMALL)
    digests = {name: bytes(digest) for name, digest in connection.execute(query.where(here))}
    for name in SMALL:
        if name not in digests:
            (folder / name).unlink(missing_ok=True)
        elif _digest(folder / name) != digests[name]:
            body = connection.execute(select(FILES.c.body).where(here, FILES.c.name == name))
            replace_durably(folder / name, bytes(body.scalar_one()))
    _drop_bytes(connection, shelf, folder / BLOBS)


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def _drop_bytes(connection: Connection, shelf: str, folder: Path) -> None:
    there = list(folder.iterdir()) if folder.is_dir() else []
    if not there:
        return
    query = select(FILES.c.name).where(FILES.c.shelf == shelf, FILES.c.name.startswith(f"{BLOBS}/"))
    known = set(connection.execute(query.where(FILES.c.number == 0)).scalars())
    for path in there:
        if f"{BLOBS}/{path.name}" not in known and not path.name.startswith("."):
            with suppress(OSError):
                path.unlink()
