"""Two replicas before one platform: each event is answered once, by one or by the other."""

# ruff: noqa: F811 - fixtures of another module
import asyncio

import pytest
from replica_pair import LEASE, Hall, Replica, asks, ended, leases, shown, two, until  # noqa: F401

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot import strings
from summitqa_bot.state.schema import SEEN


async def test_what_is_delivered_to_both_is_answered_once(two) -> None:
    for number in range(20):
        await asyncio.gather(*(one.deliver(asks("Who?", f"m{number}")) for one in two))
    await until(lambda: len(shown(two[0])) == 20)
    await leases(2)
    assert shown(two[0]) == ["On Who?"] * 20


async def test_what_a_replica_dies_over_is_answered_by_the_other(two) -> None:
    dead, ours = two
    dead.working.clear()
    await dead.deliver(asks("Who?"))
    await dead.begun.wait()
    dead.freeze()
    await until(lambda: shown(ours) == ["On Who?"])
    # It was frozen only, and goes on.
    dead.working.set()
    await ended(dead)
    assert shown(ours) == ["On Who?"]
    assert not ours.room.told


async def test_what_was_kept_but_not_shown_is_shown_by_the_other_and_only_by_it(two) -> None:
    dead, ours = two
    dead.showing.clear()
    await dead.deliver(asks("Who?"))
    await dead.kept.wait()
    dead.freeze()
    await until(lambda: shown(ours) == ["On Who?"])
    assert [one.question for one in ours.state.recent(1, found=True)] == ["Who?"]


async def test_what_was_shown_but_not_noted_is_set_anew_and_comes_no_second_time(two) -> None:
    dead, ours = two
    dead.noting.clear()
    await dead.deliver(asks("Who?"))
    await until(lambda: shown(ours))
    dead.freeze()
    await ours.kept.wait()
    await ended(ours)
    assert shown(ours) == ["On Who?"]
    [message] = ours.room.messages
    assert ours.state.events.heard("web", "m1").answer == message


async def test_a_replica_that_was_frozen_before_it_showed_says_nothing(two, monkeypatch) -> None:
    frozen, ours = two
    sure = frozen.claims.sure
    thawed = asyncio.Event()

    async def later(event: str) -> None:
        await thawed.wait()
        await sure(event)

    monkeypatch.setattr(frozen.claims, "sure", later)
    await frozen.deliver(asks("Who?"))
    await frozen.kept.wait()
    frozen.freeze()
    await until(lambda: shown(ours) == ["On Who?"])
    thawed.set()
    await ended(frozen)
    assert shown(ours) == ["On Who?"]


async def test_work_that_takes_longer_than_a_lease_stays_whose_it_is(two) -> None:
    ours, other = two
    ours.working.clear()
    await ours.deliver(asks("Who?"))
    await leases(3)
    assert not other.begun.is_set()
    ours.working.set()
    await until(lambda: shown(ours) == ["On Who?"])


async def test_work_that_was_taken_over_ends_where_it_is_told_of_that(two) -> None:
    ours, other = two
    ours.working.clear()
    await ours.deliver(asks("Who?"))
    await ours.begun.wait()
    await other.claims.withdraw("web:m1")
    await ended(ours)
    assert ours.last.cancelled()
    assert not shown(ours)


async def test_after_an_outage_those_who_live_may_renew_their_claims_first(two) -> None:
    ours, other = two
    other.freeze()
    ours.working.clear()
    await ours.deliver(asks("Who?"))
    await ours.begun.wait()
    ours.freeze()
    await leases(2)
    await other.claims.look()
    await other.claims.look()
    assert not other.begun.is_set()
    other.live()
    await until(lambda: shown(ours) == ["On Who?"])


