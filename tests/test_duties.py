"""What one replica does for all: nothing is posted twice, and where it dies another goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.service import duties
from summitqa_bot.service.chores import Chores
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.duties import Duties
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from tests.fakes import FakeEncoder, index, library, write
from tests.test_state import ASKED

HOUSE = {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}
COMMUNITY = "slack-t1"


@pytest.fixture
def states(url: str, tmp_path: Path) -> Iterator[list[State]]:
    """Two replicas of one installation."""
    made = [State(tmp_path / name, url) for name in ("one", "two")]
    yield made
    for one in made:
        one.close()


def of(states: Sequence[State]) -> list[Duties]:
    return [Duties(state.leases, asyncio.to_thread) for state in states]


def run_out(state: State) -> None:
    """Let the leases of a replica that is gone run out."""
    with state._engine.begin() as connection:
        held = text("UPDATE leases SET until = now() - interval '1 s' WHERE holder = :me")
        connection.execute(held, {"me": state.replica})


async def test_each_is_one_replicas_until_that_leaves_it_or_is_gone(states):
    one, two = of(states)
    assert [await one.ours("a"), await two.ours("a"), await two.ours("b")] == [True, False, True]
    await one.leave()
    assert [await two.ours("a"), await one.ours("a")] == [True, False]
    run_out(states[1])
    await two.keep()
    assert [await one.ours("a"), await two.ours("a")] == [False, True]
    run_out(states[1])
    assert [await one.ours("a"), await one.ours("b")] == [True, True]


async def test_a_replica_is_counted_while_it_serves_whether_it_holds_anything_or_not(states):
    one, two = of(states)
    await one.ours("a")
    assert states[0].overviews.look().there == 0  # it takes leases, but serves nobody yet
    for each in (one, two, two):
        await each.keep()
    found = states[0].overviews.look()
    assert found.there == 2
    assert found.replicas == {states[0].replica: ["a"], states[1].replica: []}
    run_out(states[0])
    assert states[1].overviews.look().there == 1
    await two.leave()
    assert states[1].overviews.look().there == 0


async def test_one_that_was_frozen_asks_before_it_goes_on(states, monkeypatch):
    (one, two), now = of(states), [100.0]
    monkeypatch.setattr(duties.time, "monotonic", lambda: now[0])
    assert await one.ours("a")
    run_out(states[0])
    assert await two.ours("a")
    # As far as it knows it is still its own, until its time is up.
    assert await one.ours("a")
    now[0] += duties.SECONDS
    assert not await one.ours("a")
    await two.keep()
    now[0] += duties.SECONDS / 2
    await two.keep()
    now[0] += duties.SECONDS / 2 + 1
    assert await two.ours("a")


async def test_what_another_has_taken_over_is_given_up(states):
    one, two = of(states)
    assert await one.ours("a")
    run_out(states[0])
    assert await two.ours("a")
    await one.keep()
    assert not await one.ours("a")


async def test_on_one_machine_all_is_ours(tmp_path):
    state = State(tmp_path)
    (alone,) = of([state])
    assert not alone.shared
    assert await alone.ours("a")
    await alone.leave()
    state.close()


async def test_a_chore_is_done_by_one_and_goes_on_where_that_ends(states, caplog):
    done: list[str] = []
    both = [(name, Chores(one)) for name, one in zip(("one", "two"), of(states), strict=True)]
    for name, chores in both:

        async def do(name: str = name) -> None:
            done.append(name)
            if len(done) == 2:
                raise DatabaseUnavailableError("The database is away.")

        chores.begin("forget", 0.02, do, alone=True)
        async with asyncio.timeout(20):
            while not done:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    assert set(done) == {"one"}
    assert "came to nothing: The database is away." in caplog.text
    assert "Traceback" not in caplog.text
    await both[0][1].end()
    async with asyncio.timeout(20):
        while done[-1] != "two":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await both[1][1].end()


async def test_an_outage_is_told_once_by_each_chore_and_so_is_its_end(caplog, tmp_path):
    caplog.set_level("INFO")
    state, tries = State(tmp_path), 0

    async def do() -> None:
        nonlocal tries
        tries += 1
        if tries < 6:
            raise DatabaseUnavailableError(f"The database is away, for the {tries}. time.")

    (duties,) = of([state])
    chores = Chores(duties)
    chores.begin("watch", 0.01, do)
    async with asyncio.timeout(20):
        while tries < 9:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await chores.end()
    state.close()
    assert [one.levelname for one in caplog.records] == ["WARNING", "INFO"]
    gone, back = (one.getMessage() for one in caplog.records)
    assert "the chore watch" in gone
    assert "for the 1. time" in gone
    assert "the chore watch" in back
    assert "Traceback" not in caplog.text


class Posts:
    """What was posted, by which replica."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def by(self, replica: str) -> Any:
        async def post(_: str, __: str, reply: Reply, ___: Sequence[str]) -> str:
            await asyncio.sleep(0.02)
            self.seen.append((replica, reply.text))
            return f"C7/{len(self.seen)}"

        return post


