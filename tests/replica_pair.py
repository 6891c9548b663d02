"""Two replicas before one platform, on one database: desks that answer as they are told."""

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

from summitqa_bot import attend
from summitqa_bot.attend import Attendance
from summitqa_bot.event import DELIVERED, Event
from summitqa_bot.service.claims import Claims
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state import State, events
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

        def every(_: str, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
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
