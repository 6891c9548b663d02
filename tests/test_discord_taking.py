"""Shards are taken, given up and taken over by replicas, each held by one at a time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from summitqa.errors import SettingsError, UnreachableError
from summitqa_bot.discord import shards as module
from summitqa_bot.discord.division import replica_lease
from summitqa_bot.discord.shards import Shards
from summitqa_bot.state.leases import Leases

COUNT = 6
MANY = 1000


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"LEASE": 1.5, "CLOSING": 0.3, "BEAT": 0.05, "REST": 0.4}.items():
        monkeypatch.setattr(module, f"{name}_SECONDS", seconds)


class World:
    """Who is heard on each shard, of all replicas."""

    def __init__(self) -> None:
        self.heard: dict[int, list[str]] = {}
        self.most_at_once = 0

    def by(self, replica: str) -> list[int]:
        return sorted(shard for shard, who in self.heard.items() if replica in who)

    @property
    def whole(self) -> bool:
        return all(len(self.heard.get(shard, ())) == 1 for shard in range(COUNT))


class Bot:
    def __init__(self, world: World, replica: str, shard: int, ends: Exception | None) -> None:
        self.world, self.replica, self.shard, self.ends = world, replica, shard, ends
        self.identified = self.closed = False
        self.answering = asyncio.Event()
        self.answering.set()

    async def serve(self) -> None:
        if self.ends is not None:
            raise self.ends
        here = self.world.heard.setdefault(self.shard, [])
        here.append(self.replica)
        self.world.most_at_once = max(self.world.most_at_once, len(here))
        self.identified = True
        await asyncio.Event().wait()

    async def hang_up(self) -> None:
        if self.replica in self.world.heard.get(self.shard, ()):
            self.world.heard[self.shard].remove(self.replica)

    async def finish(self) -> None:
        await self.answering.wait()

    async def close(self) -> None:
        self.closed = True

    async def is_connected(self) -> bool:
        return self.identified


class Replica:
    """One replica; ``cut`` from the database, what it asks of it fails."""

    def __init__(self, world: World, leases: Leases, most: int = MANY, concurrency: int = 2):
        self.world, self.name = world, leases.holder
        self.bots: list[Bot] = []
        self.cut = False
        self.asked, self.lag = 0, 0.0
        self.ends: Exception | None = None

        def make(shard: int) -> Bot:
            self.bots.append(Bot(world, leases.holder, shard, self.ends))
            return self.bots[-1]

        self.shards = Shards(leases, self._aside, COUNT, concurrency, most, make, self._drain)
        self.task = asyncio.create_task(self.shards.keep())

    async def _aside(self, do, *args):
        if self.cut:
            raise OperationalError("", {}, ConnectionError())
        self.asked += 1
        return await asyncio.to_thread(self._late, do, *args)

    def _late(self, do, *args):
        time.sleep(self.lag)
        return do(*args)

    async def _drain(self) -> None:
        assert self.cut or not self.world.by(self.name)
        for bot in self.bots:
            bot.answering.set()

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def die(self) -> None:
        """Be gone as a killed process is: nothing is let go of, and nothing is heard."""
        self.cut = True
        self.task.cancel()


@asynccontextmanager
async def running(world: World, engine: Engine, *names: str) -> AsyncIterator[list[Replica]]:
    replicas = [Replica(world, Leases(engine, name)) for name in names]
    try:
        yield replicas
    finally:
        for one in replicas:
            await one.stop()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_each_is_served_once_and_evenly(engine: Engine) -> None:
    world = World()
    async with running(world, engine, "a", "b", "c"):
        await until(lambda: world.whole and all(len(world.by(one)) == 2 for one in "abc"))
    assert world.most_at_once == 1
    assert not any(world.heard.values())


async def test_those_of_one_that_was_killed_are_taken_over(engine: Engine) -> None:
    world = World()
    async with running(world, engine, "a", "b", "c") as replicas:
        await until(lambda: world.whole and all(len(world.by(one)) == 2 for one in "abc"))
        replicas[2].die()
        await until(lambda: world.whole and not world.by("c"))
        assert len(world.by("a")) == len(world.by("b")) == 3
    assert world.most_at_once == 1


async def test_those_of_one_that_stops_are_taken_before_their_leases_would_have_run_out(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_SECONDS", 3600.0)
    world = World()
    async with running(world, engine, "a", "b") as replicas:
        await until(lambda: world.whole and len(world.by("b")) == 3)
        await replicas[1].stop()
        await until(lambda: len(world.by("a")) == COUNT)
        assert all(bot.closed for bot in replicas[1].bots)


async def test_one_that_stops_while_it_takes_leaves_nothing_behind(engine: Engine) -> None:
    world, leases = World(), Leases(engine, "a")
    for asked in (1, 2, 3):
        one = Replica(world, leases)
        one.lag = 0.1
        await until(lambda: one.asked == asked)  # noqa: B023
        await one.stop()
        await asyncio.sleep(0.3)
        assert leases.holders("") == {}


async def test_one_that_comes_back_gets_its_share(engine: Engine) -> None:
    world = World()
    async with running(world, engine, "a") as replicas:
        await until(lambda: world.whole)
        replicas.append(Replica(world, Leases(engine, "b")))
        await until(lambda: world.whole and len(world.by("a")) == len(world.by("b")) == 3)
    assert world.most_at_once == 1


async def test_what_is_given_up_finishes_what_it_has_heard(engine: Engine) -> None:
    world = World()
    async with running(world, engine, "a") as replicas:
        await until(lambda: world.whole)
        for bot in replicas[0].bots:
            bot.answering.clear()
        replicas.append(Replica(world, Leases(engine, "b")))
        await until(lambda: world.whole and len(world.by("b")) == 3)
        given = [bot for bot in replicas[0].bots if bot.shard in world.by("b")]
        assert given and not any(bot.closed for bot in given)
        for bot in given:
            bot.answering.set()
        await until(lambda: all(bot.closed for bot in given))


async def test_one_cut_from_the_database_closes_its_shards_before_another_has_them(
    engine: Engine,
) -> None:
    world = World()
    async with running(world, engine, "a", "b") as replicas:
        await until(lambda: world.whole and len(world.by("b")) == 3)
        replicas[1].cut = True
        await until(lambda: not world.by("b"))
        assert not await replicas[1].shards.is_connected()
        await until(lambda: len(world.by("a")) == COUNT)
        replicas[1].cut = False
        await until(lambda: world.whole and len(world.by("b")) == 3)
        assert await replicas[1].shards.is_connected()
    assert world.most_at_once == 1


async def test_one_takes_no_more_than_it_may(engine: Engine) -> None:
    world = World()
    few = Replica(world, Leases(engine, "few"), most=1)
    async with running(world, engine, "many"):
        await until(lambda: world.whole)
        assert len(world.by("few")) == 1
    await few.stop()


async def test_shards_of_a_bucket_are_taken_one_after_the_other(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    monkeypatch.setattr(Bot, "serve", lambda _: asyncio.Event().wait())  # never identifies
    one = Replica(world, Leases(engine, "a"), concurrency=2)
    await until(lambda: len(one.bots) == 2)
    await asyncio.sleep(0.3)
    assert sorted(bot.shard % 2 for bot in one.bots) == [0, 1]
    await one.stop()


async def test_one_that_cannot_reach_discord_leaves_all_to_the_others(engine: Engine) -> None:
    world = World()
    async with running(world, engine, "a", "b") as replicas:
        replicas[1].ends = UnreachableError("Discord cannot be reached.")
        await until(lambda: len(world.by("a")) == COUNT)
        counted, leases = replica_lease(COUNT, "b", MANY), Leases(engine, "b")
        await until(lambda: replicas[1].bots and counted not in leases.holders(""))
        await until(lambda: len(world.by("a")) == COUNT)
        assert not await replicas[1].shards.is_connected()
        replicas[1].ends = None
        await until(lambda: world.whole and len(world.by("b")) == 3)


async def test_what_ends_one_for_good_ends_all_and_lets_go_of_them(engine: Engine) -> None:
    world = World()
    async with running(world, engine, "a") as replicas:
        replicas[0].ends = SettingsError("the token is refused")
        with pytest.raises(SettingsError, match="refused"):
            await replicas[0].task
        assert Leases(engine, "a").holders("") == {}
        assert all(bot.closed for bot in replicas[0].bots)
