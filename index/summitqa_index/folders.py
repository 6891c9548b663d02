"""Where versions lie: a folder each, and beside them what is no version.

Names that begin with a dot are no versions: one being built, one being removed, and at most
one that was kept aside.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from summitqa.errors import IndexDamagedError, IndexMissingError, InputError
from summitqa.files import sync_folder
from summitqa.library import CURRENT, VERSIONS, current_version
from summitqa_index.rejected import REJECTED

BUILDING, ASIDE, _GONE = ".building-", ".aside-", ".gone-"


def folders(home: Path) -> list[Path]:
    """Give the versions' folders, newest first."""
    folder = home / VERSIONS
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.name, reverse=True)


def folder_of(home: Path, version: str) -> Path:
    """Find a version's folder by its id, the one kept aside, too; InputError where it is none."""
    aside = kept_aside(home)
    for folder in [*folders(home), *([aside] if aside else [])]:
        if folder.name.removeprefix(ASIDE) == version:
            return folder
    raise InputError(f"There is no version {version!r}; `summitqa versions` lists them.")


def in_use(home: Path, version: str) -> bool:
    """Tell whether CURRENT names this version."""
    try:
        return current_version(home) == version
    except (IndexMissingError, IndexDamagedError):
        return False


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
        remove(folder)


def take_from_aside(home: Path, version: str) -> None:
    """Make what was kept aside a version, not yet in use; nothing where it is one already."""
    folder = folder_of(home, version)
    if folder.name != version:
        folder.rename(home / VERSIONS / version)
        sync_folder(home / VERSIONS)


def clear_unfinished(home: Path) -> None:
    """Remove what was left behind by a process that was killed; only called under the lock."""
    for prefix in (BUILDING, _GONE):
        for left in (home / VERSIONS).glob(f"{prefix}*"):
            remove(left)
    for name in (CURRENT, REJECTED):
        for left in home.glob(f".{name}-*"):
            left.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Remove a folder; it is no version from the first moment on, whatever stops us."""
    gone = folder.with_name(f"{_GONE}{folder.name.lstrip('.')}")
    with suppress(OSError):
        folder.rename(gone)
        if gone.is_symlink():
            gone.unlink()
    shutil.rmtree(gone, ignore_errors=True)