async def test_what_both_have_heard_is_answered_by_the_one_that_lives(two) -> None:
    dead, ours = two
    dead.working.clear()
    await dead.deliver(asks("Who?"))
    await dead.begun.wait()
    await ours.deliver(asks("Who?"))  # delivered again, as Slack does
    await ended(ours)
    assert not shown(ours)
    dead.freeze()
    await until(lambda: shown(ours) == ["On Who?"])
    await ours.deliver(asks("Who?"))
    await ended(ours)
    assert shown(ours) == ["On Who?"]


async def test_what_a_stop_cuts_off_is_gone_on_with_at_once(two) -> None:
    stopping, ours = two
    await leases(1.5)  # it is known by then that both are there
    stopping.working.clear()
    await stopping.deliver(asks("Who?"))
    await stopping.begun.wait()
    await stopping.attendance.drain()
    assert not stopping.room.told
    await until(lambda: shown(ours) == ["On Who?"])


async def test_where_there_is_no_other_a_stop_is_told(two) -> None:
    stopping, other = two
    other.freeze()
    await other.attendance.drain()
    stopping.working.clear()
    await stopping.deliver(asks("Who?"))
    await stopping.begun.wait()
    await stopping.attendance.drain()
    assert stopping.room.told == [strings.STOPPING]


async def test_which_message_answers_another_is_known_to_both(two) -> None:
    one, other = two
    await one.deliver(asks("Who?"))
    await ended(one)
    [message] = one.room.messages
    assert await one.attendance.answer_to("m1") == message
    assert await other.attendance.answer_to("m1") == message
    assert await other.attendance.answer_to("m2") is None


async def test_what_could_not_be_noted_as_done_is_noted_later(two, monkeypatch) -> None:
    ours, other = two
    done, fails = ours.state.events.done, [OSError("gone")]

    def at_last(names):
        if fails:
            raise fails.pop()
        done(names)

    monkeypatch.setattr(ours.state.events, "done", at_last)
    await ours.deliver(asks("help"))
    await ended(ours)
    await leases(3)
    assert shown(ours) == ["This is help."]
    assert not other.begun.is_set()
    with ours.state._engine.connect() as connection:
        assert connection.execute(SEEN.select()).mappings().one()["done"]


async def test_where_the_database_cannot_be_asked_there_is_an_answer(two, monkeypatch) -> None:
    def away(*_: object) -> int:
        raise OSError("the database is away")

    ours, _ = two
    monkeypatch.setattr(ours.state.events, "claim", away)
    await ours.deliver(asks("help"))
    await ended(ours)
    assert shown(ours) == ["This is help."]


@pytest.mark.parametrize("text", ["Who?", "help"])
async def test_what_could_not_be_claimed_is_asked_for_again_before_it_is_shown(
    two, monkeypatch, text
) -> None:
    ours, other = two
    claim, fails = ours.state.events.claim, [DatabaseUnavailableError("too slow")]

    def at_last(event: str, payload: object) -> int:
        if fails:
            raise fails.pop()
        return claim(event, payload)

    monkeypatch.setattr(ours.state.events, "claim", at_last)
    ours.working.clear()
    await ours.deliver(asks(text))
    await ours.begun.wait()
    await other.deliver(asks(text))
    await ended(other)
    ours.working.set()
    await ended(ours)
    assert len(shown(ours)) == 1
    # It is held no more, should the other die over it.
    assert not ours.claims.ours(["web:m1"])


async def test_what_was_answered_without_a_claim_is_nobody_elses_once_the_database_is_back(
    two, monkeypatch
) -> None:
    def away(*_: object) -> int:
        raise DatabaseUnavailableError("away")

    ours, other = two
    with monkeypatch.context() as patch:
        for name in ("claim", "done"):
            patch.setattr(ours.state.events, name, away)
        await ours.deliver(asks("help"))
        await ended(ours)
        await ours.deliver(asks("help"))
        await ended(ours)
    assert shown(ours) == ["This is help."]
    await until(lambda: other.state.events.heard("web", "m1"))
    await other.deliver(asks("help"))
    await ended(other)
    assert shown(ours) == ["This is help."]
