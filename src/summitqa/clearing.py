"""Versions are not cleared away while they are copied, in whatever process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_KEEPING = "backup.lock"


@contextmanager
def nothing_cleared(home: Path) -> Iterator[None]:
    """Have every version that is kept stay, however many are built; wait for who clears away."""
    with FileLock(home / _KEEPING):
        yield


@contextmanager
def clearing(home: Path) -> Iterator[bool]:
    """Tell whether versions may be cleared away now: not while they are being copied."""
    lock = FileLock(home / _KEEPING)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
