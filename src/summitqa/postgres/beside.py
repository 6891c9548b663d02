"""Changing a small file beside a shelf's versions, which all replicas have."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from summitqa.errors import DatabaseUnavailableError
from summitqa.postgres import files
from summitqa.postgres.database import LOCK, reaching, session
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.notices import tell


@contextmanager
def changing(mirror: Mirror, shelf: str, name: str) -> Iterator[None]:
    """Be the only one to change a file, of all replicas; it is as the database has it at first.

    What it is at the end is put into the database; where that fails, or this does, it is as it was
    before. Raises DatabaseUnavailableError.
    """
    path = mirror.folder(shelf) / name
    with mirror.alone(shelf), reaching(), closing(session(mirror.engine)) as own:
        try:
            with own.transaction():
                own.execute(f"SELECT pg_advisory_xact_lock({LOCK})", (f"{shelf}/{name}",))
                mirror.bring_files(shelf)
                before = _content(path)
                yield
                if (after := _content(path)) != before:
                    files.write(own, shelf, name, after)
                    tell(own, shelf)
        except BaseException:
            with suppress(DatabaseUnavailableError):
                mirror.bring_files(shelf)
            raise


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
