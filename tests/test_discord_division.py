"""The shards of a bot are divided evenly among replicas, and none is left out."""

import random

import pytest

from summitqa_bot.discord.division import (
    Division,
    bucket_lease,
    counts,
    replica_lease,
    shard_lease,
    unheld,
)

MANY = 1000


def settled(division: Division, moves: int = 200) -> tuple[Division, int]:
    """Have replicas take and give, in any order, until none wants to; count what moved."""
    held, moved, order = dict(division.held), 0, random.Random(7)
    for _ in range(moves):
        replicas = list(division.most)
        order.shuffle(replicas)
        before = dict(held)
        for one in replicas:
            now = Division(division.count, held, division.most)
            given = now.gives(one)
            if given is not None:
                del held[given]
                moved += 1
            elif now.free and now.takes(one):
                held[order.choice(now.free)] = one
        if held == before:
            return Division(division.count, held, division.most), moved
    raise AssertionError("they never come to rest")


def sizes(division: Division) -> list[int]:
    return sorted(len(division.of(one)) for one in division.most)


def test_it_is_read_from_the_names_of_leases() -> None:
    leases = {
        shard_lease(12, 3): ("we", 20.0),
        shard_lease(16, 4): ("they", 20.0),
        replica_lease(12, "we", 5): ("we", 20.0),
        bucket_lease(1): ("we:1f", 3.0),
        "discord:commands": ("we", 3.0),
    }
    assert Division.read(12, leases) == Division(12, {3: "we"}, {"we": 5})
    assert counts(leases) == {12, 16}


@pytest.mark.parametrize(
    ("count", "most", "expected"),
    [
        (12, (MANY, MANY, MANY), [4, 4, 4]),
        (12, (MANY,), [12]),
        (11, (MANY, MANY, MANY), [3, 4, 4]),
        (1, (MANY, MANY), [0, 1]),
        (12, (2, MANY, MANY), [2, 5, 5]),
        (12, (4, 4), [4, 4]),
    ],
)
def test_all_are_taken_evenly_up_to_what_each_takes_at_most(count, most, expected) -> None:
    replicas = {f"replica {number}": one for number, one in enumerate(most)}
    division, moved = settled(Division(count, {}, replicas))
    assert sizes(division) == expected
    assert not moved


def test_those_of_one_that_died_are_the_others() -> None:
    held = {shard: "abc"[shard % 3] for shard in range(12)}
    left = {shard: holder for shard, holder in held.items() if holder != "c"}
    division, moved = settled(Division(12, left, {"a": MANY, "b": MANY}))
    assert sizes(division) == [6, 6]
    assert not moved
    assert {shard: division.held[shard] for shard in left} == left


def test_one_that_comes_gets_its_share_and_no_more_than_that_moves() -> None:
    held = {shard: "ab"[shard % 2] for shard in range(12)}
    division, moved = settled(Division(12, held, {"a": MANY, "b": MANY, "c": MANY}))
    assert sizes(division) == [4, 4, 4]
    assert moved == 4


def test_nothing_is_given_up_for_one_that_takes_no_more() -> None:
    held = dict.fromkeys(range(12), "a")
    division, moved = settled(Division(12, held, {"a": MANY, "b": 1}))
    assert sizes(division) == [1, 11]
    assert moved == 1


def test_one_that_is_not_counted_takes_nothing() -> None:
    assert not Division(12, {}, {"a": MANY}).takes("b")


def test_those_that_nobody_holds_are_counted_where_replicas_are_there_to_serve_them() -> None:
    held = {shard_lease(4, 0): ("we", 20.0), shard_lease(4, 3): ("we", 20.0)}
    assert unheld({}) == 0
    assert unheld(held) == 0  # the last of an old number, or a replica that stops
    assert unheld({**held, replica_lease(4, "we", 9): ("we", 20.0)}) == 2
