"""What many communities take, each with a shelf of its own: ``python -m benchmarks.communities``.

All is asked through the desk, in one process, with the packaged models. First of many shelves that
are not open: a few are made of different paragraphs of the data set, as those who fill a shelf from
chat make them, and their bytes copied to all the others; they are put out of the page cache before,
so that the first answer reads them from the disk. Then of communities whose paragraphs are all
different: their questions come in a random order, an addition in between, and each answer is held
to what its community has put on its shelf.
"""

import argparse
import asyncio
import os
import random
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpus import DATA, REPORTED, read
from benchmarks.machine import described
from benchmarks.place import models_here, scratch
from summitqa.library import Library
from summitqa.retrieval import Models
from summitqa_bot import assemble
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from summitqa_index.build import Job, build
from summitqa_index.sources.clean import clean

_PASSAGES, _DIFFERENT, _EACH = 100, 8, 25
_AT_ONCE = 2
_ADDED = "The signal word of this community is {word}. Whoever hears it meets at the old gate."
_ASKED = "What is the signal word of this community?"
_MOST = Rate(10**6, 1)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one thing took, in seconds; ``cpu`` of the whole process meanwhile."""

    wall: float
    cpu: float


@dataclass
class Figures:
    """What was measured: lines of a name and a value."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, value: object) -> None:
        self.lines.append((name, str(value)))

    def seconds(self, name: str, spent: Sequence[float]) -> None:
        """Add the median, the 95th percentile and the longest, in milliseconds."""
        p50, p95 = np.percentile(spent, [50, 95]) * 1000
        told = f"{p50:.0f}, {p95:.0f}, {1000 * max(spent):.0f}"
        self.add(f"{name}, ms: median, p95, longest", told)

    def both(self, name: str, spent: Sequence["Spent"]) -> None:
        """Add what was measured by the clock, and of CPU."""
        self.seconds(f"{name}, by the clock", [one.wall for one in spent])
        self.seconds(f"{name}, CPU", [one.cpu for one in spent])

    def process(self, when: str) -> None:
        """Add the memory that the process holds, and its open files."""
        fields = dict(
            line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
        )
        held, own = (int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
        self.add(f"memory {when}, MB (of it private)", f"{held:.0f} ({own:.0f})")
        self.add(f"open files {when}", len(list(Path("/proc/self/fd").iterdir())))

    def __str__(self) -> str:
        rows = [f"| {name} | {value} |" for name, value in self.lines]
        return "\n".join(["| figure | value |", "| --- | --- |", *rows])


def main() -> None:
    """Measure both, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.communities", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument(
        "--shelves", type=int, default=1000, help="how many are asked once each; or 0"
    )
    parser.add_argument("--communities", type=int, default=200, help="how many ask by turns; or 0")
    parser.add_argument("--questions", type=int, default=20, help="how many each of them asks")
    options = parser.parse_args()
    figures, models = Figures(), models_here()
    sizes = (options.communities, options.questions)
    if options.shelves:
        with scratch() as folder:
            asyncio.run(cold(options.data, folder / "cold", models, options.shelves, figures))
    if options.communities:
        with scratch() as folder:
            asyncio.run(busy(options.data, folder / "busy", models, sizes, figures))
    print(f"{described()}\n{figures}")


async def cold(data: Path, home: Path, models: Models, count: int, figures: Figures) -> None:
    """Ask each of many shelves that are not open, once, and then the last ones again."""
    paragraphs = [text for text, _ in _paragraphs(data)][: _PASSAGES * _DIFFERENT]
    parts = [paragraphs[first::_DIFFERENT] for first in range(min(count, _DIFFERENT))]
    async with _desk(home, models) as desk:
        for number, part in enumerate(parts):
            for first in range(0, len(part), _EACH):
                await _put(desk, number, f"Part {first // _EACH + 1}", part[first : first + _EACH])
        for number in range(_DIFFERENT, count):
            made = home / "shelves" / _name(number % _DIFFERENT)
            shutil.copytree(made, home / "shelves" / _name(number))
    forget(home / "shelves")
    async with _desk(home, models) as desk:
        await desk.ask(_actor(count), "Who was there?")  # the models are warm, no shelf is open
        figures.process("with no shelf but the house open")
        once = [
            (await _timed(desk.ask(_actor(number), _opening(parts, number))))[0]
            for number in range(count)
        ]
        again = [
            (await _timed(desk.ask(_actor(number), "When did that begin?")))[0]
            for number in range(count - 20, count)
        ]
        figures.both(f"first answer of each of {count:,} shelves of {_PASSAGES} passages", once)
        figures.both("an answer of a shelf that is open", again)
        figures.process(f"after {count:,} shelves")


def _opening(parts: Sequence[Sequence[str]], number: int) -> str:
    """Ask a shelf about one of its paragraphs, by its first words."""
    words = parts[number % _DIFFERENT][number % _PASSAGES].split()[:8]
    return f"What of {' '.join(words)}?"


async def busy(
    data: Path, home: Path, models: Models, sizes: tuple[int, int], figures: Figures
) -> None:
    """Let communities ask and add in any order, and hold each answer to its own shelf."""
    communities, questions = sizes
    owned = _owned(data, communities, questions)
    chance, spent, added = random.Random(0), list[float](), list[float]()
    outcome = {"own": 0, "house": 0, "not found": 0}
    async with _desk(home, models) as desk:
        for number, (texts, _) in enumerate(owned):
            await _put(desk, number, "What we know", texts)

        async def ask(number: int, question: str) -> None:
            took, reply = await _timed(desk.ask(_actor(number), question))
            spent.append(took.wall)
            outcome[held(desk, number, reply, owned[number][0])] += 1

        async def add(number: int) -> None:
            word = f"zy{number}xw"
            took, _ = await _timed(_put(desk, number, "Signals", [_ADDED.format(word=word)]))
            added.append(took.wall)
            ((slug, _),) = await desk.titles(_actor(number), "Signals")
            reply = await desk.ask(_actor(number), _ASKED, article=slug)
            if not any(f"is {word}." in card.quote for card in reply.cards):
                raise AssertionError(f"community {number} is told {reply}")

        deeds: list[Callable[[], Awaitable[None]]] = []
        for number, (_, asked) in enumerate(owned):
            deeds += [lambda number=number, one=one: ask(number, one) for one in asked]  # type: ignore[misc]
            deeds.append(lambda number=number: add(number))  # type: ignore[misc]
        chance.shuffle(deeds)
        began = time.process_time()
        await _in_turn(deeds)
        cpu = (time.process_time() - began) / len(deeds)
        asked_in = f"{len(spent):,} questions of {communities} communities, by the clock"
        figures.seconds(asked_in, spent)
        figures.seconds(f"{len(added)} additions among them, looked at and put", added)
        figures.add("CPU of all of it for each question or addition, ms", f"{1000 * cpu:.0f}")
        figures.add("answered from the community's own shelf", outcome["own"])
        figures.add("answered from the house shelf", outcome["house"])
        figures.add("not found", outcome["not found"])
        figures.process("after them")


def held(desk: Desk, number: int, reply: Reply, texts: Sequence[str]) -> str:
    """Tell which shelf an answer is of; AssertionError where it is another's than the asker's."""
    asked = desk._state.answer(reply.ref or "")
    if asked is None or asked.community != _name(number):
        raise AssertionError(f"what community {number} asked is not kept as its own: {reply}")
    if not asked.found:
        return "not found"
    if asked.shelf == "house":
        return "house"
    # As it is read: what nobody sees is no text of an article.
    mine = clean(" ".join([*texts, _ADDED.format(word=f"zy{number}xw")]))
    if asked.shelf != _name(number) or any(card.quote not in mine for card in reply.cards):
        raise AssertionError(f"community {number} is answered from {asked.shelf}: {reply}")
    return "own"


async def _in_turn(deeds: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Do all, a few at once, as many as there are workers."""
    left = iter(deeds)

    async def worker() -> None:
        for deed in left:
            await deed()

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))


