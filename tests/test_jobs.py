"""One job a shelf, whichever replica runs it: told of, waited for and called off from any."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from summitqa.errors import CalledOffError
from summitqa_bot import assemble, strings
from summitqa_bot.metrics import Metrics
from summitqa_bot.service import jobs as service
from summitqa_bot.service import reindexer
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.jobs import RunningError, SharedJobs
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.reindexer import Reindexer
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, jobs, progress
from summitqa_bot.state.jobs import Jobs
from summitqa_bot.state.shared import JOBS
from summitqa_bot.wording.reply import Person, Reply
from summitqa_index.build import Job
from tests.fakes import FakeEncoder, index, library, shelves, write

ANN = Person("slack", "U1")
ADMIN = Actor("slack", "U9", "T1", "C1", manages=True, workspaces=frozenset({"T1"}))
HOUSE = {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}
Replica = tuple[State, Reindexer]


async def aside(do: Callable[..., object], *args: object) -> object:
    return await asyncio.to_thread(do, *args)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.02)


@pytest.fixture
def replicas(tmp_path: Path, postgres_databases: Callable[[], str]) -> Iterator[list[Replica]]:
    """Two replicas of one installation, each with a home of its own."""
    url, made = postgres_databases(), []
    for name in ("one", "two"):
        home = tmp_path / name
        index(home, write(tmp_path / "house", HOUSE))
        state = State(home, url)
        found, held = shelves(library(home), state), SharedJobs(state.jobs, aside)
        made.append((state, Reindexer(found, FakeEncoder(), aside, Metrics(), held)))
    yield made
    for state, _ in made:
        state.close()


class Held:
    """A job that ends once it is told to, or is called off."""

    def __init__(self) -> None:
        self.began, self.end = threading.Event(), threading.Event()

    def __call__(self, job: Job) -> str:
        self.began.set()
        while not self.end.wait(0.01):
            job.check()
        return "done"


async def begun(reindexer: Reindexer, who: Person | str) -> tuple[Held, asyncio.Task[str]]:
    held = Held()
    task = asyncio.create_task(reindexer.work("house", who, held))
    await asyncio.to_thread(held.began.wait, 20)
    return held, task


@pytest.mark.parametrize("who", [ANN, "the schedule"])
async def test_a_job_of_another_replica_is_told_of_with_who_and_since_when(replicas, who):
    (_, one), (_, two) = replicas
    held, task = await begun(one, who)
    with pytest.raises(RunningError) as caught:
        await two.work("house", "somebody", lambda _: None)
    words, by = (ANN.words, ANN) if who is ANN else (who, None)
    assert (caught.value.who, caught.value.by) == (words, by)
    assert caught.value.since == _since(replicas[0][0])
    assert await two.work("slack-t1", "somebody", lambda _: "another shelf") == "another shelf"
    held.end.set()
    assert await task == "done"
    assert await two.work("house", "somebody", lambda _: "next") == "next"


def _since(state: State) -> datetime:
    with state._engine.connect() as connection:
        return connection.execute(select(JOBS.c.since)).scalar_one()


async def test_it_is_called_off_from_any(replicas):
    (_, one), (_, two) = replicas
    assert await two.running("slack-t1", "house") is None
    assert not await two.call_off("house")
    _, task = await begun(one, ANN)
    assert await two.running("slack-t1", "house") == "house"
    assert await two.call_off("house")
    with pytest.raises(CalledOffError):
        await task
    assert await two.running("house") is None


async def test_a_job_is_kept_on_after_any_error_which_is_said_once(replicas, monkeypatch, caplog):
    ((_, one), (_, two)), keep, fails = replicas, Jobs.keep, [OSError("broken")] * 3

    kept = asyncio.Event()

    def now_and_then(self, shelf):
        if fails:
            raise fails.pop()
        loop.call_soon_threadsafe(kept.set)
        return keep(self, shelf)

    loop = asyncio.get_running_loop()

    monkeypatch.setattr(Jobs, "keep", now_and_then)
    _, task = await begun(one, ANN)
    await kept.wait()
    assert await two.call_off("house")
    with pytest.raises(CalledOffError):
        await task
    assert [line.message for line in caplog.records if "called off" in line.message] == [
        "whether the job is called off is not known: OSError"
    ]


async def test_who_may_wait_goes_next(replicas):
    (_, one), (_, two) = replicas
    held, task = await begun(one, ANN)
    waiting = asyncio.create_task(two.work("house", "b", lambda _: "next", wait=True))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    held.end.set()
    assert [await task, await waiting] == ["done", "next"]


async def test_what_a_replica_that_is_gone_has_begun_holds_nobody_up(replicas, monkeypatch):
    (state, _), (_, two) = replicas
    monkeypatch.setattr(jobs, "SECONDS", 0.05)
    assert state.jobs.begin("house", "one that is killed", None) is None
    async with asyncio.timeout(20):
        assert await two.work("house", "b", lambda _: "done", wait=True) == "done"


async def test_one_whose_job_another_has_taken_over_stops(replicas, monkeypatch):
    (_, one), (other, _) = replicas
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "SECONDS", -1.0)  # as of a replica that was frozen for long
        _, task = await begun(one, ANN)
    assert other.jobs.begin("house", "another", None) is None
    with pytest.raises(CalledOffError):
        await task


def test_progress_is_left_by_a_replica_that_is_gone_not_by_one_that_lives(replicas, monkeypatch):
    (state, _), (other, _) = replicas
    state.leases.take("serves:slack:one", 30)
    state.progress.open("slack", "C1/1")
    assert [one.progress.left("slack") for one in (state, other)] == [[], []]
    monkeypatch.setattr(progress, "_GRACE", progress.timedelta(seconds=-40))  # it ran out long ago
    assert [one.progress.left("slack") for one in (state, other)] == [[], ["C1/1"]]
    assert other.progress.left("discord") == []
    other.progress.end("C1/1")
    assert other.progress.left("slack") == []


@pytest.fixture
async def desks(
    tmp_path: Path, postgres_databases: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Desk]]:
    """Two replicas that share their shelves, too, as they start."""
    monkeypatch.setattr(assemble, "open_encoder", lambda *_: FakeEncoder())
    sources, made = str(write(tmp_path / "sources", HOUSE)), []
    shared = Settings(database_url=postgres_databases(), sources=(sources,), reader="off")
    for name in ("one", "two"):
        chosen = replace(shared, home=tmp_path / f"home-{name}")
        house, encoder, _ = assemble.open_library(chosen, lambda _: None)
        made.append(Desk(chosen, house, State(chosen.home, chosen.database_url), encoder))
    yield made
    for one in made:
        await one.close()


async def shown(_: Reply) -> None:
    """Progress goes nowhere."""


async def test_by_any_replica_an_admin_is_told_of_a_reindex_and_may_call_it_off(desks, monkeypatch):
    (one, two), begun = desks, threading.Event()

    def build(job: Job) -> None:
        begun.set()
        assert job.cancelled.wait(20)
        raise CalledOffError

    monkeypatch.setattr(reindexer, "build", build)
    assert (await two.press(ADMIN, "cancel:reindex")).text == strings.REINDEX_NONE
    running = asyncio.create_task(one.reindex(ADMIN, shown))
    await asyncio.to_thread(begun.wait, 20)
    told = await two.reindex(replace(ADMIN), shown)
    assert ADMIN.person in told.values
    assert (await two.press(ADMIN, "cancel:reindex")).text == strings.REINDEX_CANCELLED
    assert (await running).text == str(CalledOffError())
