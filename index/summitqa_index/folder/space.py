"""Room on the disk: known before a build begins, and said where it runs out in the middle."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from summitqa.article import Article
from summitqa.errors import DiskFullError
from summitqa.files import FULL, Manifest
from summitqa.folder.store import TEXT

# Bytes of an index for each byte of text, as measured on English articles with vectors of
# 160 dimensions (42), and some room. A known index says it better.
_PER_BYTE = 50
_LEAST = 1_000_000


class Space:
    """Knows how much the version being built needs, once its articles are read."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._needed = 0

    def expect(self, articles: Sequence[Article], previous: Manifest | None) -> None:
        """Estimate the need of a version; DiskFullError where less than that is free."""
        text = sum(len(article.text.encode()) for article in articles)
        self._needed = _LEAST + round(text * _ratio(previous))
        if shutil.disk_usage(self._home).free < self._needed:
            raise self._error()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Turn the system's "no space left" into a DiskFullError."""
        self._needed = 0
        try:
            yield
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise self._error() from error

    def _error(self) -> DiskFullError:
        free = shutil.disk_usage(self._home).free
        need = f"about {_size(self._needed)}" if self._needed else "more"
        return DiskFullError(
            f"A new index needs {need} of disk space in {self._home}, but {_size(free)} is free; "
            "the index in use stays. Free some space, or move SUMMITQA_HOME to a larger disk."
        )


def _ratio(previous: Manifest | None) -> float:
    if previous is None:
        return _PER_BYTE
    files = previous.files
    return sum(size for size, _ in files.values()) / max(files[TEXT][0], 1)


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"
