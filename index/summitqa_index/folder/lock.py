"""One builder at a time: the lock on the versions, and who holds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from summitqa.errors import IndexBusyError, InputError
from summitqa.files import make_folder
from summitqa.library import VERSIONS
from summitqa_index.folder.layout import clear_unfinished

_HOLDER = "index.holder"
_SINCE = "%Y-%m-%d %H:%M:%S UTC"


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
        raise _busy(home) from None
    except OSError as error:
        raise InputError(
            f"SUMMITQA_HOME is {home}, but expects a folder that can be written to: "
            f"{error.strerror}."
        ) from error
    try:
        since = datetime.now(UTC).strftime(_SINCE)
        (home / _HOLDER).write_text(f"since {since}, by {who}", "utf-8")
        clear_unfinished(home)
        yield
    finally:
        (home / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _busy(home: Path) -> IndexBusyError:
    """Give the error that says since when and by whom versions are being changed."""
    since, _, who = holder(home).removeprefix("since ").partition(", by ")
    try:
        return IndexBusyError(datetime.strptime(since, _SINCE).replace(tzinfo=UTC), who)
    except ValueError:
        return IndexBusyError()


def holder(home: Path) -> str:
    """Tell since when and by whom the lock is held, as far as it is known."""
    try:
        return (home / _HOLDER).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
