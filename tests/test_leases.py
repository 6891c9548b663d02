"""Leases: one replica holds each, until it lets go of it or it runs out."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

from summitqa_bot.state import State
from summitqa_bot.state.database import opened
from summitqa_bot.state.leases import Leases

LONG = 3600.0


@pytest.fixture
def engine(tmp_path: Path, postgres_databases: Callable[[], str]) -> Iterator[Engine]:
    made = opened(tmp_path, postgres_databases())
    yield made
    made.dispose()


def test_that_of_one_process_alone_is_always_its_own(tmp_path: Path) -> None:
    state = State(tmp_path)
    assert state.leases.take("chores", LONG)
    assert state.leases.take("chores", LONG)
    state.leases.free("chores")
    assert state.leases.holders("") == {}


def test_it_is_one_replicas_until_that_one_lets_go(tmp_path: Path, engine: Engine) -> None:
    ours, theirs = Leases(engine, "we"), Leases(engine, "they")
    assert ours.take("chores", LONG)
    assert not theirs.take("chores", LONG)
    assert ours.take("chores", LONG)
    theirs.free("chores")
    assert not theirs.take("chores", LONG)
    ours.free("chores")
    assert theirs.take("chores", LONG)
    assert not ours.take("chores", LONG)


def test_one_that_has_run_out_is_the_next_ones(engine: Engine) -> None:
    ours, theirs = Leases(engine, "we"), Leases(engine, "they")
    assert ours.take("chores", -1)
    assert ours.holders("chores") == {}
    assert theirs.take("chores", LONG)
    assert not ours.take("chores", LONG)


def test_to_take_it_again_makes_it_last_from_now(engine: Engine) -> None:
    ours = Leases(engine, "we")
    ours.take("chores", 10)
    ours.take("chores", LONG)
    ((holder, left),) = ours.holders("chores").values()
    assert holder == "we"
    assert LONG - 60 < left <= LONG


def test_holders_are_those_of_names_that_begin_so(engine: Engine) -> None:
    ours, theirs = Leases(engine, "we"), Leases(engine, "they")
    ours.take("shard_%:0", LONG)
    theirs.take("shard_%:1", LONG)
    theirs.take("shardless", LONG)
    assert {name: holder for name, (holder, _) in ours.holders("shard_%:").items()} == {
        "shard_%:0": "we",
        "shard_%:1": "they",
    }


@pytest.mark.parametrize("ran_out", [False, True])
def test_of_eight_at_once_one_has_it(engine: Engine, ran_out: bool) -> None:
    if ran_out:
        Leases(engine, "gone").take("chores", -1)
    together = Barrier(8)

    def grab(number: int) -> bool:
        together.wait()
        return Leases(engine, str(number)).take("chores", LONG)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(grab, range(8))) == 1


def test_every_process_is_a_replica_of_its_own(tmp_path: Path) -> None:
    one, other = State(tmp_path / "one"), State(tmp_path / "other")
    assert one.replica != other.replica
