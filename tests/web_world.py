"""A platform that is none: its messages by their ids, its venue, and a desk that remembers."""

import asyncio
import itertools
from dataclasses import dataclass, field, replace

import pytest
from fake_claims import FakeClaims

from summitqa_bot.attend import Attendance
from summitqa_bot.event import Event
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.permissions import Actor
from summitqa_bot.wording.reply import Reply

ANN = Actor("web", "ann", channel="hall", thread="t1")
SHARED = Reply("An answer", ref="r1")
_numbers = itertools.count(1)


class FailingClaims(FakeClaims):
    async def take(self, event, payload):
        self.desk.may("take")
        return await super().take(event, payload)

    async def done(self, event):
        self.desk.may("done")


class FakeDesk:
    """Remembers what it is told; ``fails`` names the methods that raise."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.seen: set[str] = set()
        self.places: list[tuple[Reply, Actor, str]] = []
        self.unposted: list[Reply] = []
        self.amenders: dict[str, object] = {}
        self.fails: set[str] = set()
        self.claims = FailingClaims(self)

    def amends(self, platform, amend):
        self.amenders[platform] = amend

    async def posted(self, reply, actor, message):
        self.may("posted")
        self.places.append((reply, actor, message))

    async def not_posted(self, reply):
        self.unposted.append(reply)

    def may(self, name):
        if name in self.fails:
            raise RuntimeError(f"no {name} today")


@dataclass
class Room:
    """The platform: its messages by their ids, and what was said to one person alone."""

    messages: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    async def amend(self, message: str, reply: Reply) -> float:
        self.messages[message] = reply.text
        return 0.0


@dataclass
class FakeVenue:
    room: Room
    deaf: bool = False
    barred: bool = False

    async def ack(self) -> bool:
        self.room.log.append("ack")
        return True

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        if self.barred:
            return None
        message = instead if instead in self.room.messages else f"hall/{next(_numbers)}"
        self.room.messages[message] = reply.text
        return message

    async def earlier(self, reply: Reply) -> str | None:
        return None

    async def tell(self, sentence: Reply, instead: str | None = None) -> None:
        if self.deaf:
            await asyncio.sleep(60)
        assert sentence.private
        self.room.told.append(sentence.text)


def event(room: Room, name: str = "e1", **venue: bool) -> Event:
    async def actor() -> Actor:
        return ANN

    return Event(name, FakeVenue(room, **venue), actor)


def saying(reply: Reply | None, seconds: float = 0):
    async def work(_: Actor) -> Reply | None:
        await asyncio.sleep(seconds)
        return reply

    return work


async def broken(_: Actor) -> Reply:
    raise RuntimeError("the roof came down")


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def attendance(room: Room, desk: FakeDesk) -> Attendance:
    return Attendance("web", desk, room.amend, lambda actor, *_: replace(actor, thread="t2"))
