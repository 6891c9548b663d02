"""What was read is kept by its content, so that an unchanged file is not extracted again.

One file a reading, in ``HOME/readings``: a line with the SHA-256 of the rest, then what the child
gave. What is damaged there, or was read by another version of ours or of a library, is read anew,
and nothing fails for want of it: it only saves time.
"""

import errno
import functools
import hashlib
import logging
import os
import re
import threading
from collections.abc import Set as AbstractSet
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from summitqa.files import open_regular
from summitqa_index.sources.reading import Reading, decode, encode
from summitqa_index.sources.sandbox import Limits, Readers

log = logging.getLogger(__name__)

READINGS = "readings"
_LARGEST = Limits().output + 100  # what a reader may give, and its seal


class Readings:
    """Reads through what is kept in ``folder``, made where it is missing; safe from many threads.

    ``used`` names what was asked for. Without ``keep``, or where ``folder`` is a link, or no
    folder, nothing is kept.
    """

    def __init__(self, readers: Readers, folder: Path, *, keep: bool = True) -> None:
        self._readers = readers
        self._folder = folder
        self.keep = keep
        self._warned = False
        self.used: set[str] = set()

    def read(self, kind: str, raw: bytes, *, charset: str | None = None) -> Reading:
        """Give what reading these bytes gives; raises what ``Readers.read`` raises."""
        name = _name(kind, raw, charset)
        self.used.add(name)
        kept = _load(self._folder, name)
        if kept is not None:
            return kept
        reading = self._readers.read(kind, raw, charset=charset)
        if self.keep:
            self._keep(name, reading)
        return reading

    def _keep(self, name: str, reading: Reading) -> None:
        body = encode(reading)
        aside = self._folder / f".{name}-{threading.get_ident()}"
        try:
            _own(self._folder)
            aside.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            aside.replace(self._folder / name)
        except OSError as error:
            if not self._warned:
                self._warned = True
                log.warning("what was read cannot be kept for the next time: %s", error.strerror)
            with suppress(OSError):
                aside.unlink(missing_ok=True)


def prune(folder: Path, used: AbstractSet[str]) -> None:
    """Remove what the sources no longer hold."""
    try:
        for path in folder.iterdir() if _is_own(folder) else ():
            if path.name not in used:
                path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("what is no longer needed stays in %s: %s", folder, error.strerror)


def _own(folder: Path) -> None:
    """Make the folder where it is missing; OSError where something else is in its place."""
    folder.mkdir(exist_ok=True)
    if not _is_own(folder):
        raise OSError(errno.ENOTDIR, f"{folder} is a link")


def _is_own(folder: Path) -> bool:
    """Tell whether it is a folder of ours rather than a link to one of another's."""
    return folder.is_dir() and not folder.is_symlink()


def _load(folder: Path, name: str) -> Reading | None:
    try:
        if not _is_own(folder):
            return None
        with open_regular(folder / name) as file:
            # No more is asked for than there is: the room for it is taken before it is read.
            size = min(os.fstat(file.fileno()).st_size, _LARGEST)
            seal, _, body = file.read(size).partition(b"\n")
        if seal.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
            return None
        return decode(body)
    except (OSError, ValueError):
        return None


def _name(kind: str, raw: bytes, charset: str | None) -> str:
    digest = hashlib.sha256(f"{_recipe()}\0{kind}\0{charset}\0".encode())
    digest.update(raw)
    return digest.hexdigest()


@functools.cache
def _recipe() -> str:
    """Digest what a reading depends on beside the file: our own code and the libraries'."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    for needed in metadata.requires("summitqa") or ():
        name = re.split(r"[^\w.-]", needed, maxsplit=1)[0]
        with suppress(metadata.PackageNotFoundError):
            digest.update(f"\0{name} {metadata.version(name)}".encode())
    return digest.hexdigest()