@asynccontextmanager
async def _desk(home: Path, models: Models) -> Any:
    """Open a desk over a data folder whose house shelf is the bundled article."""
    chosen = Settings(home=home, user_limit=_MOST, channel_limit=_MOST)
    if not (home / "CURRENT").exists():
        build(Job(assemble.publisher(chosen), chosen, models.encoder, reader=models.reader))
    library = Library(home, models.encoder, models.reader)
    desk = Desk(chosen, library, State(home), models.encoder)
    try:
        yield desk
    finally:
        await desk.close()


async def _put(desk: Desk, number: int, title: str, texts: Sequence[str]) -> Reply:
    """Put a text on a community's shelf, as its admin does: looked at, then pressed."""
    preview = await desk.articles.add(
        _actor(number), Material(text="\n\n".join(texts), title=title)
    )
    done = await desk.press(_actor(number), preview.buttons[0].id)
    if not done.buttons:
        raise AssertionError(f"nothing was put: {preview.text} {done.text}")
    return done


async def _timed(work: Awaitable[Reply]) -> tuple[Spent, Reply]:
    wall, cpu = time.perf_counter(), time.process_time()
    reply = await work
    return Spent(time.perf_counter() - wall, time.process_time() - cpu), reply


def _actor(number: int) -> Actor:
    """Give somebody of a community who may change its shelf."""
    user = str(200_000_000_000_000_000 + number)
    return Actor("discord", user, str(number), "1", manages=True)


def _name(number: int) -> str:
    return _actor(number).community


def _paragraphs(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Give the paragraphs of the data set, each with the questions asked of it."""
    corpus = read(data / REPORTED)
    asked: dict[tuple[str, int], list[str]] = {}
    for one in corpus.questions:
        asked.setdefault(one.places[0], []).append(one.text)
    for article in corpus.articles:
        for passage in article.passages:
            text = " ".join(article.text[passage.start : passage.end].split())
            yield text, asked.get((article.slug, passage.number), [])


def _owned(data: Path, communities: int, questions: int) -> list[tuple[list[str], list[str]]]:
    """Deal out paragraphs until each community has so many questions to ask of its own."""
    left = _paragraphs(data)
    found = []
    for _ in range(communities):
        texts: list[str] = []
        asked: list[str] = []
        while len(asked) < questions:
            text, more = next(left)
            texts.append(text)
            asked += more
        found.append((texts, asked[:questions]))
    return found


def forget(folder: Path) -> None:
    """Put files out of the page cache (posix_fadvise(2)); written out first, or they would stay."""
    for path in (one for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
