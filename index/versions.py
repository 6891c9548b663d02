"""The versions on disk: which is in use, going back, checking, and clearing old ones away.

A version is switched to by replacing one small file, ``HOME/CURRENT``, in one step. Its
folder never changes after that.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from summitqa.errors import IndexBusyError, IndexDamagedError, IndexMissingError, InputError
from summitqa.files import MANIFEST, broken_files, read_manifest, sync_folder, write_durably
from summitqa.library import CURRENT, VERSIONS, current_version

BUILDING = ".building-"
_HOLDER = "index.holder"


@dataclass(frozen=True, slots=True)
class Version:
    """A version as listed: its id, when it was built, how much it holds, whether in use."""

    id: str
    built_at: str
    articles: int
    passages: int
    in_use: bool


@contextmanager
def builder_lock(home: Path, who: str) -> Iterator[None]:
    """Be the only builder; IndexBusyError, saying since when and by whom, where one is at work.

    The lock is the operating system's, so it goes with the process that holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "index.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise IndexBusyError(_busy(home)) from None
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        write_durably(home / _HOLDER, f"since {since}, by {who}".encode())
        _clear_unfinished(home)
        yield
    finally:
        (home / _HOLDER).unlink(missing_ok=True)
        lock.release()


def _busy(home: Path) -> str:
    try:
        holder = (home / _HOLDER).read_text("utf-8")
    except OSError:
        holder = "since a moment ago"
    return f"A reindex is running already, {holder}; try again when it is done."


def _clear_unfinished(home: Path) -> None:
    """Remove what a build that was killed left behind; only called under the lock."""
    folder = home / VERSIONS
    if folder.is_dir():
        for left in folder.glob(f"{BUILDING}*"):
            shutil.rmtree(left, ignore_errors=True)


def switch(home: Path, version: str) -> None:
    """Make a version the one in use, durably and in one step."""
    aside = home / f".{CURRENT}-{os.getpid()}"
    write_durably(aside, version.encode() + b"\n")
    os.replace(aside, home / CURRENT)
    sync_folder(home)


def listed(home: Path) -> list[Version]:
    """List the whole versions, newest first; one whose manifest is damaged is left out."""
    try:
        used = current_version(home)
    except IndexMissingError:
        used = ""
    found = []
    for folder in _folders(home):
        try:
            facts = read_manifest(folder).facts
        except InputError:
            continue
        found.append(
            Version(
                folder.name,
                facts["built_at"],
                facts["articles"],
                facts["passages"],
                folder.name == used,
            )
        )
    return found


def rollback(home: Path, to: str | None = None) -> str:
    """Switch to the version before the one in use, or to a named one, once it is verified whole."""
    used = current_version(home)
    older = [folder.name for folder in _folders(home) if folder.name < used]
    if to is None and not older:
        raise InputError(f"There is no version before {used} to go back to.")
    target = to if to is not None else older[0]
    if target not in {folder.name for folder in _folders(home)}:
        raise InputError(f"There is no version {target!r}; `summitqa versions` lists them.")
    broken = verify(home, target)
    if broken:
        raise IndexDamagedError(
            f"The version {target} is damaged ({', '.join(broken)}); {used} stays in use.", broken
        )
    switch(home, target)
    return target


def verify(home: Path, version: str | None = None) -> list[str]:
    """Name the damaged files of a version, or of the one in use; none where all is whole."""
    folder = home / VERSIONS / (version or current_version(home))
    try:
        manifest = read_manifest(folder)
    except IndexDamagedError:
        return [MANIFEST]
    return broken_files(folder, manifest)


def prune(home: Path, keep: int) -> None:
    """Keep the version in use and the newest others, ``keep`` in all."""
    used = current_version(home)
    others = [folder for folder in _folders(home) if folder.name != used]
    for folder in others[max(0, keep - 1) :]:
        shutil.rmtree(folder, ignore_errors=True)


def _folders(home: Path) -> list[Path]:
    folder = home / VERSIONS
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.name, reverse=True)
