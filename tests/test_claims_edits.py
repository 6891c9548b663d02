"""Edits and deletions of what another replica has answered, or is about to."""

# ruff: noqa: F811 - fixtures of another module
import asyncio

from replica_pair import LEASE, Hall, Replica, asks, ended, leases, shown, two, until  # noqa: F401


async def test_an_edit_sets_anew_what_the_other_has_answered(two) -> None:
    one, other = two
    await one.deliver(asks("Who?"))
    await until(lambda: shown(one) == ["On Who?"])
    await other.deliver(asks("Who came?", "m1:1", "m1"))
    await until(lambda: shown(one) == ["On Who came?"])
    await one.deliver(asks("Who?", "m1:2", "m1"))  # as it was first, and as we know it
    await until(lambda: shown(one) == ["On Who?"])


async def test_an_edit_that_changed_no_word_is_none_wherever_it_was_answered(two) -> None:
    one, other = two
    await one.deliver(asks("Who?"))
    await until(lambda: shown(one) == ["On Who?"])
    await other.deliver(asks("Who?", "m1:preview", "m1"))
    assert other.last is None


async def test_an_edit_of_what_nobody_asked_is_none(two) -> None:
    await two[1].deliver(asks("Who?", "m1:1", "m1"))
    assert two[1].last is None


async def test_an_edit_waits_for_the_answer_of_the_other(two) -> None:
    one, other = two
    one.working.clear()
    await one.deliver(asks("Who?"))
    await one.begun.wait()
    editing = asyncio.create_task(other.deliver(asks("Who came?", "m1:1", "m1")))
    await asyncio.sleep(0.2)
    one.working.set()
    await editing
    await until(lambda: shown(one) == ["On Who came?"])


async def test_an_edit_calls_off_what_takes_long(two, monkeypatch) -> None:
    one, other = two
    monkeypatch.setattr("summitqa_bot.claiming.ANSWERED_SECONDS", 0.1)
    one.working.clear()
    await one.deliver(asks("Who?"))
    await one.begun.wait()
    await other.deliver(asks("Who came?", "m1:1", "m1"))
    await until(lambda: shown(one) == ["On Who came?"])
    one.working.set()
    await ended(one)
    assert shown(one) == ["On Who came?"]


async def test_an_edit_of_what_was_no_question_is_answered(two) -> None:
    one, other = two
    await one.deliver(asks("help"))
    await until(lambda: shown(one) == ["This is help."])
    await other.deliver(asks("Who came?", "m1:1", "m1"))
    await until(lambda: "On Who came?" in shown(one))


async def test_a_question_deleted_before_its_answer_has_none(two) -> None:
    one, other = two
    one.working.clear()
    await one.deliver(asks("Who?"))
    await one.begun.wait()
    await other.attendance.deleted("m1")
    one.working.set()
    await ended(one)
    await leases(2)
    assert not shown(one)
    assert not one.room.told
