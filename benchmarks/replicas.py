"""What replicas add, and what sharing a database costs: ``python -m benchmarks.replicas``.

Each run starts so many replicas as processes, with the packaged models, on one PostgreSQL that a
standby confirms each commit of, and asks them over HTTP as Slack does, a stand-in of which they
answer to. Every question is another, and goes to the next replica, as behind a balancer; a few are
in flight at a time. The least that a process of the bot takes is told beside what its database
takes, since on a machine with fewer cores than processes only CPU can be compared.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from benchmarks.corpus import DATA, REPORTED, Corpus, read
from benchmarks.machine import described
from benchmarks.place import scratch
from tests.cluster import Cluster, replicated
from tests.fleet import Fleet, Replica, fleet

_COUNTS, _QUESTIONS, _IN_FLIGHT, _WARMING = (1, 2, 4), 600, 8, 40
_WITHIN, _SETTLED_SECONDS, _RESTING_SECONDS = 60.0, 1.0, 20.0
_TITLES = (
    "replicas",
    "questions a second",
    "wait, ms: median, p95",
    "CPU ms a question of the bots",
    "of PostgreSQL and its standby",
    "its transactions that write, KB that stay",
    "CPU ms a second at rest: a replica, PostgreSQL",
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What has gone until a moment, or since one.

    ``clock``, and of CPU ``bots`` and ``database``: seconds; ``writes``: transactions that wrote;
    ``bytes``: what the database takes.
    """

    clock: float
    bots: float
    database: float
    writes: float
    bytes: float

    def __sub__(self, other: Self) -> Self:
        both = zip(self._all, other._all, strict=True)
        return type(self)(*(mine - theirs for mine, theirs in both))

    def __mul__(self, times: float) -> Self:
        return type(self)(*(one * times for one in self._all))

    @property
    def _all(self) -> tuple[float, ...]:
        return (self.clock, self.bots, self.database, self.writes, self.bytes)


@dataclass(frozen=True, slots=True)
class Run:
    """What so many replicas did: ``waits`` in seconds for each question, all within ``asked``.

    ``resting``: what they spend while nobody asks, each second.
    """

    replicas: int
    waits: Sequence[float]
    asked: Spent
    resting: Spent

    def __str__(self) -> str:
        count, idle = len(self.waits), self.resting
        each = (self.asked - idle * self.asked.clock) * (1 / count)
        p50, p95 = np.percentile(self.waits, [50, 95]) * 1000
        cells = (
            self.replicas,
            f"{count / self.asked.clock:.1f}",
            f"{p50:.0f}, {p95:.0f}",
            f"{1000 * each.bots:.1f}",
            f"{1000 * each.database:.2f}",
            f"{each.writes:.1f}, {each.bytes / 1000:.1f}",
            f"{1000 * idle.bots / self.replicas:.1f}, {1000 * idle.database:.1f}",
        )
        return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replicas", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--questions", type=int, default=_QUESTIONS, help="asked in each run")
    parser.add_argument("--replicas", type=int, nargs="+", default=_COUNTS, help="of each run")
    options = parser.parse_args()
    corpus = read(options.data / REPORTED)
    each = options.questions + _WARMING
    questions = [one.text for one in corpus.questions]
    # Never the same again: what was asked before is remembered.
    parts = [questions[at : at + each] for at in range(0, each * len(options.replicas), each)]
    print(described())
    print(f"| {' | '.join(_TITLES)} |\n|{'---|' * len(_TITLES)}", flush=True)
    with scratch() as folder, replicated(1) as cluster:
        shelf = _written(corpus, folder / "shelf")
        asyncio.run(
            _measured(folder, shelf, cluster, zip(sorted(options.replicas), parts, strict=True))
        )


def _written(corpus: Corpus, shelf: Path) -> Path:
    shelf.mkdir()
    for article in corpus.articles:
        (shelf / f"{article.slug}.txt").write_text(article.text, "utf-8")
    return shelf


async def _measured(
    folder: Path, shelf: Path, cluster: Cluster, runs: Iterable[tuple[int, Sequence[str]]]
) -> None:
    """Start ever more on one database, and print what so many do."""
    given = {"MODELS": "packaged", "SUMMITQA_SOURCES": str(shelf)}
    async with fleet(folder, cluster, **given) as started:
        for count, questions in runs:
            await started.start(count - len(started.replicas))
            print(await _run(started, cluster, questions), flush=True)


async def _run(started: Fleet, cluster: Cluster, questions: Sequence[str]) -> Run:
    await _asked(started, questions[:_WARMING])
    await started.settled(_SETTLED_SECONDS)
    before = _spent(started, cluster)
    await asyncio.sleep(_RESTING_SECONDS)
    between = _spent(started, cluster)
    waits = await _asked(started, questions[_WARMING:])
    asked = _spent(started, cluster) - between
    rested = between - before
    return Run(len(started.replicas), waits, asked, rested * (1 / rested.clock))


def _spent(started: Fleet, cluster: Cluster) -> Spent:
    # Each transaction that writes has a number; those of other databases would count, too.
    query = (
        "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, "
        f"pg_database_size('{started.database}')"
    )
    ((writes, size),) = cluster.primary.run(query)
    bots, servers = (
        _cpu({one.pid for one in group}) for group in (started.replicas, cluster.nodes)
    )
    return Spent(time.perf_counter(), bots, servers, writes, size)


async def _asked(started: Fleet, questions: Sequence[str]) -> list[float]:
    """Ask all, a few at a time; give how long each waited for its answer."""
    left = iter(enumerate(questions))
    waits: list[float] = []

    async def asker() -> None:
        for number, question in left:
            replica = started.replicas[number % len(started.replicas)]
            waits.append(await _wait(started, replica, question))

    await asyncio.gather(*(asker() for _ in range(_IN_FLIGHT)))
    return waits


async def _wait(started: Fleet, replica: Replica, question: str) -> float:
    began = time.perf_counter()
    thread = await started.ask(replica, question)
    await started.answered([thread], _WITHIN)
    return time.perf_counter() - began


def _cpu(processes: Set[int]) -> float:
    """Give the seconds of CPU of processes and their children, those that have ended, too."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # From the third field on (proc_pid_stat(5)): the name before may hold anything.
            fields = path.read_text().rpartition(")")[2].split()
            if int(path.parent.name) in processes:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) in processes:
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
