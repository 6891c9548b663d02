"""The folders of a mirror: filled aside and put in their place, and looked at.

Nothing here waits for the disk: what a power cut tears is fetched again.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from summitqa.errors import IndexDamagedError
from summitqa.files import DRAFT, GONE, MANIFEST, broken_files, manifest_of, remove_folder
from summitqa.library import CURRENT

State = tuple[tuple[str, int, int, int], ...]
"""What shows that files were touched, as the system has it."""
_FETCHING = ".fetching-"


def state(folder: Path) -> State | None:
    """Tell how the files of a folder are; None where there is none."""
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
    except OSError:
        return None
    return tuple((name, one.st_size, one.st_mtime_ns, one.st_ino) for name, one in found)


def is_whole(place: Path, raw: bytes) -> bool:
    """Tell whether a version's folder is what this manifest says; every file is read."""
    try:
        return has(place, raw) and not broken_files(place, manifest_of(raw, place))
    except (OSError, IndexDamagedError):
        return False


def has(place: Path, raw: bytes) -> bool:
    """Tell whether a folder is of the version of this manifest, whatever else is in it."""
    try:
        return (place / MANIFEST).read_bytes() == raw
    except OSError:
        return False


def has_files(place: Path) -> bool:
    """Tell whether there is a folder that has more of a version than its manifest."""
    return place.is_dir() and any(one.name != MANIFEST for one in place.iterdir())


def take_draft(place: Path, raw: bytes) -> None:
    """Move a draft here to its place, where it is of the version of this manifest.

    Whoever wrote it, in this process or another, has published it, and was to do so next.
    """
    draft = place.with_name(f"{DRAFT}{place.name}")
    if not place.exists() and has(draft, raw):
        draft.rename(place)


def sweep(folder: Path) -> None:
    """Remove what was being removed, or fetched, when somebody was killed."""
    for begin in (GONE, _FETCHING):
        for left in folder.glob(f"{begin}*"):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """Give a new folder that takes its place at the end, unless what fills it fails."""
    sweep(place.parent)
    aside = place.with_name(f"{_FETCHING}{place.name.lstrip('.')}")
    aside.mkdir()
    try:
        yield aside
        if place.exists():
            remove_folder(place)
        aside.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def point(folder: Path, version: str | None) -> None:
    """Let CURRENT name a version, or none."""
    current = folder / CURRENT
    if points(folder, version):
        return
    if version is None:
        current.unlink()
        return
    aside = current.with_name(f".{CURRENT}-{os.getpid()}")
    aside.write_bytes(_line(version))
    aside.replace(current)


def points(folder: Path, version: str | None) -> bool:
    """Tell whether CURRENT names a version, or there is none where that is None."""
    try:
        found = (folder / CURRENT).read_bytes()
    except FileNotFoundError:
        return version is None
    return version is not None and found == _line(version)


def _line(version: str) -> bytes:
    return version.encode() + b"\n"
