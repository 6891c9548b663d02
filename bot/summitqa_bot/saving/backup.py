"""Copy a data folder and its database into one file, while others ask, build and put.

The database first, at one moment, then shelf by shelf: what it says was put on a shelf is on that
shelf afterwards, as after a kill. Whatever is erased meanwhile has it all copied anew.
"""

import errno
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO

from sqlalchemy import Engine

from summitqa.errors import InputError
from summitqa.files import damaged, readable, sync_folder
from summitqa.library import CURRENT, VERSIONS
from summitqa.settings import HOUSE, folder_of, shelves_in
from summitqa_bot import assemble
from summitqa_bot.private import make_private
from summitqa_bot.saving.archive import HOME, STATE, Head, Writer
from summitqa_bot.saving.disk import refusals, take
from summitqa_bot.state import database, migrations, saved
from summitqa_bot.strings import saving as said

_TRIES = 3


@dataclass(slots=True)
class Saved:
    """What a backup holds: shelves, versions of them, rows of the database, and its bytes.

    ``sealed``: among the rows are tokens that SUMMITQA_TOKEN_KEY alone opens.
    """

    shelves: int = 0
    versions: int = 0
    rows: int = 0
    size: int = 0
    sealed: bool = False


class _GoneError(Exception):
    """What was to be copied has gone."""


def backup(
    home: Path,
    url: str | None,
    file: Path,
    also: Sequence[str] = (),
    gather: Callable[[], None] = lambda: None,
) -> Saved:
    """Write a backup of a home and its database, private to its owner, in place of an earlier one.

    ``also``: names of a platform's tables, which are copied where they are there; ``gather`` brings
    into the home what is kept elsewhere of its shelves, and is called once these are copied.
    Raises InputError, DiskFullError, IndexDamagedError or BackupBusyError; an earlier file stays
    then.
    """
    if not _shelves(home) and database.schema(home, url) is None:
        raise InputError(said.NOTHING.format(home=home))
    with _aside(file) as whole:
        for _ in range(_TRIES):
            with suppress(_GoneError):
                return _Backup(home, url, also, gather).write(whole)
    raise InputError(said.GOES_ON.format(home=home))


class _Backup:
    """One try of a backup."""

    def __init__(
        self, home: Path, url: str | None, also: Sequence[str], gather: Callable[[], None]
    ) -> None:
        self._home, self._url, self._also, self._gather = home, url, also, gather
        self._saved = Saved()

    def write(self, whole: BinaryIO) -> Saved:
        """Write all of it."""
        whole.seek(0)
        whole.truncate()
        with ExitStack() as files:
            # The rows are copied aside: they go in by their size, and nobody writes for so long.
            tables, schema = self._tables(files, Path(whole.name).parent)
            writer = Writer(whole, _head(schema))
            for name, rows in tables:
                writer.add(f"{STATE}/{name}.jsonl", rows)
        self._gather()
        for folder in _shelves(self._home):
            self._add_shelf(writer, folder)
        writer.finish()
        self._saved.size = whole.tell()
        return self._saved

    def _tables(
        self, files: ExitStack, folder: Path
    ) -> tuple[list[tuple[str, IO[bytes]]], int | None]:
        """Copy the rows of each table into a file without a name; give the schema, too."""
        if database.schema(self._home, self._url) is None:
            return [], None
        with (
            disposed(database.opened(self._home, self._url)) as engine,
            saved.moment(engine) as connection,
        ):
            schema = migrations.number(connection)
            migrations.refuse_newer(schema)
            copied: list[tuple[str, IO[bytes]]] = []
            for table in saved.tables(connection, self._also):
                rows = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the stack closes it
                files.enter_context(rows)
                count = sum(1 for line in saved.lines(connection, table) if rows.write(line)) - 1
                self._saved.rows += count
                self._saved.sealed |= count > 0 and table.name in self._also
                copied.append((table.name, rows))
        return copied, schema

    def _add_shelf(self, writer: Writer, folder: Path) -> None:
        place = Path(HOME, folder.relative_to(self._home))
        with assemble.standing(folder) as shelf:
            digests = shelf.digests(folder)
            for name in shelf.names:
                added = _add(writer, folder / name, f"{place}/{name}")
                if digests.get(name, added) != added:
                    raise damaged(folder / str(shelf.current), [Path(name).name])
            for name in shelf.passing:
                with suppress(_GoneError):
                    _add(writer, folder / name, f"{place}/{name}")
            if shelf.current is not None:
                writer.add(f"{place}/{CURRENT}", BytesIO(f"{shelf.current}\n".encode()))
        self._saved.shelves += 1
        self._saved.versions += len({Path(name).parts[1] for name in shelf.names if "/" in name})


def _add(writer: Writer, path: Path, name: str) -> tuple[int, str]:
    try:
        with readable(path) as file:
            return writer.add(name, file)
    except FileNotFoundError:
        raise _GoneError from None


@contextmanager
def disposed(engine: Engine) -> Iterator[Engine]:
    """Let go of a database's connections at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def _head(schema: int | None) -> Head:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Head(
        id=secrets.token_hex(16), summitqa=version("summitqa"), made_at=made_at, schema=schema
    )


def _shelves(home: Path) -> list[Path]:
    """Give the folders of the shelves that there are, the house shelf's first."""
    folders = (folder_of(home, shelf) for shelf in (HOUSE, *shelves_in(home)))
    return [one for one in folders if (one / VERSIONS).is_dir()]


@contextmanager
def _aside(file: Path) -> Iterator[BinaryIO]:
    """Give a file to be written, which takes the place of another once all of it is on the disk."""
    aside = file.with_name(f".{file.name}.part")
    with refusals(file.parent, lambda reason: said.NOT_WRITTEN.format(file=file, reason=reason)):
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        make_private(aside)
        with aside.open("r+b") as whole:
            take(whole.fileno(), said.BUSY.format(file=file))
            try:
                yield whole
                whole.flush()
                os.fsync(whole.fileno())
                aside.replace(file)
            finally:
                aside.unlink(missing_ok=True)
        sync_folder(file.parent)
