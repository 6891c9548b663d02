"""Take a backup apart into an empty data folder and an empty database: all of it, or nothing.

All is written below one hidden folder and held against its SHA-256 first. Then it is put in its
place, in a few renames: before the first, ``CURRENT`` names no version, so that nobody takes what
is half there for a folder to begin anew in; the last has it name the one in use. A restore that
is killed is done by running it again.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from summitqa.errors import DiskFullError, InputError
from summitqa.files import Sink, make_folder, open_regular, replace_durably, sync_folder
from summitqa.library import CURRENT
from summitqa_bot.saving.archive import HOME, STATE, Head, Reader, opened
from summitqa_bot.saving.backup import disposed
from summitqa_bot.saving.disk import BackupBusyError, refusals, take
from summitqa_bot.state import database, migrations, saved
from summitqa_bot.strings import saving as said

_STAGE = ".restoring"
_READY = "READY"
# What an empty folder may hold: settings, what a file system puts at its root.
_NOTHING = {".env", "lost+found", _STAGE}
_UNFINISHED = b"being-restored\n"  # the name of no version


@dataclass(frozen=True, slots=True)
class Restored:
    """What a home was restored from, and how many files that were."""

    head: Head
    files: int


def restore(file: Path, home: Path, url: str | None) -> Restored:
    """Restore a backup into an empty home and, where ``url`` names another, an empty database.

    Raises InputError, DiskFullError or BackupBusyError; nothing is there then that was not before.
    """
    with _read(file) as reader, _left_as_it_was(home), _alone(home):
        work = _Restore(home, url, reader.head)
        if not work.is_ready:
            work.require_empty()
            try:
                work.stage(reader)
            except BaseException:
                work.drop()
                raise
        work.put_in_place()
        return Restored(reader.head, work.files)


class _Restore:
    """A restore into a home, which holds on to nobody else's files."""

    def __init__(self, home: Path, url: str | None, head: Head) -> None:
        self._home, self._url, self._head = home, url, head
        self._stage = home / _STAGE
        # SQLite's file is one of the home's, and is made with the others.
        self._filled = home if url else self._stage / HOME
        self.files = 0

    @property
    def is_ready(self) -> bool:
        """Whether all of this backup is there, and some of it may be in its place."""
        ready = self._stage / _READY
        return ready.is_file() and ready.read_text("ascii").strip() == self._head.id

    def require_empty(self) -> None:
        """Raise InputError where there is anything already, or only a newer version knows it."""
        migrations.refuse_newer(self._head.schema)
        found = sorted({path.name for path in self._home.iterdir()} - _NOTHING)
        if found:
            raise InputError(said.NOT_EMPTY.format(home=self._home, found=found[0]))
        if self._url is not None and self._is_taken():
            raise InputError(said.NOT_EMPTY_DATABASE)

    def _is_taken(self) -> bool:
        """Tell whether a database is in use, and not by an earlier try."""
        schema = database.schema(self._home, self._url)
        return schema is not None and self._marked() != self._head.id

    def _marked(self) -> str | None:
        return database.look(self._filled, self._url, saved.mark)

    def stage(self, reader: Reader) -> None:
        """Write all of it below the hidden folder, and hold it against what was put in."""
        self.drop()
        self._stage.mkdir(mode=0o700)  # for as long as what people asked lies open in it
        (self._stage / HOME).mkdir()
        reader.require({name: self._write(name, size, raw) for name, size, raw in reader.members()})
        self._fill_database()
        for folder, _, _ in os.walk(self._stage):
            sync_folder(Path(folder))
        replace_durably(self._stage / _READY, self._head.id.encode())

    def _write(self, name: str, size: int, content: Iterator[bytes]) -> tuple[int, str]:
        free = shutil.disk_usage(self._stage).free
        if size > free:
            told = {"home": self._home, "needed": size / 1e6, "free": free / 1e6}
            raise DiskFullError(said.NO_ROOM_LEFT.format(**told))
        path = self._stage / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files += 1
        with closing(Sink(path)) as sink:
            for raw in content:
                sink.write(raw)
            return sink.finish()

    def _fill_database(self) -> None:
        if self._head.schema is None or (self._url is not None and self._marked()):
            return
        with ExitStack() as files:
            tables = sorted((self._stage / STATE).glob("*.jsonl"))
            rows = [files.enter_context(open_regular(table)) for table in tables]
            with disposed(database.unready(self._filled, self._url)) as engine:
                saved.load(engine, rows, self._head.id)

    def put_in_place(self) -> None:
        """Move what is there to its place, the version in use last; done twice it is done once."""
        current, used = self._home / CURRENT, self._stage / HOME / CURRENT
        moved = sorted(path for path in (self._stage / HOME).iterdir() if path != used)
        self._require_free(moved)
        if not current.exists():
            replace_durably(current, _UNFINISHED)
        for path in moved:
            path.rename(self._home / path.name)
        sync_folder(self._home)
        if used.exists():
            used.replace(current)
        elif current.read_bytes() == _UNFINISHED:
            current.unlink()
        sync_folder(self._home)
        if self._head.schema is not None:
            with disposed(database.unready(self._home, self._url)) as engine:
                saved.settle(engine)
        self.drop()

    def _require_free(self, moved: Sequence[Path]) -> None:
        """Raise InputError where somebody has put something there meanwhile."""
        for path in moved:
            if (self._home / path.name).exists():
                raise InputError(said.NOT_EMPTY.format(home=self._home, found=path.name))

    def drop(self) -> None:
        """Remove what is below the hidden folder, READY first."""
        (self._stage / _READY).unlink(missing_ok=True)
        shutil.rmtree(self._stage, ignore_errors=True)


@contextmanager
def _read(file: Path) -> Iterator[Reader]:
    try:
        with open_regular(file, follow=True) as raw, opened(raw, str(file)) as reader:
            yield reader
    except OSError as error:
        reason = error.strerror or error
        raise InputError(said.NOT_READ.format(file=file, reason=reason)) from error


@contextmanager
def _left_as_it_was(home: Path) -> Iterator[None]:
    """Have a home that is not there not be there after a restore that failed, either."""
    there = home.is_dir()
    try:
        yield
    except BackupBusyError:
        raise
    except BaseException:
        if not there:
            with suppress(OSError):  # it was never made, or is not empty
                home.rmdir()
        raise


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Be the only one to restore into a home, which is made where there is none."""
    with refusals(home, lambda reason: said.NOT_PLACED.format(home=home, reason=reason)):
        make_folder(home)
        folder = os.open(home, os.O_RDONLY)
        try:
            take(folder, said.RESTORING.format(home=home))
            yield
        finally:
            os.close(folder)
