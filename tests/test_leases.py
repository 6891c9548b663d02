"""Leases: one replica holds each, until it lets go of it or it runs out."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

from summitqa_bot.state import State
from summitqa_bot.state.leases import Leases

LONG = 3600.0


def test_that_of_one_process_alone_is_always_its_own(tmp_path: Path) -> None:
    state = State(tmp_path)
    assert state.leases.take("chores", LONG)
    assert state.leases.take("chores", LONG)
    state.leases.free("chores")
    assert state.leases.keep(["chores"], LONG) == {"chores"}
    assert state.leases.holders("") == {}
    assert not state.leases.shared


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


def test_those_that_are_ours_still_are_kept_at_once(engine: Engine) -> None:
    ours, theirs = Leases(engine, "we"), Leases(engine, "they")
    ours.take("one", 10)
    ours.take("lapsed", -1)
    ours.take("lost", -1)
    theirs.take("lost", LONG)
    assert ours.keep(["one", "lapsed", "lost", "never"], LONG) == {"one", "lapsed"}
    left = {name: seconds for name, (holder, seconds) in ours.holders("").items()}
    assert min(left.values()) > LONG - 60
    assert not theirs.take("lapsed", LONG)


def test_a_part_of_us_holds_for_itself(engine: Engine) -> None:
    ours = Leases(engine, "we")
    assert ours.of("one").take("gate", LONG)
    assert not ours.of("other").take("gate", LONG)
    assert not ours.take("gate", LONG)
    assert ours.of("one").take("gate", LONG)


def test_what_ran_out_long_ago_goes_with_what_is_let_go_of(engine: Engine) -> None:
    ours = Leases(engine, "we")
    ours.take("old", -3 * 24 * 3600)
    ours.take("lapsed", -1)
    ours.free("chores")
    assert ours.keep(["old", "lapsed"], LONG) == {"lapsed"}


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
