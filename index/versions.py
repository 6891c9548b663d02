"""The versions on disk: which is in use, going back, checking, and clearing old ones away.

A version is switched to by replacing one small file, ``HOME/CURRENT``, in one step. Its
folder never changes after that. Names that begin with a dot are no versions: one being
built, one being removed, and at most one that was kept aside.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from index.rejected import REJECTED, accept, digest_of_store, reject
from summitqa.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    InputError,
)
from summitqa.files import (
    broken_files,
    make_folder,
    read_manifest,
    replace_durably,
    sync_folder,
)
from summitqa.library import CURRENT, VERSIONS, current_version
from summitqa.store import Store

BUILDING, ASIDE, _GONE = ".building-", ".aside-", ".gone-"
_HOLDER = "index.holder"
_STAMP = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True, slots=True)
class Version:
    """A version as listed: its id, when it was built, how much it holds, whether in use.

    ``aside``: it was built but kept aside, for it lost questions it was to answer.
    """

    id: str
    built_at: str
    articles: int
    passages: int
    in_use: bool
    aside: bool = False


@contextmanager
def builder_lock(home: Path, who: str) -> Iterator[None]:
    """Be the only one to change versions; IndexBusyError, saying since when and by whom, otherwise.

    The lock is the operating system's, so it goes with the process that holds it.
    """
    lock = FileLock(home / "index.lock")
    try:
        make_folder(home / VERSIONS)
        lock.acquire(timeout=0)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise InputError(
            f"SUMMITQA_HOME is {home}, but expects a folder that can be written to: "
            f"{error.strerror}."
        ) from error
    except Timeout:
        raise IndexBusyError(busy(home)) from None
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        (home / _HOLDER).write_text(f"since {since}, by {who}", "utf-8")
        _clear_unfinished(home)
        yield
    finally:
        (home / _HOLDER).unlink(missing_ok=True)
        lock.release()


def busy(home: Path) -> str:
    """Say since when and by whom versions are being changed."""
    try:
        holder = (home / _HOLDER).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        holder = ""
    return (
        f"A reindex is running already, busy {holder or 'since a moment ago'}; "
        "try again when it is done."
    )


def _clear_unfinished(home: Path) -> None:
    """Remove what was left behind by a process that was killed; only called under the lock."""
    for prefix in (BUILDING, _GONE):
        for left in (home / VERSIONS).glob(f"{prefix}*"):
            _remove(left)
    for name in (CURRENT, REJECTED):
        for left in home.glob(f".{name}-*"):
            left.unlink(missing_ok=True)


def new_id(home: Path) -> str:
    """Name a version by the time, to the microsecond, and later than any there is."""
    now = datetime.now(UTC)
    newest = max((folder.name for folder in _folders(home)), default="")
    # A clock set back must not put the new version before the old ones.
    with suppress(ValueError):
        last = datetime.strptime(newest, _STAMP).replace(tzinfo=UTC)
        now = max(now, last + timedelta(microseconds=1))
    return now.strftime(_STAMP)


def publish(home: Path, folder: Path, version: str) -> None:
    """Make a finished folder a version and the one in use; where that fails, nothing is left."""
    place = home / VERSIONS / version
    sync_folder(folder)
    folder.rename(place)
    try:
        sync_folder(place.parent)
        switch(home, version)
    except BaseException:
        if not _in_use(home, version):
            _remove(place)
        raise


def keep_aside(home: Path, folder: Path, version: str) -> None:
    """Keep a finished folder that is not to be used, in place of the one kept aside before."""
    drop_aside(home)
    sync_folder(folder)
    folder.rename(home / VERSIONS / f"{ASIDE}{version}")
    sync_folder(home / VERSIONS)


def kept_aside(home: Path) -> Path | None:
    """Give the folder that was kept aside, if there is one."""
    return next((home / VERSIONS).glob(f"{ASIDE}*"), None)


def drop_aside(home: Path) -> None:
    """Remove what was kept aside."""
    while (folder := kept_aside(home)) is not None:
        _remove(folder)


def switch(home: Path, version: str) -> None:
    """Make a version the one in use, durably and in one step."""
    replace_durably(home / CURRENT, version.encode() + b"\n")


def listed(home: Path) -> list[Version]:
    """List the whole versions, newest first; one whose manifest is damaged is left out."""
    folders = [folder for folder in (kept_aside(home), *_folders(home)) if folder is not None]
    found = []
    for folder in folders:
        try:
            facts = read_manifest(folder).facts
        except InputError:
            continue
        name = folder.name.removeprefix(ASIDE)
        counts = (facts["articles"], facts["passages"])
        used = _in_use(home, folder.name)
        found.append(Version(name, facts["built_at"], *counts, used, name != folder.name))
    return found


def sources_of(home: Path) -> list[str] | None:
    """Give the sources of the version in use; where it is damaged, of the newest that is not.

    ``None`` where there is no version yet. InputError where none is left to ask: the shelf
    must not be replaced by another unasked.
    """
    folders = _folders(home)
    with suppress(IndexMissingError, IndexDamagedError):
        folders.insert(0, home / VERSIONS / current_version(home))
    for folder in folders:
        with suppress(IndexDamagedError):
            return list(read_manifest(folder).facts["sources"])
    if folders:
        raise InputError(
            f"Every index in {home} is damaged, its list of sources, too; name them: "
            "`summitqa index SOURCE...`."
        )
    return None


def rollback(home: Path, to: str | None = None, who: str = "the command line") -> str:
    """Switch to the version before the one in use, or to a named one, once it is verified whole.

    What is gone back from is remembered as rejected. The version kept aside is switched to where
    it is named.
    """
    with builder_lock(home, who):
        target = to if to is not None else _before(home)
        broken = verify(home, target)
        if broken:
            raise IndexDamagedError(
                f"The version {target} is damaged ({', '.join(broken)}); the one in use stays. "
                "`summitqa versions` lists others.",
                broken,
            )
        _take_from_aside(home, target)
        _reject_used(home, target)
        switch(home, target)
        accept(home, digest_of_store(Store.open(home / VERSIONS / target)))
    return target


def _take_from_aside(home: Path, version: str) -> None:
    folder = _folder(home, version)
    if folder.name != version:
        folder.rename(home / VERSIONS / version)
        sync_folder(home / VERSIONS)


def _reject_used(home: Path, target: str) -> None:
    """Remember what is gone back from, unless it is the disk that was at fault."""
    with suppress(IndexMissingError, IndexDamagedError, IndexMismatchError):
        used = current_version(home)
        if target < used:
            reject(home, digest_of_store(Store.open(home / VERSIONS / used)), used)


def _before(home: Path) -> str:
    """Name the version before the one in use; the newest where CURRENT is damaged."""
    names = [folder.name for folder in _folders(home)]
    try:
        used = current_version(home)
    except IndexDamagedError:
        return names[0] if names else current_version(home)
    older = [name for name in names if name < used]
    if not older:
        raise InputError(f"There is no version before {used} to go back to.")
    return older[0]


def verify(home: Path, version: str | None = None) -> list[str]:
    """Name the damaged files of a version, or of the one in use; none where all is whole."""
    chosen = _folder(home, version) if version is not None else None
    try:
        folder = chosen or home / VERSIONS / current_version(home)
        broken = broken_files(folder, read_manifest(folder))
        if not broken:
            Store.open(folder)
    except IndexDamagedError as error:
        return list(error.files)
    return broken


def prune(home: Path, keep: int) -> None:
    """Keep the version in use and the newest others, ``keep`` in all."""
    used = current_version(home)
    others = [folder for folder in _folders(home) if folder.name != used]
    for folder in others[max(0, keep - 1) :]:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder; it is no version from the first moment on, whatever stops us."""
    gone = folder.with_name(f"{_GONE}{folder.name.lstrip('.')}")
    with suppress(OSError):
        folder.rename(gone)
        if gone.is_symlink():
            gone.unlink()
    shutil.rmtree(gone, ignore_errors=True)


def _in_use(home: Path, version: str) -> bool:
    try:
        return current_version(home) == version
    except (IndexMissingError, IndexDamagedError):
        return False


def _folder(home: Path, version: str) -> Path:
    """Find a version's folder by its id, the one kept aside, too."""
    aside = kept_aside(home)
    for folder in [*_folders(home), *([aside] if aside else [])]:
        if folder.name.removeprefix(ASIDE) == version:
            return folder
    raise InputError(f"There is no version {version!r}; `summitqa versions` lists them.")


def _folders(home: Path) -> list[Path]:
    """Give the versions' folders, newest first."""
    folder = home / VERSIONS
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.name, reverse=True)
