"""A version's folder: files written once, checksummed, and never read unverified.

``manifest.json`` names every file with its size and SHA-256, and carries the SHA-256 of
its own facts, so that damage anywhere in the folder is found before any of it is used.
"""

import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from summitqa.errors import IndexDamagedError, IndexMismatchError, UnreadableError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says where a disk has no room."""
# What says of the process, not of the file, that it cannot be opened.
_REFUSED = {errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM}

FORMAT = 1
MANIFEST = "manifest.json"
GONE = ".gone-"
"""What the name of a folder begins with that is being removed."""
DRAFT, LOST = ".building-", ".lost-"
"""And one of a version that is being written, or that a database has lost."""
# More than the headings of a hundred thousand articles; a file that has grown is not read whole.
_LARGEST_MANIFEST = 1 << 28


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says of itself.

    ``files``: name → (bytes, SHA-256 in hex); ``facts``: version, built_at, model, checksum of
    the model, sources and counts.
    """

    facts: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]

    def dump(self) -> bytes:
        """Give the manifest as JSON, sealed by the SHA-256 of its own content."""
        body = {"format": FORMAT, "facts": dict(self.facts), "files": dict(self.files)}
        return json.dumps({"seal": _seal(body), **body}, indent=1, ensure_ascii=False).encode()


def read_manifest(folder: Path, name: str = MANIFEST) -> Manifest:
    """Read and check a manifest; IndexDamagedError or IndexMismatchError where it is not sound."""
    try:
        with readable(folder / name) as file:
            size = os.fstat(file.fileno()).st_size
            if size > _LARGEST_MANIFEST:
                raise damaged(folder, [name])
            raw = file.read(size)  # no more: the buffer of what is asked for is made at once
    except OSError:
        raise damaged(folder, [name]) from None
    return manifest_of(raw, folder, name)


def manifest_of(raw: bytes, folder: Path, name: str = MANIFEST) -> Manifest:
    """Check a manifest's bytes; raises what ``read_manifest`` raises, and names the same."""
    try:
        loaded = json.loads(raw)
        sound = loaded.pop("seal") == _seal(loaded)
        written_by = loaded["format"]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise damaged(folder, [name]) from None
    if not sound:
        raise damaged(folder, [name])
    if written_by != FORMAT:
        raise IndexMismatchError(
            f"The index {folder.name} has format {written_by}, but this SummitQA reads "
            f"format {FORMAT}; run `summitqa index` to build it anew."
        )
    files = {file: (int(size), str(digest)) for file, (size, digest) in loaded["files"].items()}
    manifest = Manifest(loaded["facts"], files)
    if manifest.dump() != raw:  # the same to JSON, yet not what was written
        raise damaged(folder, [name])
    return manifest


def damaged(folder: Path, names: list[str]) -> IndexDamagedError:
    """Make the error that names damaged files and the way out."""
    return IndexDamagedError(
        f"The index {folder.name} is damaged: {', '.join(names)} is not what its manifest says. "
        "Run `summitqa rollback` to go back to the version before, or `summitqa index` to build "
        "it anew.",
        names,
    )


def broken_files(folder: Path, manifest: Manifest, name: str = MANIFEST) -> list[str]:
    """Name the files whose size or SHA-256 is not the manifest's, and those it does not know."""
    broken = [one for one in manifest.files if not _is_whole(folder, manifest, one)]
    known = {*manifest.files, name}
    return sorted(broken + [path.name for path in folder.iterdir() if path.name not in known])


def read_verified(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Read a file once and give exactly the bytes that were checked."""
    with sized(folder, manifest, name) as (file, size, digest):
        return whole(folder, name, file.read(size), digest)


def whole(folder: Path, name: str, raw: bytes, digest: str) -> bytes:
    """Give bytes back where they have the digest; IndexDamagedError where not."""
    if hashlib.sha256(raw).hexdigest() != digest:
        raise damaged(folder, [name])
    return raw


@contextmanager
def sized(folder: Path, manifest: Manifest, name: str) -> Iterator[tuple[BufferedReader, int, str]]:
    """Open a file of the right size: one that has grown to a terabyte is not worth reading."""
    size, digest = manifest.files.get(name, (-1, ""))
    try:
        with readable(folder / name) as file:
            if os.fstat(file.fileno()).st_size != size:
                raise damaged(folder, [name])
            yield file, size, digest
    except OSError as error:
        raise damaged(folder, [name]) from error


@contextmanager
def readable(path: Path) -> Iterator[BufferedReader]:
    """Open a file of ours, never a link; UnreadableError where the system refuses us.

    That is no damage. Raises OSError otherwise.
    """
    try:
        with open_regular(path) as file:
            yield file
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        raise UnreadableError(
            f"{path} cannot be read ({error.strerror}); let the user that runs SummitQA read it."
        ) from error


def _is_whole(folder: Path, manifest: Manifest, name: str) -> bool:
    try:
        with sized(folder, manifest, name) as (file, _, digest):
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except IndexDamagedError:
        return False


class Sink:
    """A new file written piece by piece and described on the way, not by reading it back.

    So what the manifest says is what was meant to be written, whatever the disk did.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, raw: bytes) -> None:
        """Append bytes."""
        self._file.write(raw)
        self._digest.update(raw)
        self._size += len(raw)

    def finish(self, *, durably: bool = True) -> tuple[int, str]:
        """Wait until the disk has the file, if it is to; give its size in bytes and SHA-256."""
        self._file.flush()
        if durably:
            os.fsync(self._file.fileno())
        self._file.close()
        return self._size, self._digest.hexdigest()

    def close(self) -> None:
        """Let go of the file, finished or not."""
        with suppress(OSError):  # what a full disk could not take at the end
            self._file.close()


def write_durably(path: Path, raw: bytes) -> tuple[int, str]:
    """Write a file and wait until the disk has it; give its size in bytes and SHA-256."""
    with closing(Sink(path)) as sink:
        sink.write(raw)
        return sink.finish()


def replace_durably(path: Path, raw: bytes) -> None:
    """Replace a small file, durably and in one step, whoever is reading it."""
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        write_durably(aside, raw)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, that a power loss does not take away again."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def remove_folder(folder: Path) -> None:
    """Remove a folder, or a link to one; it is none from the first moment on, whatever stops us.

    OSError where it cannot be put out of the way; what is left of it then has a name of ``GONE``.
    """
    gone = folder.with_name(f"{GONE}{folder.name.lstrip('.')}")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    if gone.is_symlink():
        gone.unlink()
    shutil.rmtree(gone, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the folder's own entries (creations and renames)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def open_regular(
    path: Path | str, *, follow: bool = False, above: int | None = None
) -> Iterator[BufferedReader]:
    """Open a regular file, a link only with ``follow``, and never waiting on a FIFO or a device.

    ``above`` is the descriptor of the folder that a relative path starts from. Raises OSError
    otherwise, its ``strerror`` a reason.
    """
    no_link = 0 if follow else getattr(os, "O_NOFOLLOW", 0)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | no_link
    with os.fdopen(os.open(path, flags, dir_fd=above), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        yield file


def _seal(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
