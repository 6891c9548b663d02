"""A full disk: at every write, injected; and really, on small file systems where one can be mounted."""

import errno
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from summitqa.errors import DiskFullError
from summitqa.files import Sink
from tests.fakes import index
from tests.faults.common import (
    NEW,
    OLD,
    QUESTION,
    Tally,
    check_whole,
    copied,
    library,
    require,
    shelf,
    texts,
)  # fmt: skip

_CALLS = (
    (Sink, "write"),
    (Sink, "finish"),
    (os, "fsync"),
    (os, "mkdir"),
    (os, "rename"),
    (os, "replace"),
)


@contextmanager
def full_after(steps: int) -> Iterator[list[str]]:
    """Let the disk be full after so many steps that write; give those that were refused."""
    refused: list[str] = []
    left = steps

    def wrapped(owner: object, name: str) -> object:
        real = getattr(owner, name)

        def call(*given: object, **options: object) -> object:
            nonlocal left
            left -= 1
            # What is removed makes room again, as does what was moved away to be removed.
            if left < 0 and not (name == "rename" and ".gone-" in str(given[1])):
                refused.append(name)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*given, **options)

        return call

    patches = [mock.patch.object(owner, name, wrapped(owner, name)) for owner, name in _CALLS]
    for patch in patches:
        patch.start()
    try:
        yield refused
    finally:
        for patch in patches:
            patch.stop()


def told(home: Path, sources: Path) -> None:
    """Reindex with too little space: the sentence says the need, and the old one serves on."""
    try:
        index(home, sources)
    except DiskFullError as error:
        need = r"needs about [\d,.]+ MB of disk space in .*, but [\d,.]+ MB is free"
        require(re.search(need, str(error)), f"the sentence says no need: {error}")
    else:
        raise AssertionError("the reindex did not notice")
    require(texts(home) in {OLD, NEW}, "the index in use is harmed")
    require(library(home).ask(QUESTION).matches, "no answer while the disk is full")


def mounted(place: Path, kilobytes: int) -> bool:
    """Mount a small file system, where that is allowed."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    template, sources = folder / "template", folder / "shelf"
    index(template, shelf(sources, OLD))
    shelf(sources, NEW)
    steps = 0
    while True:
        home = copied(template, folder / "home")
        with full_after(steps) as refused:

            def survive(home: Path = home) -> None:
                try:
                    told(home, sources)
                except AssertionError:
                    if refused:
                        raise

            tally.attempt(f"full after step {steps}", survive)
        if not refused:
            break
        tally.attempt(
            f"freed after step {steps}",
            lambda home=home: check_whole(home, sources, OLD, NEW) and None,
        )
        steps += 4 if quick else 1
    real = 0
    for kilobytes in range(40, 1100, 400) if quick else range(20, 1500, 20):
        place = folder / "mount"
        if not mounted(place, kilobytes):
            break
        try:
            real += _on_a_small_disk(tally, place, sources, kilobytes)
        finally:
            subprocess.run(["umount", str(place)], check=True)
    tally.note = f"injected at {steps} steps; {real} really full file systems"
    return tally


def _on_a_small_disk(tally: Tally, place: Path, sources: Path, kilobytes: int) -> int:
    """Build, then let the estimate be wrong, so that the disk really fills in the middle."""
    met = 0

    def survive() -> None:
        nonlocal met
        with (
            mock.patch("summitqa_index.folder.space._LEAST", 0),
            mock.patch("summitqa_index.folder.space._PER_BYTE", 0),
        ):
            try:
                shelf(sources, OLD)
                index(place / "home", sources)
                shelf(sources, NEW)
                with mock.patch("summitqa_index.folder.space._ratio", lambda _: 0):
                    for _ in range(8):
                        index(place / "home", sources, force=True, keep_versions=9)
            except DiskFullError as error:
                met = 1
                require("MB" in str(error), str(error))
        found = texts(place / "home") if (place / "home").exists() else None
        require(found in {None, OLD, NEW}, "the index in use is harmed")

    tally.attempt(f"a file system of {kilobytes} kB", survive)
    return met
