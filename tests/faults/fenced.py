"""The primary is killed at random moments of a reindex, and a replica of it promoted.

What was published is there, whole, or the version before; both replicas answer all the while, and
the next reindex goes through.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from summitqa.errors import DatabaseUnavailableError
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE, Settings
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from tests import sharing
from tests.cluster import Cluster, replicated
from tests.fakes import FakeEncoder, library, write
from tests.faults.common import QUESTION, Tally, require, shelf

_TEXT = "The door of the house is red. It was painted for the {}th time."
# So many notes make a reindex take about a second.
_NOTES = 300


def run(folder: Path, quick: bool) -> Tally:
    tally, rolls, reads, cut = Tally(), random.Random(15), Reads(), 0
    with replicated() as cluster:
        url = cluster.url(cluster.fresh())
        with (
            sharing.replica(folder / "one", url) as one,
            sharing.replica(folder / "other", url) as other,
        ):
            usual = _publish(one, folder, 0)
            other.bring(HOUSE)
            with reads.of(other):
                for number in range(1, (2 if quick else 30) + 1):

                    def kill() -> None:
                        nonlocal cut
                        after = rolls.uniform(0, usual)
                        cut += _kill(cluster, (one, other), folder, after)

                    tally.attempt(f"kill {number}", kill)
                    cluster.heal()
    tally.lost += reads.failed
    tally.note = f"{cut} reindexes were cut short; {reads.count} answers meanwhile, {len(reads.failed)} of them failed"
    return tally


class Reads:
    """Asks a replica without end, in a thread."""

    def __init__(self) -> None:
        self.count, self.failed = 0, list[str]()
        self._over = threading.Event()

    @contextmanager
    def of(self, mirror: Mirror) -> Iterator[None]:
        thread = threading.Thread(target=self._ask, args=(mirror.folder(HOUSE),))
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _ask(self, home: Path) -> None:
        asked = library(home)
        while not self._over.wait(0.02):
            self.count += 1
            try:
                asked.refresh()
                require("red" in asked.ask(QUESTION).matches[0].citation.quote, "no such quote")
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody was answered
                self.failed.append(f"a read: {type(error).__name__}: {error}")


def _publish(mirror: Mirror, folder: Path, number: int) -> float:
    """Reindex with another text; give the seconds it took."""
    sources = shelf(folder / "sources", _TEXT.format(number))
    write(sources, {f"other{n}.md": f"# {n}\n\nNote {n} of {number}." for n in range(_NOTES)})
    settings = Settings(home=mirror.folder(HOUSE), sources=(str(sources),), keep_versions=2)
    began = time.monotonic()
    build(Job(SharedPublisher(mirror, HOUSE), settings, FakeEncoder(), force=True))
    return time.monotonic() - began


def _kill(cluster: Cluster, mirrors: tuple[Mirror, Mirror], folder: Path, after: float) -> bool:
    """Kill the primary in the midst of a reindex; tell whether that was interrupted."""
    one, _ = mirrors
    before = SharedPublisher(one, HOUSE).used()
    killing = threading.Timer(after, cluster.fail_over)
    killing.start()
    interrupted = True
    with suppress(DatabaseUnavailableError):
        _publish(one, folder, random.randrange(1000))
        interrupted = False
    killing.join()
    used = SharedPublisher(one, HOUSE).used()
    known = SharedPublisher(one, HOUSE).ids()
    require(before in known, "the version before is gone")
    for mirror in mirrors:
        mirror.bring(HOUSE)
        publisher = SharedPublisher(mirror, HOUSE)
        require(publisher.used() == used, "two replicas have two versions")
        require(not publisher.verify(used), "the version in use is damaged")
        require(library(mirror.folder(HOUSE)).store.version == used, "an older version is open")
    _publish(one, folder, random.randrange(1000))
    return interrupted
