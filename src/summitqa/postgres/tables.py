"""The tables that hold shelves where replicas share them; ``steps`` of the state make them.

A shelf's row is there from the moment somebody first changes it, and goes when it is erased, with
all that hangs on it; another says that it was.
"""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    false,
    func,
)
from sqlalchemy.schema import DDL

SHELF_TABLES = MetaData()
# ``version``: the one in use, if any; ``pruned``: the newest of those that were cleared away;
# ``busy_by``, ``busy_since``: who last took the lock.
POINTERS = Table(
    "shelf_pointers",
    SHELF_TABLES,
    Column("shelf", Text, primary_key=True),
    Column("version", Text),
    Column("pruned", Text),
    Column("busy_by", Text),
    Column("busy_since", DateTime(timezone=True)),
)
# ``manifest``: the bytes of the version's manifest; ``kept``: where its other files are, which is
# ``chunks``, or whatever else an engine writes there; ``in_rows``: whether its rows are here, too,
# to be searched.
SNAPSHOTS = Table(
    "shelf_snapshots",
    SHELF_TABLES,
    Column("shelf", ForeignKey(POINTERS.c.shelf, ondelete="CASCADE"), primary_key=True),
    Column("version", Text, primary_key=True),
    Column("manifest", LargeBinary, nullable=False),
    Column("kept", Text, nullable=False),
    Column("aside", Boolean, nullable=False, server_default=false()),
    Column("in_rows", Boolean, nullable=False, server_default=false()),
    Column(
        "published",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.current_timestamp(),
    ),
)
# ``version``: the last that went with the shelf, or would have been written then. So a mirror that
# was away tells what was erased from what the database has lost.
ERASED = Table(
    "shelf_erased",
    SHELF_TABLES,
    Column("shelf", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column(
        "erased", DateTime(timezone=True), nullable=False, server_default=func.current_timestamp()
    ),
)
PIECE = 4 << 20
"""Bytes of a row, at most, of those that hold a file."""
CHUNKS = Table(
    "shelf_chunks",
    SHELF_TABLES,
    Column("shelf", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("file", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ("shelf", "version"), (SNAPSHOTS.c.shelf, SNAPSHOTS.c.version), ondelete="CASCADE"
    ),
)
# A vector is not worth compressing, and is not to be moved within the row.
_STORED = f"ALTER TABLE {CHUNKS.name} ALTER COLUMN body SET STORAGE EXTERNAL"
event.listen(CHUNKS, "after_create", DDL(_STORED))  # type: ignore[no-untyped-call]
# What lies beside the versions: ``questions.jsonl``, ``REJECTED``, and in pieces
# ``blobs/<sha256>``.
FILES = Table(
    "shelf_files",
    SHELF_TABLES,
    Column("shelf", ForeignKey(POINTERS.c.shelf, ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column(
        "changed", DateTime(timezone=True), nullable=False, server_default=func.current_timestamp()
    ),
)
