"""How soon all replicas answer from what one published: ``python -m benchmarks.publishing``.

Replicas are processes, each with a home of its own, over one PostgreSQL, which is started for this.
They are asked all the time, and each notes when it begins to answer from the new version. A floor
is measured beside: the same bytes put into a table, and read out of it into files by as many at
once, with nothing checked and nothing opened. What is published is grown from a data set as
``growth`` grows it, under the models of the package.
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.corpus import DATA, REPORTED, missing, read
from benchmarks.growth import Pool, pool_of, texts_of, write
from benchmarks.machine import described
from benchmarks.place import models_here, scratch
from summitqa.errors import SummitQAError
from summitqa.library import Library
from summitqa.postgres.database import session
from summitqa.postgres.mirror import Mirror
from summitqa.retrieval import Models
from summitqa.settings import HOUSE
from summitqa_bot.state import database
from summitqa_index.folder import layout
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.versions import new_id
from tests import postgres

# Megabytes, and within how many seconds beyond the floor all replicas are to have swapped.
BOUNDS = {35: 1.0, 700: 10.0}
_ARTICLE_BYTES = 12_900  # of a version, for each article
_FIRST = 100  # articles of the version to begin with
_PAUSE_SECONDS = 0.1  # between two questions to a replica
_WAITED_SECONDS = 300.0
_PIECE = 4 << 20
_ASKED = 60
_HEAD = "| MB | floor, s | published, s | swapped, s | beyond, s | answers | errors | slowest, ms |"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a replica saw while a version came: when it swapped, answers, errors, the slowest."""

    at: float
    answers: int
    errors: int
    slowest: float


@dataclass(frozen=True, slots=True)
class Published:
    """A version's way, in seconds from when it was whole on the one that published it.

    ``floor``: what its bytes take; ``swapped``: until the last replica answered from it.
    """

    megabytes: float
    floor: float
    published: float
    swapped: float
    seen: Sequence[Seen]

    @property
    def errors(self) -> int:
        """How many questions were not answered meanwhile."""
        return sum(one.errors for one in self.seen)

    @property
    def beyond(self) -> float:
        """The seconds beyond the floor."""
        return self.swapped - self.floor

    def row(self) -> str:
        """Give it as a line of a table."""
        answers, slowest = sum(one.answers for one in self.seen), max(s.slowest for s in self.seen)
        return (
            f"| {self.megabytes:.0f} | {self.floor:.2f} | {self.published:.2f} | "
            f"{self.swapped:.2f} | {self.beyond:.2f} | {answers} | {self.errors} | "
            f"{1000 * slowest:.0f} |"
        )


