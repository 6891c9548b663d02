"""The engines beside one another: ``python -m benchmarks.engines PART``, a line a figure.

``same``: whether the first passage is the same, folder and PostgreSQL, of 500 questions over a
whole corpus; ``million``: what a question to a million sentences takes in PostgreSQL, and how many
of the nearest are found; ``shelves``: a question to one of a thousand shelves of one database;
``folder``: what a question to 500,000 passages in a folder takes, and a replica's private memory.

Times are of the processors, not by the clock: of this process, and of the server's that serves it.
What encodes a question and reads the best sentences is left out, being the same for all.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from sqlalchemy import Engine, create_engine

from benchmarks import growth
from benchmarks.corpus import DATA, REPORTED, read
from benchmarks.corpus import store_of as indexed
from benchmarks.figure import Figure
from benchmarks.place import models_here, scratch
from summitqa.evidence import CANDIDATES
from summitqa.folder.store import Store
from summitqa.postgres import rows as layout
from summitqa.postgres import scope as scopes
from summitqa.postgres.snapshot import PostgresSnapshot
from summitqa.question import Question
from summitqa.retrieval import Models, Search
from summitqa.snapshot import Snapshot
from summitqa_index.postgres import rows
from tests import postgres

_ASKED, _GROWN, _SHELVES, _SENTENCES = 500, 500_000, 1000, 99
_NEAREST = 4 * CANDIDATES
_SHELF = "benchmark"
# Private memory of a process that has answered (RssAnon, proc_pid_status(5)).
_REPLICA = """
import sys
from pathlib import Path
from benchmarks.place import models_here
from summitqa.folder.store import Store
models, store = models_here(), Store.open(Path(sys.argv[1]))
for question in sys.argv[2:]:
    models.ask(store, question, None, 3)
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(fields["RssAnon"].split()[0]) / 1024)
"""


def main() -> int:
    """Measure the part that is asked for; 1 where a figure is not what it is to be."""
    options = _options()
    with (
        nullcontext(options.keep) if options.keep else scratch() as folder,
        _engine(options, folder) as engine,
    ):
        figures = list(PARTS[options.part](options, folder, engine))
    for one in figures:
        bound = (
            "" if one.floor is None else f" (at {'most' if one.most else 'least'} {one.floor:g})"
        )
        print(f"{one.name}: {one.value:g}{bound}")
    return int(any(one.reached is False for one in figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--keep", type=Path, help="a folder to keep the indexes in")
    parser.add_argument("--database", help="a PostgreSQL that has them already, or is to")
    parser.add_argument("--passages", type=int, default=_GROWN, help="of the grown shelf")
    parser.add_argument("--asked", type=int, default=60, help="questions that are timed")
    return parser.parse_args()


@contextmanager
def _engine(options: argparse.Namespace, folder: Path) -> Iterator[Engine]:
    """Give an engine of one connection, so that one process of the server does all the work."""
    if options.database:
        yield create_engine(options.database, pool_size=1, max_overflow=0)
        return
    with postgres.serving(folder / "postgres") as fresh:
        engine = create_engine(postgres.apart(fresh()), pool_size=1, max_overflow=0)
        yield engine
        engine.dispose()


def same(options: argparse.Namespace, folder: Path, engine: Engine) -> Iterator[Figure]:
    """Ask the folder, exact rows and listed rows the same, of these a fifth of the lists."""
    models, corpus = models_here(), read(options.data / REPORTED)
    store = indexed(corpus.articles, models.encoder, folder / "whole")
    asked = [one.text for one in corpus.questions[:: len(corpus.questions) // _ASKED][:_ASKED]]
    expected = [_first(models, store, one) for one in asked]
    for name, most, least in (("exact", 50_000, _ASKED), ("approximate", 0, _ASKED - 2)):
        with mock.patch.object(rows, "SHARED_UP_TO", most):
            _load(engine, name, store)
        shelf = PostgresSnapshot.open(engine, _SHELF, name)
        with mock.patch.object(scopes, "probes", lambda count: layout.lists(count) // 5):
            found = [_first(models, shelf, one) for one in asked]
        alike = sum(one == other for one, other in zip(expected, found, strict=True))
        yield Figure(f"{name}: the same first passage, of {_ASKED}", alike, floor=least)


def million(options: argparse.Namespace, folder: Path, engine: Engine) -> Iterator[Figure]:
    """Ask a grown shelf in PostgreSQL."""
    models = models_here()
    corpus, version = read(options.data / REPORTED), f"grown {options.passages}"
    if not _has(engine, version):
        store = growth.store_of(corpus, models, options.passages, folder / "grown")
        start = time.monotonic()
        _load(engine, version, store)
        yield Figure("seconds to load, by the clock", time.monotonic() - start)
    shelf = PostgresSnapshot.open(engine, _SHELF, version)
    yield Figure("sentences", shelf.facts["sentences"])
    texts = [one.text for one in corpus.questions[:: len(corpus.questions) // options.asked]]
    asked = [Question.read(one, models.encoder) for one in texts[: options.asked]]
    yield Figure("recall of the exact 256", _recall(shelf, asked), floor=0.97)
    yield from _spent(shelf, asked, server=15, bot=8)


def shelves(options: argparse.Namespace, folder: Path, engine: Engine) -> Iterator[Figure]:
    """Ask one of many small shelves."""
    models, corpus = models_here(), read(options.data / REPORTED)
    small = growth.store_of(corpus, models, _SENTENCES // 2 + 1, folder / "small")
    for number in range(_SHELVES):
        if not _has(engine, f"small {number}"):
            _load(engine, f"small {number}", small)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    opened = PostgresSnapshot.open(engine, _SHELF, f"small {_SHELVES // 2}")
    yield Figure("shelves, of so many sentences each", opened.facts["sentences"])
    texts = [one.text for one in corpus.questions[:: len(corpus.questions) // options.asked]]
    asked = [Question.read(one, models.encoder) for one in texts[: options.asked]]
    yield from _spent(opened, asked, candidates=1)


def in_folder(options: argparse.Namespace, folder: Path, _: Engine) -> Iterator[Figure]:
    """Ask a grown shelf in a folder."""
    models, corpus = models_here(), read(options.data / REPORTED)
    store = growth.store_of(corpus, models, options.passages, folder / "grown")
    texts = [one.text for one in corpus.questions[:: len(corpus.questions) // options.asked]]
    asked = [Question.read(one, models.encoder) for one in texts[: options.asked]]
    _each(asked, lambda one: _judge(store, one))
    bot = _each(asked, lambda one: _judge(store, one))
    yield Figure("CPU ms a question, median", bot, floor=8, most=True)
    command = [sys.executable, "-c", _REPLICA, str(folder / "grown"), *texts[: options.asked]]
    held = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    yield Figure("private MB of what answers, models included", float(held), floor=300, most=True)


PARTS: dict[str, Callable[[argparse.Namespace, Path, Engine], Iterator[Figure]]] = {
    "same": same,
    "million": million,
    "shelves": shelves,
    "folder": in_folder,
}


def _load(engine: Engine, version: str, store: Store) -> None:
    with engine.connect() as connection, connection.begin():
        driver: Any = connection.connection.driver_connection
        rows.load(driver, _SHELF, version, store)


def _has(engine: Engine, version: str) -> bool:
    with engine.connect() as connection:
        if connection.exec_driver_sql("SELECT to_regclass('rows_version')").scalar() is None:
            return False
        query = "SELECT count(*) FROM rows_version WHERE version = %s"
        return bool(connection.exec_driver_sql(query, (version,)).scalar())


def _first(models: Models, shelf: Snapshot, question: str) -> Any:
    """Give the passage that comes first."""
    (match,) = models.ask(shelf, question, None, 1).matches
    return match.citation.article.slug, match.citation.passage.number


def _recall(shelf: PostgresSnapshot, asked: Sequence[Question]) -> float:
    """Give the share of the nearest sentences, compared one by one, that the lists give."""
    shares = []
    compared = replace(shelf, held=replace(shelf.held, own=False))
    for one in asked:
        listed, exact = (
            each.scope(None).search((), one.sentence, _NEAREST) for each in (shelf, compared)
        )
        shares.append(len(np.intersect1d(listed.sentences, exact.sentences)) / _NEAREST)
    return float(np.mean(shares))


def _spent(
    shelf: PostgresSnapshot,
    asked: Sequence[Question],
    *,
    server: float | None = None,
    bot: float | None = None,
    candidates: float | None = None,
) -> Iterator[Figure]:
    """Time the search for candidates, and whole questions, on the server and here."""
    backend = _backend(shelf)

    def near(one: Question) -> None:
        shelf.scope(None).search(one.stems, one.sentence, _NEAREST)

    for _ in range(2):  # the first time pages are read, and queries planned
        _each(asked, near)
    first = _cpu(backend)
    _each(asked, near)
    spent = (_cpu(backend) - first) / len(asked)
    yield Figure("server, CPU ms for candidates", spent, floor=candidates, most=True)
    _each(asked, lambda one: _judge(shelf, one))
    first = _cpu(backend)
    here = _each(asked, lambda one: _judge(shelf, one))
    spent = (_cpu(backend) - first) / len(asked)
    yield Figure("server, CPU ms a question", spent, floor=server, most=True)
    yield Figure("bot, CPU ms a question, median", here, floor=bot, most=True)


def _judge(shelf: Snapshot, question: Question) -> None:
    """Do all that a question takes but encode and read it, and cite what comes first."""
    search = Search(shelf, question, None, None)
    search.cite(int(search.judged.order[0]))


def _each(asked: Sequence[Question], do: Callable[[Question], None]) -> float:
    """Give the median of the CPU milliseconds that each takes here."""
    spent = []
    for one in asked:
        start = time.process_time()
        do(one)
        spent.append((time.process_time() - start) * 1000)
    return statistics.median(spent)


def _backend(shelf: PostgresSnapshot) -> int:
    """Give the process of the server that the only connection has."""
    ((found,),) = shelf.held.reads(("SELECT pg_backend_pid()", ()))[0]
    return int(found)


def _cpu(process: int) -> float:
    """Give the milliseconds that a process has run (schedstat, proc(5))."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


if __name__ == "__main__":
    raise SystemExit(main())
