"""The file that a backup is: a tar, packed by gzip.

The first member says what it is of, the last the size and SHA-256 of each before it; so a file that
was cut short is none. A member is a plain file of a name that we give, and nothing else is taken.
"""

import gzip
import hashlib
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import IO, Any, BinaryIO

from summitqa.errors import BackupDamagedError, InputError
from summitqa.settings import SHELF, SHELVES
from summitqa_bot.assemble import SAVED_NAME
from summitqa_bot.strings import saving as said

FORMAT = 1
HOME, STATE = "home", "state"
_HEAD, _MEMBERS = "backup.json", "members.json"
_NAME = re.compile(
    rf"{STATE}/[a-z][a-z0-9_]{{0,62}}\.jsonl"
    rf"|{HOME}/(?:{SHELVES}/{SHELF}/)?(?:{SAVED_NAME.pattern})"
)
_AT_ONCE = 1 << 16  # bytes: of what is read, and of a header
_ENTRY = 1024  # bytes of what is said of a member, and of the whole, at most
# What zlib and tarfile say of bytes that are not what was packed.
_BROKEN = (tarfile.TarError, zlib.error, EOFError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a backup says of itself.

    ``id`` is its own alone; ``summitqa`` the version that made it, ``made_at`` when (UTC);
    ``schema`` the number of the database's, None where there was no database yet.
    """

    id: str
    summitqa: str
    made_at: str
    schema: int | None


class Writer:
    """Puts members into a new backup."""

    def __init__(self, file: BinaryIO, head: Head) -> None:
        self._zip = gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0)
        self._tar = tarfile.open(fileobj=self._zip, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._members: dict[str, tuple[int, str]] = {}
        self.add(_HEAD, BytesIO(json.dumps({"format": FORMAT, **asdict(head)}).encode()))

    def add(self, name: str, file: IO[bytes]) -> tuple[int, str]:
        """Put a file in, from its beginning; give its bytes and SHA-256."""
        info = tarfile.TarInfo(name)
        info.size = file.seek(0, os.SEEK_END)
        file.seek(0)
        read = _Digesting(file)
        self._tar.addfile(info, read)
        self._members[name] = (info.size, read.digest.hexdigest())
        return self._members[name]

    def finish(self) -> None:
        """Say what is in it, and end it."""
        self.add(_MEMBERS, BytesIO(json.dumps(self._members).encode()))
        self._tar.close()
        self._zip.close()


class _Digesting:
    """A file that is digested as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        raw = self._file.read(size)
        self.digest.update(raw)
        return raw


class _Careful(gzip.GzipFile):
    """What is packed, never much of it at once: a few bytes may unpack to terabytes."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _AT_ONCE:
            raise tarfile.ReadError("a header is too large")
        with _broken():
            return super().read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        with _broken():  # who passes over something unpacks it
            return super().seek(offset, whence)


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except gzip.BadGzipFile as error:  # an OSError, but not one of a disk
        raise tarfile.ReadError(str(error)) from error


class Reader:
    """Takes a backup apart, member by member."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = _Careful(fileobj=file)
        self._tar = tarfile.open(fileobj=self._zip, mode="r:")  # noqa: SIM115
        self.head = _head(self._json(self._tar.next(), _HEAD, _ENTRY))
        self._members: Any = None

    def members(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Give name, bytes and content of each member, in order; each is to be read to its end.

        BackupDamagedError where one is not what a backup holds.
        """
        seen: set[str] = set()
        while (info := self._tar.next()) and info.name != _MEMBERS:
            self._tar.members.clear()  # type: ignore[attr-defined]  # it would remember them all
            if not _NAME.fullmatch(info.name) or not _is_plain(info) or info.name in seen:
                raise BackupDamagedError(said.NO_MEMBER.format(name=info.name[:200]))
            seen.add(info.name)
            yield info.name, info.size, self._content(info)
        self._members = self._json(info, _MEMBERS, _ENTRY * (len(seen) + 1))
        # To its very end, where gzip says what all of it was; tar fills up its last record.
        if len(self._zip.read(2 * tarfile.RECORDSIZE)) == 2 * tarfile.RECORDSIZE:
            raise tarfile.ReadError("it goes on after its end")

    def require(self, found: dict[str, tuple[int, str]]) -> None:
        """Raise BackupDamagedError where what was found is not what was put in."""
        put = {name: tuple(one) for name, one in self._members.items() if name != _HEAD}
        wrong = sorted(name for name in {*put, *found} if put.get(name) != found.get(name))
        if wrong:
            raise BackupDamagedError(said.NOT_WHOLE.format(name=wrong[0], count=len(wrong)))

    def _content(self, info: tarfile.TarInfo) -> Iterator[bytes]:
        file = self._tar.extractfile(info)
        while file and (raw := file.read(_AT_ONCE)):
            yield raw

    def _json(self, info: tarfile.TarInfo | None, name: str, most: int) -> dict[str, Any]:
        """Read one of the two members that are about the others, of so many bytes at most."""
        if info is None or info.name != name or not _is_plain(info) or info.size > most:
            raise tarfile.ReadError(f"{name} is not where it is to be")
        loaded = json.loads(b"".join(self._content(info)))
        if not isinstance(loaded, dict):
            raise tarfile.ReadError(f"{name} does not say what it is to say")
        return loaded


@contextmanager
def opened(file: IO[bytes], name: str) -> Iterator[Reader]:
    """Read a backup; BackupDamagedError, naming the file, wherever it is not what was written.

    InputError where only a newer version reads it.
    """
    try:
        yield Reader(file)
    except (*_BROKEN, ValueError, TypeError, LookupError, RecursionError) as error:
        raise BackupDamagedError(said.DAMAGED.format(file=name, error=error)) from error


def _is_plain(info: tarfile.TarInfo) -> bool:
    return info.type == tarfile.REGTYPE and not info.issparse() and info.size >= 0


def _head(given: dict[str, Any]) -> Head:
    if given["format"] != FORMAT:
        raise InputError(said.NEWER.format(format=given["format"], known=FORMAT))
    head = Head(**{name: given[name] for name in Head.__dataclass_fields__})
    if not re.fullmatch("[0-9a-f]{32}", head.id) or not isinstance(head.schema, int | None):
        raise tarfile.ReadError("it does not say what it is")
    return head
