"""The files of an SQLite database: where they are, and that nobody else may read them."""

import os
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
