"""A version's files as rows of at most 4 MB, written and read as PostgreSQL copies tables."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from summitqa.files import readable
from summitqa.postgres.tables import PIECE

if TYPE_CHECKING:
    import psycopg

KEPT = "chunks"
"""What ``SNAPSHOTS.kept`` says of a version whose files are rows."""


def write(
    connection: "psycopg.Connection", shelf: str, version: str, folder: Path, names: Iterable[str]
) -> None:
    """Put files of a folder into the database, in the transaction that is open."""
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY shelf_chunks (shelf, version, file, number, body) FROM STDIN (FORMAT BINARY)"
        ) as copy,
    ):
        copy.set_types(["text", "text", "text", "int4", "bytea"])
        for name in names:
            for number, body in enumerate(_cut(folder / name)):
                copy.write_row((shelf, version, name, number, body))


def _cut(path: Path) -> Iterator[bytes]:
    with readable(path) as file:
        yield file.read(PIECE)  # an empty file is one piece, too
        while body := file.read(PIECE):
            yield body


def read(connection: "psycopg.Connection", shelf: str, version: str) -> Iterator[tuple[str, bytes]]:
    """Give the files of a version, of each its name and its bytes piece by piece, in order."""
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY (SELECT file, body FROM shelf_chunks WHERE shelf = %s AND version = %s "
            "ORDER BY file, number) TO STDOUT (FORMAT BINARY)",
            (shelf, version),
        ) as copy,
    ):
        copy.set_types(["text", "bytea"])
        yield from copy.rows()
