"""Shards of a bucket identify one after the other, whichever process has them."""

import asyncio
import time
from itertools import pairwise

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from summitqa_bot.discord import gate as module
from summitqa_bot.discord.gate import Gate
from summitqa_bot.state.leases import Leases

INTERVAL = 0.1


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INTERVAL_SECONDS", INTERVAL)


async def identified(gate: Gate, at: list[float]) -> None:
    await gate.wait()
    gate.passed()
    at.append(time.monotonic())


def gaps(at: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(at)]


async def test_those_of_one_bucket_keep_the_interval_over_all_replicas(engine: Engine) -> None:
    replicas, at = [Leases(engine, one) for one in "abc"], []
    gates = [Gate(replicas[n % 3], asyncio.to_thread, shard=n * 2, concurrency=2) for n in range(6)]
    await asyncio.gather(*(identified(one, at) for one in gates))
    assert len(at) == 6
    assert min(gaps(at)) >= INTERVAL


async def test_those_of_other_buckets_do_not_wait(engine: Engine) -> None:
    ours = Leases(engine, "we")
    held = Gate(ours, asyncio.to_thread, shard=0, concurrency=2)
    await held.wait()
    await Gate(ours, asyncio.to_thread, shard=1, concurrency=2).wait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3 * INTERVAL):
            await Gate(ours, asyncio.to_thread, shard=2, concurrency=2).wait()


async def test_a_shard_that_identifies_again_waits_for_itself(engine: Engine) -> None:
    gate, at = Gate(Leases(engine, "we"), asyncio.to_thread, shard=0, concurrency=1), []
    for _ in range(3):
        await identified(gate, at)
    assert min(gaps(at)) >= INTERVAL


async def test_a_turn_that_was_waited_for_is_its_own_still(engine: Engine) -> None:
    gate = Gate(Leases(engine, "we"), asyncio.to_thread, shard=0, concurrency=1)
    await gate.wait()
    await asyncio.wait_for(gate.wait(), module.TURN_SECONDS / 2)


async def test_a_turn_that_ran_out_is_waited_for_anew(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Gate(Leases(engine, "we"), asyncio.to_thread, shard=0, concurrency=1)
    quick = Gate(Leases(engine, "they"), asyncio.to_thread, shard=1, concurrency=1)
    monkeypatch.setattr(module, "TURN_SECONDS", INTERVAL)
    await slow.wait()
    at: list[float] = []
    await identified(quick, at)
    await identified(slow, at)
    assert min(gaps(at)) >= INTERVAL


async def test_a_database_that_is_away_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    tries = []

    class Away:
        def of(self, _: str) -> "Away":
            return self

        def take(self, *_: object) -> bool:
            tries.append(None)
            if len(tries) < 3:
                raise OperationalError("", {}, ConnectionError())
            return True

    gate = Gate(Away(), asyncio.to_thread, shard=0, concurrency=1)  # type: ignore[arg-type]
    await gate.wait()
    assert len(tries) == 3
    assert "OperationalError" in caplog.text
