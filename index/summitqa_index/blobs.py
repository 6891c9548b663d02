"""The bytes of a shelf's entries, each kept once, in ``blobs``, under the SHA-256 of itself.

What is there never changes, so nothing that is written, read or removed gets in the way of a
version. Names that begin with a dot are no blobs: one being written, one being removed.
"""

import hashlib
import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from summitqa.errors import IndexDamagedError, InputError
from summitqa.files import make_folder, readable, sync_folder, write_durably
from summitqa.settings import BLOBS

OPEN = timedelta(days=1)
"""How long a draft may be decided; so long its bytes are kept at least, which no version names."""
_NAME = re.compile("[0-9a-f]{64}")
_GONE = ".gone-"
_LARGEST = 1_000_000_000  # bytes; the most that SUMMITQA_MAX_SOURCE_MB lets a source have


class Blobs:
    """The blobs of a shelf, by its folder; safe from many threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / BLOBS

    def put(self, raw: bytes) -> str:
        """Keep bytes, durably, and give their name: 64 hexadecimal digits.

        Those that are there already only count as young again. InputError where ``blobs`` is no
        folder of ours; OSError where the disk takes no more.
        """
        name = hashlib.sha256(raw).hexdigest()
        if not self._renew(name):
            self._own()
            aside = self._folder / f".{name}-{os.getpid()}-{threading.get_ident()}"
            try:
                write_durably(aside, raw)
                aside.replace(self._folder / name)
            finally:
                aside.unlink(missing_ok=True)
            sync_folder(self._folder)
        return name

    def get(self, name: str) -> bytes:
        """Give the bytes of a name, no others.

        IndexDamagedError where they are not there or not whole, UnreadableError where this
        process may not read them.
        """
        raw = self._load(name) if _NAME.fullmatch(name) else None
        if raw is None:
            raise IndexDamagedError(
                f"The file {BLOBS}/{name[:64]} of the shelf is missing or damaged; put what it "
                "held on the shelf again.",
                [f"{BLOBS}/{name[:64]}"],
            )
        return raw

    def size(self, of: AbstractSet[str] | None = None) -> int:
        """Count the bytes of those of some names, or of all of them."""
        found = self._files()
        return sum(one.st_size for path, one in found if of is None or path.name in of)

    def prune(self, keep: AbstractSet[str], older_than: timedelta) -> bool:
        """Remove what is not to be kept and was put longer ago; tell whether there was any.

        Only called under the lock. Younger ones may be those of a draft, which no version names.
        """
        before = time.time() - older_than.total_seconds()
        removed = False
        for path, found in self._files():
            name = path.name.removeprefix(_GONE)
            if path.name.startswith(_GONE):
                removed |= self._settle(path, name, keep, before)
            elif found.st_mtime < before and name not in keep:
                # Out of the way first: one that is put again meanwhile is written anew.
                gone = self._folder / f"{_GONE}{name}"
                with suppress(OSError):
                    path.rename(gone)
                    removed |= self._settle(gone, name, keep, before)
        return removed

    def _settle(self, gone: Path, name: str, keep: AbstractSet[str], before: float) -> bool:
        """Remove what was put out of the way, unless it is wanted by now."""
        with suppress(OSError):
            young = gone.lstat().st_mtime >= before and _NAME.fullmatch(name)
            if young or name in keep:
                gone.replace(self._folder / name)
                return False
            gone.unlink()
        return True

    def _renew(self, name: str) -> bool:
        """Make a blob young again; tell whether it is there, and whole."""
        try:
            if not _is_own(self._folder):
                return False
            os.utime(self._folder / name, follow_symlinks=False)
        except OSError:
            return False
        return self._load(name) is not None

    def _load(self, name: str) -> bytes | None:
        try:
            if not _is_own(self._folder):
                return None
            with readable(self._folder / name) as file:
                size = min(os.fstat(file.fileno()).st_size, _LARGEST)
                raw = file.read(size)
        except OSError:
            return None
        return raw if hashlib.sha256(raw).hexdigest() == name else None

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        with suppress(OSError):
            for path in list(self._folder.iterdir()) if _is_own(self._folder) else []:
                with suppress(OSError):
                    if not stat.S_ISDIR((found := path.lstat()).st_mode):
                        yield path, found

    def _own(self) -> None:
        if not self._folder.is_symlink():
            make_folder(self._folder)
        if not _is_own(self._folder):
            raise InputError(f"{self._folder} is a link, but expects to be a folder.")


def _is_own(folder: Path) -> bool:
    """Tell whether it is a folder of ours rather than a link to one of another's."""
    return folder.is_dir() and not folder.is_symlink()