@pytest.fixture
async def desks(states: list[State], tmp_path: Path) -> AsyncIterator[tuple[list[Desk], Posts]]:
    """Two replicas that post for a community which wants to be told."""
    posts, made = Posts(), []
    for name, state in zip(("one", "two"), states, strict=True):
        home = tmp_path / name
        index(home, write(tmp_path / "house", HOUSE))
        desk = Desk(Settings(home=home), library(home), state, FakeEncoder())
        desk.posts("slack", posts.by(name))
        made.append(desk)
    states[0].communities.joined(COMMUNITY)
    states[0].communities.choose(COMMUNITY, editors="C7", report="C8")
    for number in range(4):
        ref = f"r{number}"
        asked = replace(ASKED, ref=ref, community=COMMUNITY, question=f"Question {number}?")
        states[0].save_answer(asked)
        states[0].handoffs.open(ref, COMMUNITY, asked.question)
    yield made, posts
    for one in made:
        await one.close()


async def test_of_two_replicas_one_tells_the_editors_and_each_once(desks, states):
    (one, two), posts = desks
    await asyncio.gather(*(desk._editors.walk() for desk in (one, two)))
    assert len(posts.seen) == len(set(posts.seen)) == 4
    assert len({who for who, _ in posts.seen}) == 1


async def test_what_was_read_before_another_went_on_is_not_posted(desks, states, monkeypatch):
    (one, two), posts = desks
    choices = states[0].communities.choices

    def lose(name: str) -> Any:
        if posts.seen:
            run_out(states[0])
            one._duties._ours.clear()  # as by the time that has passed
        return choices(name)

    monkeypatch.setattr(states[0].communities, "choices", lose)
    await one._editors.walk()
    assert len(posts.seen) == 1
    await two._editors.walk()
    await one._editors.walk()
    assert len({said for _, said in posts.seen}) == len(posts.seen) == 4


async def test_where_it_dies_the_other_tells_the_rest(desks, states):
    (one, two), posts = desks

    async def dies(*given: Any) -> str | None:
        if posts.seen:
            raise asyncio.CancelledError
        return await posts.by("one")(*given)

    one.posts("slack", dies)
    with pytest.raises(asyncio.CancelledError):
        await one._editors.walk()
    await two._editors.walk()
    assert len(posts.seen) == 1
    run_out(states[0])
    await two._editors.walk()
    assert [who for who, _ in posts.seen] == ["one", "two", "two", "two"]
    assert len({said for _, said in posts.seen}) == 4


async def test_the_weekly_report_goes_out_once_and_by_none_that_cannot_post(desks, states):
    (one, two), posts = desks
    one._editors._posters.clear()
    await one._report_weekly()
    assert posts.seen == []
    await asyncio.gather(two._report_weekly(), one._report_weekly())
    one.posts("slack", posts.by("one"))
    await asyncio.gather(*(desk._report_weekly() for desk in (one, two)))
    assert [who for who, _ in posts.seen] == ["two"]
    assert states[0].communities.due(f"{datetime.now(UTC):%G-%V}") == []
