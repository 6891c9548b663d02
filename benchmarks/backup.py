"""Backups while a bot serves and reindexes: ``python -m benchmarks.backup``.

A house shelf of articles of the data set is asked their questions through the desk, with the
packaged models, while it is reindexed again and again and a community adds to its own shelf.
Meanwhile ``summitqa backup`` is run, as an operator runs it, again and again. Each backup is
restored elsewhere by ``summitqa restore``. Nothing may be lost: no answer that was given, and
nothing that was put, before a backup began; and the last one, asked all the questions again,
answers each as the version it holds does where it was made.
"""

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy import select

from benchmarks.communities import Figures
from benchmarks.corpus import DATA, REPORTED, read
from benchmarks.machine import described
from benchmarks.place import models_here, scratch
from summitqa.answer import Answer
from summitqa.library import Library, current_version
from summitqa.retrieval import Models
from summitqa_bot import assemble
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.state.database import look
from summitqa_bot.state.schema import ANSWERS
from summitqa_index.build import Job, build
from summitqa_index.putting import Standing
from summitqa_index.versions import verify

_ACTOR = Actor("discord", "200000000000000001", "1", "1", manages=True)
_MOST = Rate(10**6, 1)
_AT_ONCE = 2
_PAUSE = 2.0  # seconds between backups, between reindexes, and between additions


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: what had been answered and put before it began, and what it took in seconds."""

    file: Path
    answered: frozenset[str]
    put: int
    seconds: float


class Serving:
    """A bot over a home, which is asked, reindexed and added to."""

    def __init__(self, home: Path, sources: Path, models: Models) -> None:
        self._sources, self._models, self.home = sources, models, home
        self._settings = Settings(
            home=home, sources=(str(sources),), user_limit=_MOST, channel_limit=_MOST,
            keep_versions=100,
        )  # fmt: skip
        self.reindexed = 0
        self.put = 0
        self.answered: set[str] = set()
        self.spent: list[float] = []
        self.reindex()
        library = Library(home, models.encoder, models.reader)
        self._desk = Desk(self._settings, library, State(home), models.encoder)

    def reindex(self) -> None:
        """Change an article, and build the shelf anew."""
        text = f"# Notices\n\nThe notice of the day has the number {self.reindexed}.\n"
        (self._sources / "notices.md").write_text(text, "utf-8")
        build(Job(assemble.publisher(self._settings), self._settings, self._models.encoder))
        self.reindexed += 1

    async def add(self) -> None:
        """Put something on the community's shelf."""
        text = f"# Rule {self.put}\n\nThe rule of number {self.put} holds on every day.\n"
        preview = await self._desk.articles.add(_ACTOR, Material(text=text))
        done = await self._desk.press(_ACTOR, preview.buttons[0].id)
        if not done.buttons:
            raise AssertionError(f"nothing was put: {preview.text} {done.text}")
        self.put += 1

    async def ask(self, question: str) -> None:
        began = time.perf_counter()
        reply = await self._desk.ask(_ACTOR, question)
        self.spent.append(time.perf_counter() - began)
        self.answered.add(str(reply.ref))

    async def close(self) -> None:
        await self._desk.close()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backup", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--articles", type=int, default=12, help="how many the house shelf has")
    parser.add_argument("--questions", type=int, default=1000, help="how many are asked")
    options = parser.parse_args()
    figures = Figures()
    with scratch() as folder:
        questions = _written(options.data, folder / "sources", options.articles)
        asked = list(islice(cycle(questions), options.questions))
        models = models_here()
        serving = Serving(folder / "home", folder / "sources", models)
        made = asyncio.run(_serve(serving, asked, folder, figures))
        _restore(made, folder, figures)
        _same(serving, made[-1], asked, folder, figures)
    print(f"{described()}\n{figures}")


def _written(data: Path, folder: Path, count: int) -> list[str]:
    """Write articles as files, and give the questions that were asked of them."""
    corpus = read(data / REPORTED)
    folder.mkdir()
    slugs = [one.slug for one in corpus.articles[:count]]
    for article in corpus.articles[:count]:
        texts = (article.text[one.start : one.end] for one in article.passages)
        text = "\n\n".join(" ".join(one.split()) for one in texts)
        (folder / f"{article.slug}.md").write_text(f"# {article.title}\n\n{text}\n", "utf-8")
    return [one.text for one in corpus.questions if one.places and one.places[0][0] in slugs]


