"""What the faults share: the tally, children that may be killed, and the shelf they work on."""

import os
import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from summitqa.errors import IndexMissingError
from summitqa.library import VERSIONS
from summitqa_index import versions
from tests.fakes import index, library, publisher, write

OLD = "The door of the old house is red. It was painted in spring."
NEW = "The door of the new house is blue. It was painted in autumn."
QUESTION = "Which colour is the door of the house?"


@dataclass
class Tally:
    """How much was tried, what was lost, and what else is worth a figure."""

    tried: int = 0
    lost: list[str] = field(default_factory=list)
    note: str = ""

    def attempt(self, what: str, survive: Callable[[], None]) -> None:
        """Try one thing, which is lost where it raises."""
        self.tried += 1
        try:
            survive()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a loss
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            self.lost.append(f"{what}: {type(error).__name__} at {where}: {str(error)[:300]}")

    def line(self, name: str, seconds: float) -> str:
        survived = self.tried - len(self.lost)
        counts = f"tried {self.tried:>6,}  survived {survived:>6,}  lost {len(self.lost):,}"
        return f"{name:<11} {counts}  ({self.note + '; ' if self.note else ''}{seconds:.1f} s)"


def require(holds: object, what: str) -> None:
    """Assert, whatever flags Python was started with."""
    if not holds:
        raise AssertionError(what)


def peak() -> int:
    """Give the most memory this process held, in MB (VmHWM, proc_pid_status(5)).

    Unlike ``ru_maxrss``, it does not begin with what the process that started this one held.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def shelf(folder: Path, text: str) -> Path:
    """Put a small shelf of sources into a folder: one article of this text, and others."""
    others = {f"note{n}.md": f"# Note {n}\n\nIt is number {n}.\n\nNothing more." for n in range(8)}
    return write(folder, {"house.txt": text, **others})


def child(work: Callable[[], None]) -> int:
    """Start a forked child that does the work; give its process id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - a child must never go on as if it were its parent
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(pid: int) -> int:
    """Wait for a child; give its exit status, a signal as a negative number."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def copied(template: Path, place: Path) -> Path:
    """Give a fresh copy of a data folder."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(template, place, symlinks=True)
    return place


def texts(home: Path) -> str | None:
    """Give the text of the article in use, its version verified file by file; None for no index."""
    try:
        broken = versions.verify(publisher(home))
        require(not broken, f"damaged: {broken}")
        found = library(home)
    except IndexMissingError:
        return None
    return found.store.article("house").text


def check_whole(home: Path, sources: Path, *allowed: str | None) -> str | None:
    """Hold a data folder to one of these texts, every listed version to being whole, and build on."""
    found = texts(home)
    require(found in allowed, f"the article in use reads {found!r}")
    for version in versions.listed(publisher(home)):
        if not version.aside:
            require(not versions.verify(publisher(home), version.id), f"{version.id} is damaged")
    index(home, sources, force=True)
    names = [path.name for path in [*home.iterdir(), *(home / VERSIONS).iterdir()]]
    require(not [name for name in names if name.startswith(".")], f"left behind: {names}")
    require(library(home).ask(QUESTION).matches, "no answer after the next reindex")
    return found
