"""Where versions lie: a folder each, and beside them what is no version.

Names that begin with a dot are no versions: one being built, one being removed, at most one that
was kept aside, and in a mirror those that its database has lost.
"""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from summitqa.errors import IndexDamagedError, IndexMissingError, InputError
from summitqa.files import DRAFT, GONE, LOST, remove_folder, replace_durably, sync_folder
from summitqa.library import CURRENT, VERSIONS, current_version
from summitqa.settings import REJECTED

_ASIDE = ".aside-"


def folders(home: Path) -> list[Path]:
    """Give the versions' folders, newest first."""
    folder = home / VERSIONS
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.name, reverse=True)


def aside(home: Path) -> str | None:
    """Name the version that was kept aside, if there is one."""
    kept = next((home / VERSIONS).glob(f"{_ASIDE}*"), None)
    return None if kept is None else kept.name.removeprefix(_ASIDE)


def place(home: Path, version: str) -> Path:
    """Give the folder of a version that is one, or kept aside, or lost, or a draft."""
    versions = home / VERSIONS
    hidden = (versions / f"{prefix}{version}" for prefix in (DRAFT, _ASIDE, LOST))
    return next((path for path in hidden if path.is_dir()), versions / version)


def is_draft(home: Path, version: str) -> bool:
    """Tell whether a version is one that is being written."""
    return (home / VERSIONS / f"{DRAFT}{version}").is_dir()


def lost(home: Path) -> list[str]:
    """Name the versions that are here alone, for the database has lost them."""
    return sorted(path.name.removeprefix(LOST) for path in (home / VERSIONS).glob(f"{LOST}*"))


def aside_name(version: str) -> str:
    """Give the name of the folder of a version that is kept aside."""
    return f"{_ASIDE}{version}"


def folder_of(home: Path, version: str) -> Path:
    """Find a version's folder by its id, hidden ones, too; InputError where it is none."""
    for known in (*(folder.name for folder in folders(home)), aside(home), *lost(home)):
        if known == version:
            return place(home, version)
    raise InputError(f"There is no version {version!r}; `summitqa versions` lists them.")


def new_draft(home: Path, version: str) -> Path:
    """Make the folder of a version to be written."""
    folder = home / VERSIONS / f"{DRAFT}{version}"
    folder.mkdir()
    return folder


def drop_draft(home: Path) -> None:
    """Remove what is still a draft."""
    for left in (home / VERSIONS).glob(f"{DRAFT}*"):
        shutil.rmtree(left, ignore_errors=True)


def keep_aside(home: Path, version: str) -> None:
    """Keep a draft, whole, that is not to be used, in place of the one kept aside before."""
    drop_aside(home)
    folder = place(home, version)
    sync_folder(folder)
    _move(folder, f"{_ASIDE}{version}")


def drop_aside(home: Path) -> None:
    """Remove what was kept aside."""
    for kept in list((home / VERSIONS).glob(f"{_ASIDE}*")):
        remove(kept)


def follow_aside(home: Path, version: str | None, others: Sequence[str]) -> None:
    """Have nothing be aside but this version; what is newer than all others was lost."""
    left = aside(home)
    if left in {None, version}:
        return
    if left > max([version or "", *others]):
        _move(place(home, left), f"{LOST}{left}")
    drop_aside(home)


def switch(home: Path, version: str) -> None:
    """Make a version the one in use; a draft, which takes the place of what was aside, too."""
    folder = place(home, version)
    if folder.name.startswith((DRAFT, LOST)):
        _publish(home, folder, version)
        if folder.name.startswith(DRAFT):
            drop_aside(home)
        return
    if folder.name.startswith(_ASIDE):
        _move(folder, version)
    point(home, version)


def _publish(home: Path, folder: Path, version: str) -> None:
    """Make a draft a version and the one in use; where that fails, nothing is left."""
    sync_folder(folder)
    final = folder.rename(folder.with_name(version))
    try:
        sync_folder(final.parent)
        point(home, version)
    except BaseException:
        if not _in_use(home, version):
            remove(final)
        raise


def point(home: Path, version: str) -> None:
    """Let CURRENT name a version, durably and in one step."""
    replace_durably(home / CURRENT, version.encode() + b"\n")


def withdraw(home: Path) -> None:
    """Let there be no CURRENT, as before the first version."""
    (home / CURRENT).unlink(missing_ok=True)
    sync_folder(home)


def _in_use(home: Path, version: str) -> bool:
    try:
        return current_version(home) == version
    except (IndexMissingError, IndexDamagedError):
        return False


def _move(folder: Path, name: str) -> None:
    folder.rename(folder.with_name(name))
    sync_folder(folder.parent)


def clear_unfinished(home: Path) -> None:
    """Remove what was left behind by a process that was killed; only called under the lock."""
    for prefix in (DRAFT, GONE):
        for left in (home / VERSIONS).glob(f"{prefix}*"):
            remove(left)
    for name in (CURRENT, REJECTED):
        for left in home.glob(f".{name}-*"):
            left.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Remove a folder; one that cannot be is left."""
    with suppress(OSError):
        remove_folder(folder)
