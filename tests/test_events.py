"""Who sees to an event: one replica at a time, and another where that one is gone."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from test_state import ASKED

from summitqa_bot.state import State, events
from summitqa_bot.state.events import Heard, TakenOver
from summitqa_bot.state.schema import SEEN

HELD = {"text": "Who came?", "response_url": "https://example.org/secret"}
Replicas = Callable[[], State]


@pytest.fixture
def replicas(tmp_path: Path, postgres_databases: Callable[[], str]) -> Iterator[Replicas]:
    """Each call gives another replica of one installation."""
    url = postgres_databases()
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(State(tmp_path, url)))


@pytest.fixture
def two(replicas: Replicas) -> tuple[State, State]:
    return replicas(), replicas()


def let_go_stale(state: State) -> None:
    """Have all claims be older than a lease."""
    long_ago = events._clock() - timedelta(seconds=2 * events.LEASE_SECONDS)
    with state._engine.begin() as connection:
        connection.execute(update(SEEN).where(SEEN.c.done.is_(None)).values(claimed=long_ago))


def row(state: State, event: str) -> dict[str, object]:
    with state._engine.connect() as connection:
        found = connection.execute(select(SEEN).where(SEEN.c.event == event)).mappings().one()
    return dict(found)


def test_on_one_machine_an_event_is_seen_once_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    with closing(State(tmp_path)) as state:
        assert not state.events.shared
        assert state.events.claim("slack:E1", HELD) == 1
        assert state.events.claim("slack:E1", HELD) == 0
        assert row(state, "slack:E1")["payload"] is None
        assert state.events.abandoned("slack", 10) == []
    with closing(State(tmp_path)) as state:
        assert state.events.claim("slack:E1", HELD) == 0


def test_an_event_is_one_replicas_until_that_ones_claim_is_stale(two) -> None:
    ours, theirs = two
    assert ours.events.claim("slack:E1", HELD) == 1
    assert theirs.events.claim("slack:E1", HELD) == 0
    assert ours.events.claim("slack:E1", HELD) == 1  # as after a failover, when it is run again
    let_go_stale(ours)
    assert theirs.events.claim("slack:E1", HELD) == 2
    assert ours.events.claim("slack:E1", HELD) == 0


def test_of_all_that_claim_an_event_at_once_one_has_it(replicas) -> None:
    states, at_once = [replicas() for _ in range(4)], threading.Barrier(4)

    def claim(state: State) -> int:
        at_once.wait()
        return sum(state.events.claim(f"slack:E{number}", HELD) for number in range(20))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(claim, states)) == 20


def test_what_is_done_is_nobodys_and_nothing_of_it_is_kept_but_its_name(two) -> None:
    ours, theirs = two
    ours.events.claim("slack:E1", HELD)
    assert row(ours, "slack:E1")["payload"] == HELD
    ours.events.done(["slack:E1"])
    let_go_stale(ours)
    assert ours.events.claim("slack:E1", HELD) == theirs.events.claim("slack:E1", HELD) == 0
    assert row(ours, "slack:E1")["payload"] is None
    assert theirs.events.abandoned("slack", 10) == []


def test_what_an_older_version_has_seen_is_seen(two) -> None:
    ours, _ = two
    with ours._engine.begin() as connection:
        connection.execute(SEEN.insert().values(event="slack:E1", at=datetime.now(UTC)))
    assert ours.events.claim("slack:E1", HELD) == 0
    assert ours.events.abandoned("slack", 10) == []


def test_a_claim_that_is_renewed_holds_and_one_that_is_anothers_is_told(two) -> None:
    ours, theirs = two
    for name in ("slack:E1", "slack:E2"):
        ours.events.claim(name, HELD)
    let_go_stale(ours)
    assert ours.events.renew(["slack:E1"]) == set()
    assert theirs.events.claim("slack:E1", HELD) == 0
    assert theirs.events.claim("slack:E2", HELD) == 2
    assert ours.events.renew(["slack:E1", "slack:E2"]) == {"slack:E2"}


def test_what_is_stale_is_taken_over_once_with_what_was_delivered(replicas) -> None:
    dead, *others = (replicas() for _ in range(4))
    for number in range(30):
        dead.events.claim(f"slack:E{number}", {"number": number})
    dead.events.claim("discord:1", HELD)
    dead.events.claim("slack:no-payload")
    assert others[0].events.abandoned("slack", 30) == []
    let_go_stale(dead)
    at_once = threading.Barrier(3)

    def take(state: State) -> list[object]:
        at_once.wait()
        found: list[object] = []
        while some := state.events.abandoned("slack", 4):
            found += [(name, payload["number"]) for name, payload in some]
        return found

    with ThreadPoolExecutor(3) as pool:
        taken = [one for found in pool.map(take, others) for one in found]
    assert sorted(taken) == sorted((f"slack:E{number}", number) for number in range(30))
    assert [name for name, _ in others[0].events.abandoned("discord", 9)] == ["discord:1"]


def test_what_is_stale_is_looked_for_among_what_is_open_alone(two) -> None:
    """What was seen of late is kept for days, and all replicas look twice a second."""
    one, _ = two
    query = select(SEEN.c.event).where(events._stale())
    with one._engine.connect() as connection:
        connection.execute(
            text("SET LOCAL enable_seqscan = off")
        )  # of a few rows it would read all
        said = query.compile(connection.engine, compile_kwargs={"literal_binds": True})
        plan = connection.execute(text(f"EXPLAIN {said}")).scalars()
        assert "Index Cond: (claimed <" in "".join(plan)


def test_only_what_can_be_seen_to_here_is_taken_over(two) -> None:
    dead, ours = two
    for number in range(4):
        dead.events.claim(f"discord:{number}", {events.PART: number + 2**40})
    let_go_stale(dead)
    assert ours.events.abandoned("discord", 9, {}) == []
    assert ours.events.abandoned("discord", 9, {2: [1]}, lambda: False) == []
    # Those that others are to see to take no place, and are not held up.
    taken = ours.events.abandoned("discord", 1, {2: [1]})
    assert [name for name, _ in taken] == ["discord:1"]
    taken = ours.events.abandoned("discord", 9, {2: [], 4: [3, 0]})
    assert {name for name, _ in taken} == {"discord:3", "discord:0"}


def test_what_ended_every_replica_that_tried_it_is_let_be(replicas) -> None:
    replicas().events.claim("slack:E1", HELD)
    for _ in range(events.MOST_TRIES - 1):
        one = replicas()
        let_go_stale(one)
        assert one.events.abandoned("slack", 1)
    assert one.events.give_up() == 0
    let_go_stale(one)
    assert one.events.abandoned("slack", 1) == []
    assert one.events.give_up() == 1
    assert row(one, "slack:E1")["payload"] is None


def test_nobody_waits_for_what_is_too_old(two, monkeypatch) -> None:
    dead, ours = two
    before = events._now() - timedelta(seconds=events.OLDEST_SECONDS + 60)
    with monkeypatch.context() as patch:
        patch.setattr(events, "_now", lambda: before)
        dead.events.claim("slack:E1", HELD)
    ours.events.claim("slack:E2", HELD)
    let_go_stale(dead)
    assert [name for name, _ in ours.events.abandoned("slack", 9)] == ["slack:E2"]
    assert ours.events.give_up() == 1
    assert row(ours, "slack:E1")["payload"] is None


def test_what_is_left_to_others_is_theirs_at_once(two) -> None:
    ours, theirs = two
    ours.events.claim("slack:E1", HELD)
    ours.events.release({"slack:E1": HELD})
    assert theirs.events.abandoned("slack", 1) == [("slack:E1", HELD)]
    assert ours.events.claim("slack:E1", HELD) == 0


def test_of_two_that_answered_an_event_one_is_heard(two) -> None:
    frozen, ours = two
    asked = replace(ASKED, ref="named by the event")
    frozen.events.claim("slack:E1", HELD)
    let_go_stale(frozen)
    assert ours.events.abandoned("slack", 1)
    ours.save_answer(replace(asked, version="v2"), "slack:E1")
    with pytest.raises(TakenOver):
        frozen.save_answer(asked, "slack:E1")
    assert ours.answer(asked.ref).version == "v2"


def test_an_answer_that_was_kept_but_not_shown_is_set_anew(two) -> None:
    dead, ours = two
    asked = replace(ASKED, ref="named by the event")
    dead.events.claim("slack:E1", HELD)
    dead.save_answer(asked, "slack:E1")
    let_go_stale(dead)
    assert ours.events.abandoned("slack", 1) == [("slack:E1", HELD)]
    ours.save_answer(replace(asked, version="v2"), "slack:E1")
    assert ours.answer(asked.ref).version == "v2"
    ours.posted(asked.ref, "C1/1.2", None, "slack:E1")
    let_go_stale(ours)
    assert dead.events.abandoned("slack", 1) == []


def test_a_question_withdrawn_before_its_answer_has_none(two) -> None:
    ours, theirs = two
    ours.events.claim("slack:C1/1.1", HELD)
    assert theirs.events.withdraw("slack:C1/1.1")
    with pytest.raises(TakenOver):
        ours.save_answer(ASKED, "slack:C1/1.1")
    assert ours.answer(ASKED.ref) is None
    assert not theirs.events.withdraw("slack:C1/1.1")
    assert not theirs.events.withdraw("slack:C1/what nobody asked")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_a_message_asked_is_known_wherever_it_was_answered(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_databases")() if kind == "postgresql" else None
    with closing(State(tmp_path, url)) as ours, closing(State(tmp_path, url)) as theirs:
        assert theirs.events.heard("slack", "C1/1.1") is None
        ours.events.claim("slack:C1/1.1", HELD)
        assert theirs.events.heard("slack", "C1/1.1") == Heard(None, None, ours.events.shared)
        ours.save_answer(replace(ASKED, origin="C1/1.1"), "slack:C1/1.1")
        ours.posted(ASKED.ref, "C1/1.2", None, "slack:C1/1.1")
        assert theirs.events.heard("slack", "C1/1.1") == Heard(ASKED.question, "C1/1.2", False)
        edited = replace(ASKED, ref="r2", question="Who else?", origin="C1/1.1", private=True)
        theirs.save_answer(edited)
        assert ours.events.heard("slack", "C1/1.1") == Heard("Who else?", "C1/1.2", False)
        assert ours.events.heard("discord", "C1/1.1") is None
