"""The files of an SQLite database: where they are, and that nobody else may read them."""

import glob
import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

_OWNER_ALONE = 0o600


def main_file(connection: Connection) -> Path | None:
    """Give an SQLite database's file; None in memory, or for another kind of database."""
    if connection.dialect.name != "sqlite":
        return None
    found = [
        row[2] for row in connection.exec_driver_sql("PRAGMA database_list") if row[1] == "main"
    ]
    return Path(found[0]) if found and found[0] else None


def make_private(path: Path) -> None:
    """Make a file that its owner alone may read and write, whatever the umask; keep its content.

    SQLite gives the files it puts beside a database the mode of the database.
    """
    if path.exists():
        # Not opened: to close it again would let go of the locks that SQLite holds in this process.
        path.chmod(_OWNER_ALONE)
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    os.fchmod(descriptor, _OWNER_ALONE)
    os.close(descriptor)


def copy_of(path: Path, schema: int) -> Path:
    """Name the copy of an SQLite file that is made before its schema leaves that number."""
    return path.with_name(f"{path.name}.schema-{schema}")


def drop_copies(path: Path, before: datetime | None = None) -> int:
    """Delete the copies of an SQLite file, or those from before a time; tell how many."""
    dropped = 0
    for copy in path.parent.glob(f"{glob.escape(path.name)}.schema-*"):
        if before is None or datetime.fromtimestamp(copy.stat().st_mtime, UTC) < before:
            copy.unlink(missing_ok=True)
            dropped += 1
    return dropped
