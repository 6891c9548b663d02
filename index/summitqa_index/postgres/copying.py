"""Rows as PostgreSQL's binary COPY has them (its manual, "COPY", "Binary Format")."""

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_AT_A_TIME = 1 << 20

_INT, _FLOAT, _BOOL = struct.Struct(">i"), struct.Struct(">d"), struct.Struct(">?")
_SIZE, _FIELDS = struct.Struct(">i"), struct.Struct(">h")
_PACKED = {"int4": _INT.pack, "float8": _FLOAT.pack, "bool": _BOOL.pack, "text": str.encode}


def packer(kinds: Sequence[str]) -> Callable[..., bytes]:
    """Give what makes a row's bytes of its values, whose columns are of these types."""
    ways = [_PACKED.get(kind, bytes) for kind in kinds]
    head = _FIELDS.pack(len(kinds))

    def pack(*values: Any) -> bytes:
        parts = [head]
        for way, value in zip(ways, values, strict=True):
            raw = way(value)
            parts += [_SIZE.pack(len(raw)), raw]
        return b"".join(parts)

    return pack


def write(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[bytes]) -> str:
    """Copy rows into a table; give the SHA-256 of what was written, to be compared with ``read``'s.

    The rows come in the order of the table's key.
    """
    query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    digest = hashlib.sha256()
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for part in _parts(rows):
            digest.update(part)
            copy.write(part)
    return digest.hexdigest()


def _parts(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Give rows with what goes before and after them, many at a time."""
    waiting = bytearray(_HEADER)
    for row in rows:
        waiting += row
        if len(waiting) >= _AT_A_TIME:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting + _TRAILER)


def digest_of(row: bytes) -> str:
    """Give the SHA-256 of a table that holds this row alone."""
    return hashlib.sha256(b"".join(_parts([row]))).hexdigest()


def read(
    connection: Connection, table: str, columns: Sequence[str], key: int, where: sql.Composable
) -> str:
    """Give the SHA-256 of rows that a table holds, in the order of the first ``key`` columns."""
    names = [sql.Identifier(one) for one in columns]
    query = sql.SQL(
        "COPY (SELECT {} FROM {} WHERE {} ORDER BY {}) TO STDOUT (FORMAT binary)"
    ).format(
        sql.SQL(", ").join(names),
        sql.Identifier(table),
        where,
        sql.SQL(", ").join(names[:key]),
    )
    digest = hashlib.sha256()
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for part in copy:
            digest.update(part)
    return digest.hexdigest()
