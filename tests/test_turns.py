"""What changes shelves takes turns: who needs long lets others go first, and goes on afterwards."""

import asyncio
import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from summitqa.errors import CalledOffError
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.jobs import SharedJobs
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.reindexer import Reindexer
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import File
from summitqa_index.build import Job, Progress
from tests.fakes import CountingEncoder, FakeEncoder, index, library, shelves, write

ADMIN = Actor("discord", "200000000000000002", "1", "10", manages=True)
HOUSE = {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}


class Long:
    """A job that is over its turn at once, then goes on until it is let end."""

    def __init__(self, name: str, log: list[str]) -> None:
        self._name, self._log = name, log
        self.began, self.end = threading.Event(), threading.Event()

    def __call__(self, job: Job) -> str:
        job.check()  # in its first turn it comes no further than this
        self._log.append(f"{self._name} goes on")
        self.began.set()
        self.end.wait(30)
        self._log.append(f"{self._name} ends")
        return self._name


async def _aside(do: Callable[..., object], *args: object) -> object:
    return await asyncio.to_thread(do, *args)


@pytest.fixture
def reindexer(tmp_path: Path) -> Reindexer:
    index(tmp_path, write(tmp_path / "house", HOUSE))
    found = shelves(library(tmp_path), State(tmp_path))
    jobs = SharedJobs(State(tmp_path).jobs, _aside)
    clock = itertools.count(0, 60).__next__
    return Reindexer(found, FakeEncoder(), _aside, Metrics(), jobs, clock)


async def _begun(reindexer: Reindexer, shelf: str, log: list[str], *, looks: bool = False):
    """Start a long job, and wait until it is in the turn of those; give it and its task."""
    job = Long(shelf, log)
    do = reindexer.look if looks else reindexer.work
    task = asyncio.create_task(do(shelf, "somebody", job))
    await asyncio.to_thread(job.began.wait, 30)
    return job, task


@pytest.mark.parametrize("looks", [False, True])
async def test_a_change_that_takes_long_holds_up_no_short_one(reindexer, looks):
    log: list[str] = []
    job, task = await _begun(reindexer, "one", log, looks=looks)
    for shelf in ("two", "three"):
        assert await reindexer.work(shelf, "b", lambda _: log.append("short")) is None
    assert await reindexer.look("two", "b", lambda _: "seen") == "seen"
    assert log == ["one goes on", "short", "short"]
    job.end.set()
    assert await task == "one"


@pytest.mark.parametrize("looks", [False, True])
async def test_of_those_that_take_long_one_goes_on_at_a_time(reindexer, looks):
    log: list[str] = []
    first, one = await _begun(reindexer, "one", log)
    second = Long("two", log)
    two = asyncio.create_task((reindexer.look if looks else reindexer.work)("two", "b", second))
    assert await reindexer.work("three", "c", lambda _: "short") == "short"  # two had its turn
    first.end.set()
    second.end.set()
    await asyncio.gather(one, two)
    assert log == ["one goes on", "one ends", "two goes on", "two ends"]


async def test_what_waits_to_go_on_can_be_called_off(reindexer):
    log: list[str] = []
    first, one = await _begun(reindexer, "one", log)
    two = asyncio.create_task(reindexer.work("two", "b", Long("two", log)))
    await reindexer.work("three", "c", lambda _: None)
    assert reindexer.runs("two")
    assert reindexer.cancel("two")
    first.end.set()
    await one
    with pytest.raises(CalledOffError):
        await two
    assert "two goes on" not in log


class Clock(CountingEncoder):
    """Every passage that is embedded takes a tenth of a second; what is asked does not count."""

    def now(self) -> float:
        return len(self.texts) / 10


async def test_what_was_embedded_in_one_turn_is_not_embedded_in_the_next(tmp_path):
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", HOUSE))
    encoder = Clock()
    desk = Desk(Settings(home=home), library(home), State(home), encoder)
    desk._reindexer._clock = encoder.now
    text = "\n\n".join(f"Rule {number} is a rule." for number in range(200))
    preview = await desk.articles.add(ADMIN, Material(file=File("rules.md", text.encode())))
    phases: list[Progress] = []
    job = desk._reindexer._job

    def told(shelf, running, tell, **how):
        return job(shelf, running, phases.append, **how)

    desk._reindexer._job = told
    await desk.press(ADMIN, preview.buttons[0].id)
    began = [now.done for now in phases if now.phase == "embedding"]
    assert began == [0, 0, 64, 128, 192, 200]  # it began twice
    assert 200 <= len(encoder.texts) <= 208  # what is at work beside it when the turn is over
    await desk.close()
