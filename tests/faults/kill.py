"""SIGKILL at every step that touches the disk, and at random moments: old or new, whole, every time."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.fakes import index
from tests.faults.common import NEW, OLD, Tally, check_whole, child, copied, ended, require, shelf

_STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}


def watch(at: Callable[[str], None], home: Path) -> None:
    """Call ``at`` before every step on the disk below a folder; for the rest of this process."""
    inside = str(home)

    def hook(event: str, args: tuple[object, ...]) -> None:
        path = args[0] if args else ""
        where = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        flags = args[2] if event == "open" and len(args) > 2 else 0
        written = isinstance(flags, int) and flags & os.O_CREAT
        # A tree is removed by names alone, within a folder that is open.
        inner = event in {"os.remove", "os.rmdir"} and not where.startswith("/")
        if inner or ((event in _STEPS or written) and where.startswith(inside)):
            at(f"{event} {where.removeprefix(inside)}")

    real = os.fsync

    def fsync(descriptor: int) -> None:
        at(f"os.fsync {str(Path(f'/proc/self/fd/{descriptor}').readlink()).removeprefix(inside)}")
        real(descriptor)

    sys.addaudithook(hook)
    os.fsync = fsync


def steps_of(home: Path, sources: Path) -> int:
    """Count the steps of a reindex, in a child that does it."""
    read, write = os.pipe()

    def work() -> None:
        steps: list[str] = []
        watch(steps.append, home)
        index(home, sources, keep_versions=1)
        os.write(write, str(len(steps)).encode())

    require(ended(child(work)) == 0, "the reindex that counts its steps failed")
    os.close(write)
    count = int(os.read(read, 20))
    os.close(read)
    return count


def kill_at(home: Path, sources: Path, step: int) -> None:
    """Reindex in a child that kills itself right before a step."""

    def work() -> None:
        left = step

        def at(_: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        watch(at, home)
        index(home, sources, keep_versions=1)

    require(ended(child(work)) == -signal.SIGKILL, f"step {step} did not come")


def kill_after(home: Path, sources: Path, seconds: float) -> bool:
    """Reindex in a child and kill it after a while; tell whether it was still at work."""
    pid = child(lambda: index(home, sources, keep_versions=2) and None)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return ended(pid) == -signal.SIGKILL


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    template, sources = folder / "template", folder / "shelf"
    index(template, shelf(sources, OLD))
    shelf(sources, NEW)
    steps = 0
    for name, start, before in (("a rebuild", template, OLD), ("a first build", None, None)):

        def fresh(start: Path | None = start) -> Path:
            home = folder / "home"
            return copied(start, home) if start else copied(sources, home / "x").parent

        count = steps_of(fresh(), sources)
        steps += count
        for step in range(0, count, 5 if quick else 1):

            def at_step(step: int = step, before: str | None = before) -> None:
                home = fresh()
                kill_at(home, sources, step)
                check_whole(home, sources, before, NEW)

            tally.attempt(f"{name}, step {step}", at_step)
    began = time.monotonic()
    require(
        ended(child(lambda: index(copied(template, folder / "home"), sources) and None)) == 0, "?"
    )
    usual = time.monotonic() - began
    rolls, midway, new = random.Random(13), 0, 0
    for moment in range(25 if quick else 500):

        def at_random() -> None:
            nonlocal midway, new
            home = copied(template, folder / "home")
            midway += kill_after(home, sources, rolls.uniform(0, 1.1 * usual))
            new += check_whole(home, sources, OLD, NEW) == NEW

        tally.attempt(f"random moment {moment}", at_random)
    tally.note = (
        f"{steps} steps; of the random moments {midway} were midway, {new} left the new one"
    )
    return tally
