"""One builder at a time: the lock on the versions, and who holds it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.folders import clear_unfinished
from summitqa.errors import IndexBusyError, InputError
from summitqa.files import make_folder
from summitqa.library import VERSIONS

_HOLDER = "index.holder"


@contextmanager
def builder_lock(home: Path, who: str) -> Iterator[None]:
    """Be the only one to change versions; IndexBusyError, saying since when and by whom, otherwise.

    The lock is the operating system's, so it goes with the process that holds it.
    """
    lock = FileLock(home / "index.lock")
    try:
        make_folder(home / VERSIONS)
        lock.acquire(timeout=0)
    except Timeout:
        raise IndexBusyError(busy(home)) from None
    except OSError as error:
        raise InputError(
            f"SUMMITQA_HOME is {home}, but expects a folder that can be written to: "
            f"{error.strerror}."
        ) from error
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        (home / _HOLDER).write_text(f"since {since}, by {who}", "utf-8")
        clear_unfinished(home)
        yield
    finally:
        (home / _HOLDER).unlink(missing_ok=True)
        lock.release()


def busy(home: Path) -> str:
    """Say since when and by whom versions are being changed."""
    return f"A reindex is running already, busy {holder(home)}; try again when it is done."


def holder(home: Path) -> str:
    """Tell since when and by whom the lock is held, as far as it is known."""
    try:
        return (home / _HOLDER).read_text("utf-8") or "since a moment ago"
    except (OSError, UnicodeDecodeError):
        return "since a moment ago"
