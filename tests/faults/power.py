"""Power loss: at every moment of a reindex, what the disk is sure to have is the old or the new.

A recording layer notes what ``fsync`` has been called on. A file that was not is empty after
a loss; a folder may have its entries of now or of its last ``fsync``, each folder for itself.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from summitqa.library import VERSIONS
from tests.fakes import index
from tests.faults.common import NEW, OLD, Tally, copied, require, shelf, texts


class Disk:
    """What of a folder is sure to survive."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.contents: dict[int, bytes] = {}
        self.entries: dict[int, dict[str, int]] = {}
        for path in [home, *home.rglob("*")]:
            self.synced(path)

    def synced(self, path: Path) -> None:
        number = path.stat().st_ino
        if path.is_dir():
            self.entries[number] = _names(path)
        else:
            self.contents[number] = path.read_bytes()

    def folders(self) -> list[Path]:
        return [self.home, *(path for path in self.home.rglob("*") if path.is_dir())]

    def after_loss(self, place: Path, stale: set[int]) -> None:
        """Write the folder as a loss would leave it, these folders with their entries of before."""
        now: dict[int, Path] = {}
        for folder in self.folders():
            now.update({number: folder / name for name, number in _names(folder).items()})
        kinds = {number: path.is_dir() for number, path in now.items()}
        here = {path.stat().st_ino: _names(path) for path in self.folders()}

        def write(number: int, path: Path) -> None:
            if number in self.entries or kinds.get(number):
                path.mkdir(parents=True)
                known = self.entries.get(number, {}) if number in stale else here.get(number)
                for name, inner in (known if known is not None else self.entries[number]).items():
                    write(inner, path / name)
            else:
                path.write_bytes(self.contents.get(number, b""))

        shutil.rmtree(place, ignore_errors=True)
        write(self.home.stat().st_ino, place)


@contextmanager
def recorded(disk: Disk, moment: Callable[[str], None]) -> Iterator[None]:
    """Note every fsync, and call ``moment`` before and after each step."""
    kept = {name: getattr(os, name) for name in ("fsync", "rename", "replace", "mkdir")}
    looking = False

    def look(what: str) -> None:
        nonlocal looking
        looking = True
        moment(what)
        looking = False

    def wrapped(name: str) -> Callable[..., None]:
        def step(*given: object, **options: object) -> None:
            if looking:  # what a moment does itself is no step
                kept[name](*given, **options)
                return
            look(f"before {name}")
            kept[name](*given, **options)
            if name == "fsync":
                disk.synced(Path(f"/proc/self/fd/{given[0]}").readlink())
            look(f"after {name}")

        return step

    for name in kept:
        setattr(os, name, wrapped(name))
    try:
        yield
    finally:
        for name, real in kept.items():
            setattr(os, name, real)


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    template, sources = folder / "template", folder / "shelf"
    index(template, shelf(sources, OLD))
    shelf(sources, NEW)
    empty = folder / "empty"
    empty.mkdir()
    moments = 0
    for name, start, before in (("a rebuild", template, OLD), ("a first build", empty, None)):
        disk = Disk(copied(start, folder / "home"))
        seen: set[str | None] = set()

        def lose(
            what: str, name: str = name, disk: Disk = disk, before: str | None = before, seen=seen
        ) -> None:
            nonlocal moments
            moments += 1
            if quick and moments % 4:
                return
            changed = {path.stat().st_ino for path in disk.folders() if path.name != "models"}
            changed = {number for number in changed if _changed(disk, number)}
            for size in range(len(changed) + 1):
                for stale in itertools.combinations(sorted(changed), size):

                    def survive(stale: tuple[int, ...] = stale) -> None:
                        disk.after_loss(folder / "lost", set(stale))
                        found = texts(folder / "lost")
                        require(found in {before, NEW}, f"the article in use reads {found!r}")
                        seen.add(found)

                    tally.attempt(f"{name}, {what}", survive)

        with recorded(disk, lose):
            index(disk.home, sources, keep_versions=1)
        disk.after_loss(folder / "lost", {path.stat().st_ino for path in disk.folders()})
        tally.attempt(
            f"{name}, when done", lambda: require(texts(folder / "lost") == NEW, "not kept")
        )
        if not quick:
            require(seen == {before, NEW}, f"only {seen} was met")
        require((disk.home / VERSIONS).is_dir(), "no versions")
    tally.note = f"{moments} moments, each with every mix of folders that had not been synced"
    return tally


def _names(folder: Path) -> dict[str, int]:
    """Give the inode of each name in a folder."""
    found = {}
    for one in folder.iterdir():
        with suppress(FileNotFoundError):  # a thread has just given a reading its last name
            found[one.name] = one.stat().st_ino
    return found


def _changed(disk: Disk, number: int) -> bool:
    """Tell whether a folder has other entries than at its last fsync."""
    for path in disk.folders():
        if path.stat().st_ino == number:
            return _names(path) != disk.entries.get(number, {})
    return False
