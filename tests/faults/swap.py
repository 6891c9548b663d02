"""Questions from 32 threads while another process reindexes: none fails, and each quote is exact."""

import gc
import resource
import threading
import time
from pathlib import Path

from summitqa.folder.store import Store
from summitqa.library import VERSIONS, Library
from tests.fakes import index, library
from tests.faults.common import Tally, child, ended, require, shelf

_THREADS = 32
_ASKED = (
    "Which colour is the door of the house?", "What number is the note?", "Who painted the door?",
    "When was the house painted?",
)  # fmt: skip


def sources(folder: Path, number: int) -> Path:
    """Write the shelf of a reindex: every passage is another each time."""
    text = "\n\n".join(
        f"The door of house {house} has colour {number}. Painter {number * house} did it."
        for house in range(40)
    )
    return shelf(folder, text)


def rebuild(home: Path, folder: Path, times: int, done: Path) -> None:
    """Be the other process."""
    for number in range(1, times + 1):
        index(home, sources(folder, number), keep_versions=100)
        time.sleep(0.1)
    done.touch()


def resident() -> int:
    """Give the megabytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 2**20


class Askers:
    """Many threads that ask without end, and what came of it."""

    def __init__(self, found: Library, least: int) -> None:
        self._library = found
        self._least = least
        self._lock = threading.Lock()
        self.answers: list[tuple[str, str, str, int, int]] = []
        self.errors: list[str] = []
        self.slowest = 0.0
        self.over = False

    def ask(self, number: int) -> None:
        asked = 0
        while not self.over or len(self.answers) < self._least:
            asked += 1
            began = time.monotonic()
            try:
                answer = self._library.ask(f"{_ASKED[asked % 4]} {number} {asked}", top=2)
            except Exception as error:  # noqa: BLE001 - whatever it is, a question failed
                self.errors.append(repr(error))
                return
            self.slowest = max(self.slowest, time.monotonic() - began)
            with self._lock:
                for match in answer.matches:
                    quote, where = match.citation.quote, match.citation.sentence
                    slug = match.citation.article.slug
                    self.answers.append((answer.index_version, slug, quote, where.start, where.end))
            time.sleep(0.02)


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    home, times = folder / "home", 4 if quick else 20
    index(home, sources(folder / "shelf", 0), keep_versions=100)
    builder = child(lambda: rebuild(home, folder / "shelf", times, folder / "done"))
    found = library(home)
    askers = Askers(found, 200 if quick else 1000)
    threads = [threading.Thread(target=askers.ask, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    swaps, held = 0, []
    while not (folder / "done").exists():
        swaps += found.refresh()
        held.append(resident())
        time.sleep(0.05)
    swaps += found.refresh()
    askers.over = True
    for thread in threads:
        thread.join()
    tally.attempt("the other process", lambda: require(ended(builder) == 0, "a reindex failed"))
    for error in askers.errors:
        tally.tried += 1
        tally.lost.append(f"a question failed: {error}")
    stores = {path.name: Store.open(path) for path in (home / VERSIONS).iterdir()}
    for answer in askers.answers:

        def exact(answer: tuple[str, str, str, int, int] = answer) -> None:
            version, slug, quote, start, end = answer
            store = stores[version]
            text = store.article(slug).text
            require(quote and text[start:end] == quote, f"{quote!r} is not in {version}")

        tally.attempt("a quote", exact)
    named = len({answer[0] for answer in askers.answers})
    tally.attempt("the swaps", lambda: require(swaps >= times // 2, f"only {swaps} swaps"))
    gc.collect()
    third = len(held) // 3
    grown = max(held[-third:]) - max(held[third : 2 * third]) if third else 0
    tally.attempt("memory", lambda: require(grown < 30, f"memory grew by {grown} MB"))
    tally.note = (
        f"{times} reindexes, {swaps} swaps, {named} versions quoted from; "
        f"slowest answer {askers.slowest * 1000:.0f} ms; memory grew by {grown} MB"
    )
    return tally