async def _serve(
    serving: Serving, questions: Sequence[str], folder: Path, figures: Figures
) -> list[Made]:
    over = asyncio.Event()
    await serving.add()
    with _reindexing(serving):
        backups = asyncio.create_task(_backups(serving, folder, over))
        additions = asyncio.create_task(_additions(serving, over))
        left = iter(questions)

        async def worker() -> None:
            for question in left:
                await serving.ask(question)

        await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
        over.set()
        made, _ = await asyncio.gather(backups, additions)
    await serving.close()
    figures.seconds(f"{len(questions):,} questions meanwhile, by the clock", serving.spent)
    figures.add("reindexes meanwhile", serving.reindexed - 1)
    figures.add("additions meanwhile", serving.put)
    figures.add("backups meanwhile", len(made))
    figures.seconds("a backup, by the clock", [one.seconds for one in made])
    figures.add("the last one, MB", f"{made[-1].file.stat().st_size / 1e6:.1f}")
    return made


@contextmanager
def _reindexing(serving: Serving) -> Iterator[None]:
    """Reindex in a thread, again and again; what failed there is raised."""
    over, failed = threading.Event(), list[BaseException]()

    def again() -> None:
        try:
            while not over.wait(_PAUSE):
                serving.reindex()
        except BaseException as error:  # noqa: BLE001 - raised below
            failed.append(error)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]


async def _additions(serving: Serving, over: asyncio.Event) -> None:
    while not over.is_set():
        await serving.add()
        await asyncio.sleep(_PAUSE)


async def _backups(serving: Serving, folder: Path, over: asyncio.Event) -> list[Made]:
    made: list[Made] = []
    while not over.is_set():
        file = folder / f"{len(made)}.backup"
        answered, put, began = frozenset(serving.answered), serving.put, time.perf_counter()
        await _command("--home", str(serving.home), "backup", str(file))
        made.append(Made(file, answered, put, time.perf_counter() - began))
        await asyncio.sleep(_PAUSE)
    return made


async def _command(*arguments: str) -> None:
    """Run ``summitqa`` as an operator does."""
    run = "from summitqa_bot.entry import main; main()"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", run, *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    if await child.wait():
        raise AssertionError(f"summitqa {' '.join(arguments)} ended with {child.returncode}")


def _restore(made: Sequence[Made], folder: Path, figures: Figures) -> None:
    """Restore each backup, and count what was lost."""
    spent, answers, puts, broken = [], 0, 0, 0
    for one in made:
        home = _home(folder, one)
        began = time.perf_counter()
        asyncio.run(_command("--home", str(home), "restore", str(one.file)))
        spent.append(time.perf_counter() - began)
        answers += len(one.answered - _refs(home))
        shelf = assemble.publisher(Settings(home=home, shelf=_ACTOR.community))
        puts += max(0, one.put - len(Standing.of(shelf).catalogue))
        for publisher in (assemble.publisher(Settings(home=home)), shelf):
            broken += sum(bool(verify(publisher, version)) for version in publisher.ids())
    figures.seconds("a restore, by the clock", spent)
    figures.add("answers given before a backup began and not in it", answers)
    figures.add("additions made before a backup began and not in it", puts)
    figures.add("versions restored that are not whole", broken)


def _same(
    serving: Serving, one: Made, questions: Sequence[str], folder: Path, figures: Figures
) -> None:
    """Ask the version that the backup holds, here and where it was restored."""
    home, models = _home(folder, one), serving._models
    assemble.publisher(Settings(home=serving.home)).switch(current_version(home))
    here = Library(serving.home, models.encoder, models.reader)
    there = Library(home, models.encoder, models.reader)
    alike = sum(_said(here.ask(text)) == _said(there.ask(text)) for text in questions)
    figures.add("questions answered alike, of all", f"{alike:,} of {len(questions):,}")


def _said(answer: Answer) -> tuple[object, ...]:
    return answer.found, answer.confidence, [one.citation.quote for one in answer.matches]


def _home(folder: Path, one: Made) -> Path:
    return folder / f"{one.file.stem}-restored"


def _refs(home: Path) -> set[str]:
    with closing(State(home)):
        found = look(home, None, lambda connection: connection.execute(select(ANSWERS.c.ref)).all())
    return {row.ref for row in found or ()}


if __name__ == "__main__":
    main()
