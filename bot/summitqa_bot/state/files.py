"""The files of an SQLite database: where they are, and the copies beside them."""

import glob
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from summitqa.postgres import is_postgres

SQLITE = "state.db"
"""The file of a home that has no other database."""


def main_file(connection: Connection) -> Path | None:
    """Give an SQLite database's file; None in memory, or for another kind of database."""
    if connection.dialect.name != "sqlite":
        return None
    found = [
        row[2] for row in connection.exec_driver_sql("PRAGMA database_list") if row[1] == "main"
    ]
    return Path(found[0]) if found and found[0] else None


def copy_of(path: Path, schema: int) -> Path:
    """Name the copy of an SQLite file that is made before its schema leaves that number."""
    return path.with_name(f"{path.name}.schema-{schema}")


def left_behind(home: Path, url: str | None) -> list[Path]:
    """Name what an SQLite database has left in a home whose database is PostgreSQL by now."""
    return files_of(home) if is_postgres(url) else []


def files_of(home: Path) -> list[Path]:
    """Name the files of an SQLite database in a home, copies too, the database itself last."""
    found = (path for path in home.glob(f"{SQLITE}*") if path.suffix != ".lock")
    return sorted(found, reverse=True)


def drop_copies(path: Path, before: datetime | None = None) -> int:
    """Delete the copies of an SQLite file, or those from before a time; tell how many."""
    dropped = 0
    for copy in path.parent.glob(f"{glob.escape(path.name)}.schema-*"):
        if before is None or datetime.fromtimestamp(copy.stat().st_mtime, UTC) < before:
            copy.unlink(missing_ok=True)
            dropped += 1
    return dropped