def main() -> int:
    """Publish a version of each size; 1 where a bound is not kept, 2 where there is no data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publishing", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--replicas", type=int, default=2, help="beside the one that publishes")
    parser.add_argument("--megabytes", type=int, nargs="+", default=list(BOUNDS))
    options = parser.parse_args()
    if lacking := missing(options.data):
        print(lacking)
        return 2
    corpus, models = read(options.data / REPORTED), models_here()
    questions = [one.text for one in corpus.questions[:_ASKED]]
    with scratch() as folder, _served() as url:
        made = Maker(folder / "publisher", url, pool_of(texts_of(corpus), models), models)
        found = measure(made, options.megabytes, options.replicas, questions)
    print(described())
    print(
        "| MB | floor, s | published, s | swapped, s | beyond, s | answers | errors | slowest, ms |"
    )
    print("|---|---|---|---|---|---|---|---|")
    print("\n".join(one.row() for one in found))
    late = [
        one
        for size, one in zip(options.megabytes, found, strict=True)
        if one.errors or one.beyond > BOUNDS.get(size, BOUNDS[700])
    ]
    return 1 if late else 0


@dataclass(frozen=True)
class Maker:
    """The one that publishes: its home, the database, and what it makes versions of."""

    home: Path
    url: str
    pool: Pool
    models: Models

    def publish(self, articles: int, before: Callable[[Path, str], None]) -> tuple[float, float]:
        """Publish a version of so many articles; give when it was whole here, and was published.

        ``before`` is called with its folder and id in between.
        """
        engine = database.opened(self.home, self.url)
        with closing(Mirror(engine, self.home)) as mirror:
            publisher = SharedPublisher(mirror, HOUSE)
            with publisher.lock("a benchmark"):
                version = new_id(publisher.ids())
                draft = layout.new_draft(self.home, version)
                write(draft, self.pool, articles, self.models.encoder.checksum)
                before(draft, version)
                began = time.time()
                publisher.switch(version)
                return began, time.time()


def measure(
    maker: Maker, megabytes: Sequence[int], replicas: int, questions: Sequence[str]
) -> list[Published]:
    """Publish a version of each size, one after the other, while replicas are asked."""
    maker.publish(_FIRST, lambda _folder, _version: None)
    with _replicas(maker, replicas, questions) as pipes:
        return [_published(maker, size, pipes) for size in megabytes]


def _published(maker: Maker, megabytes: int, pipes: Sequence[Connection]) -> Published:
    spent: dict[str, float] = {}

    def before(folder: Path, version: str) -> None:
        files = [path for path in sorted(folder.iterdir()) if path.is_file()]
        spent["megabytes"] = sum(path.stat().st_size for path in files) / 1e6
        began = time.time()
        _put(maker.url, files)
        spent["floor"] = max(_told(pipes, "floor")) - began
        for pipe in pipes:
            pipe.send(version)

    began, published = maker.publish(round(megabytes * 1e6 / _ARTICLE_BYTES), before)
    seen = [_received(pipe) for pipe in pipes]
    swapped = max(one.at for one in seen) - began
    return Published(spent["megabytes"], spent["floor"], published - began, swapped, seen)


def _told(pipes: Sequence[Connection], what: str) -> list[float]:
    for pipe in pipes:
        pipe.send(what)
    return [_received(pipe) for pipe in pipes]


def _received(pipe: Connection) -> Any:
    if not pipe.poll(_WAITED_SECONDS):
        raise TimeoutError(f"a replica has said nothing for {_WAITED_SECONDS:.0f} s")
    return pipe.recv()


def _put(url: str, files: Sequence[Path]) -> None:
    """Put files into a table of their own, as rows."""
    engine = database.unready(Path(), url)
    with closing(session(engine)) as own, own.transaction():
        own.execute("SET LOCAL statement_timeout = 0")
        own.execute("DROP TABLE IF EXISTS floor")
        own.execute("CREATE TABLE floor (body BYTEA NOT NULL)")
        own.execute("ALTER TABLE floor ALTER COLUMN body SET STORAGE EXTERNAL")
        with own.cursor().copy("COPY floor FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["bytea"])
            for path in files:
                with path.open("rb") as file:
                    while piece := file.read(_PIECE):
                        copy.write_row((piece,))
    engine.dispose()


def _got(mirror: Mirror) -> float:
    """Read all rows of that table into a file; give when that was done."""
    with tempfile.TemporaryFile() as file, closing(session(mirror.engine)) as own:
        own.execute("SET statement_timeout = 0")
        with own.cursor().copy("COPY floor TO STDOUT (FORMAT BINARY)") as copy:
            copy.set_types(["bytea"])
            for (piece,) in copy.rows():
                file.write(piece)
        return time.time()


@contextmanager
def _replicas(maker: Maker, count: int, questions: Sequence[str]) -> Iterator[list[Connection]]:
    """Start replicas that are asked from now on; what is sent to one is a version to wait for."""
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        pipes = []
        for number in range(count):
            pipe, theirs = context.Pipe()
            home = maker.home.with_name(f"replica{number}")
            given = (home, maker.url, questions, theirs)
            process = context.Process(target=_serve, args=given, daemon=True)
            process.start()
            stack.callback(process.join)
            stack.callback(process.terminate)
            pipes.append(pipe)
        for pipe in pipes:
            _received(pipe)
        yield pipes


@dataclass
class _Asking:
    """Asks a library all the time, and counts."""

    library: Library
    questions: Sequence[str]
    answers: int = 0
    errors: int = 0
    slowest: float = 0.0
    swapped: dict[str, float] = field(default_factory=dict)

    def refresh(self) -> None:
        self.library.refresh()
        self.swapped.setdefault(self.library.store.version, time.time())

    def forever(self) -> None:
        number = 0
        while True:
            number += 1
            began = time.perf_counter()
            try:  # never from the cache
                self.library.ask(self.questions[number % len(self.questions)], by=str(number))
                self.answers += 1
            except SummitQAError:
                self.errors += 1
            self.slowest = max(self.slowest, time.perf_counter() - began)
            time.sleep(_PAUSE_SECONDS)


def _serve(home: Path, url: str, questions: Sequence[str], pipe: Connection) -> None:
    """Be a replica."""
    mirror, models = Mirror(database.opened(home, url), home), models_here()
    mirror.bring(HOUSE)
    asking = _Asking(Library(home, models.encoder, models.reader), questions)
    mirror.start(asking.refresh)
    threading.Thread(target=asking.forever, daemon=True).start()
    pipe.send(0.0)
    while True:
        told = pipe.recv()
        if told == "floor":
            pipe.send(_got(mirror))
            continue
        asking.answers, asking.errors, asking.slowest = 0, 0, 0.0
        while told not in asking.swapped:
            time.sleep(0.01)
        pipe.send(Seen(asking.swapped[told], asking.answers, asking.errors, asking.slowest))


@contextmanager
def _served() -> Iterator[str]:
    """Start a PostgreSQL as it is by default, and give the URL of a database in it."""
    with tempfile.TemporaryDirectory() as folder, postgres.serving(Path(folder) / "pg") as fresh:
        url = str(fresh())
        engine = database.unready(Path(folder), url)
        with closing(session(engine)) as own:
            own.execute("ALTER SYSTEM RESET fsync")
            own.execute("SELECT pg_reload_conf()")
        engine.dispose()
        yield url


if __name__ == "__main__":
    raise SystemExit(main())
