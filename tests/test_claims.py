"""Two replicas before one platform: each event is answered once, by one or by the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from test_state import ASKED
from web_world import ANN, FakeDesk, FakeVenue, Room

from summitqa_bot import attend, strings
from summitqa_bot.attend import Attendance
from summitqa_bot.event import DELIVERED, Event
from summitqa_bot.service.claims import Claims
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state import State, events
from summitqa_bot.state.schema import SEEN
from summitqa_bot.wording.reply import Reply

LEASE = 1.0


class Hall(Room):
    """A room in which it can be found which message shows an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str | None, str | None] = {}


class Replica(FakeDesk):
    """A desk on the shared database, and what it hears of the web, which is no platform.

    Its gates hold it up before it keeps an answer, before it shows it and before it notes that.
    """

    def __init__(self, state: State, room: "Hall") -> None:
        super().__init__()
        self.state, self.room = state, room
        self.clerk = ThreadPoolExecutor(1)
        self.claims = Claims(state, self.clerically)
        self.working, self.showing, self.noting = gates = [asyncio.Event() for _ in range(3)]
        for gate in gates:
            gate.set()
        self.begun, self.kept = asyncio.Event(), asyncio.Event()
        self.attendance = Attendance("web", self, room.amend, lambda actor, *_: actor)
        self.attendance.takes_over(self.deliver)
        self.chores: list[asyncio.Task[None]] = []
        self.last: asyncio.Task[None] | None = None

    async def clerically(self, do, *args):
        return await asyncio.get_running_loop().run_in_executor(self.clerk, partial(do, *args))

    async def deliver(self, payload):
        """Hear what a platform delivers."""
        DELIVERED.set(payload)
        text, message = payload["text"], payload["message"]
        venue = FakeVenue(self.room)
        event = Event(payload["id"], venue, self.actor)
        shown = venue.show

        async def show(reply: Reply, instead: str | None = None) -> str | None:
            await self.showing.wait()
            message = await shown(reply, instead)
            self.room.answers[reply.ref] = message
            return message

        async def earlier(reply: Reply) -> str | None:
            return self.room.answers.get(reply.ref)

        venue.show, venue.earlier = show, earlier  # type: ignore[method-assign]

        async def work(actor: Actor) -> Reply:
            self.begun.set()
            await self.working.wait()
            if text == "help":
                return Reply("This is help.")
            ref = self.state.hashed(actor.event or "")[:16]
            asked = replace(
                ASKED, ref=ref, platform="web", question=text, origin=actor.origin, thread=None
            )
            await self.clerically(self.state.save_answer, asked, actor.event)
            self.kept.set()
            return Reply(f"On {text}", ref=ref)

        if payload["id"] != message and not await self.attendance.revised(message):
            return
        self.last = self.attendance.hear(event, message, text, work)

    async def actor(self) -> Actor:
        return ANN

    async def posted(self, reply, actor, message):
        await self.noting.wait()
        if reply.ref:
            where = message, actor.thread, actor.event
            await self.clerically(self.state.posted, reply.ref, *where)
            self.claims.settled(actor.event)

    def live(self) -> None:
        """Do what is to be done all the time."""

        def every(seconds: float, do: Callable[[], Awaitable[None]]) -> None:
            async def forever() -> None:
                while True:
                    await do()
                    await asyncio.sleep(seconds)

            self.chores.append(asyncio.create_task(forever()))

        self.claims.begin(every)

    def freeze(self) -> None:
        """Do nothing of that any more, as a process that is stopped, or dead."""
        for chore in self.chores:
            chore.cancel()


def asks(text: str, name: str = "m1", message: str | None = None) -> dict[str, str]:
    return {"id": name, "message": message or name, "text": text}


@pytest.fixture
async def two(
    tmp_path: Path, postgres_databases: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Replica, Replica]]:
    monkeypatch.setattr(events, "LEASE_SECONDS", LEASE)
    monkeypatch.setattr(attend, "FINISHING_SECONDS", 0.05)
    url, room = postgres_databases(), Hall()
    async with _replica(tmp_path, url, room) as one, _replica(tmp_path, url, room) as other:
        yield one, other


@asynccontextmanager
async def _replica(home: Path, url: str, room: Hall) -> AsyncIterator[Replica]:
    made = Replica(await asyncio.to_thread(State, home, url), room)
    try:
        made.live()
        yield made
    finally:
        made.freeze()
        running = [*made.chores, *([made.last] if made.last else [])]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        made.clerk.shutdown()
        made.state.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def ended(replica: Replica) -> None:
    if replica.last is not None:
        await asyncio.wait({replica.last}, timeout=20)


async def leases(count: float) -> None:
    await asyncio.sleep(count * LEASE)


def shown(replica: Replica) -> list[str]:
    return list(replica.room.messages.values())


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
