"""A replica that stops while its database is slow: what it began is another's, and is told by one."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from web_world import FakeVenue, Room

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot import claiming
from summitqa_bot.claiming import Claiming
from summitqa_bot.event import Event
from summitqa_bot.service.claims import Claims
from summitqa_bot.state import State, events
from summitqa_bot.state.events import TakenOver

PAYLOAD = {"text": "Who came?"}


class Replica:
    """Its claims, the one thread that it asks its database in, and what holds that up."""

    def __init__(self, state: State) -> None:
        self.state, self.clerk, self.gate = state, ThreadPoolExecutor(1), threading.Event()
        self.gate.set()
        self.claims = Claims(state, self._clerically)
        self.claims.serves("web", None)
        self.claiming = Claiming("web", self.claims, logging.getLogger("summitqa_bot.web"))

    async def _clerically(self, do, *args):
        def when_it_may():
            self.gate.wait()
            return do(*args)

        return await asyncio.get_running_loop().run_in_executor(self.clerk, when_it_may)

    def left(self) -> list[tuple[str, dict[str, str]]]:
        """Give what it would take over of others."""
        return self.state.events.abandoned("web", 10)


@pytest.fixture
async def two(tmp_path, postgres_databases, monkeypatch):
    monkeypatch.setattr(claiming, "HANDING_SECONDS", 0.1)
    url = postgres_databases()
    made = [Replica(await asyncio.to_thread(State, tmp_path, url)) for _ in range(2)]
    for one in [*made, *made]:
        await one.claims.keep()
    yield made
    for one in made:
        one.gate.set()
        one.clerk.shutdown()
        one.state.close()


def away(*_):
    raise DatabaseUnavailableError("It is away.")


async def actor():
    raise AssertionError("nobody is asked")


def event() -> Event:
    return Event("m1", FakeVenue(Room()), actor, payload=PAYLOAD)


async def test_it_knows_of_others_from_before(two):
    one, other = two
    one.gate.clear()
    assert await one.claiming.leave()
    one.gate.set()
    await asyncio.wrap_future(one.clerk.submit(lambda: None))
    assert not await other.claiming.leave()


async def test_what_it_cannot_hand_back_in_time_is_nevertheless_another_s(two):
    one, other = two
    await one.claiming.take(event())
    one.gate.clear()
    assert [known.id for known in await one.claiming.hand_back([event()])] == ["m1"]
    one.gate.set()
    await asyncio.wrap_future(one.clerk.submit(lambda: None))
    assert other.left() == [("web:m1", PAYLOAD)]


@pytest.mark.parametrize("queued", [True, False])
async def test_what_it_was_about_to_take_on_is_handed_back_too(two, queued):
    one, other = two
    one.gate.clear()
    before = one.clerk.submit(one.gate.wait) if queued else None
    taking = asyncio.create_task(one.claiming.take(event()))
    await asyncio.sleep(0.1)
    taking.cancel()
    await asyncio.wait([taking])
    one.gate.set()
    assert [known.id for known in await one.claiming.hand_back([event()])] == ["m1"]
    assert before is None or before.done()
    assert other.left() == [("web:m1", PAYLOAD)]
    assert not await one.claims.take("web:m1", PAYLOAD)


@pytest.mark.parametrize("alone", [True, False])
async def test_cut_off_for_longer_than_a_lease_it_leaves_the_word_to_others(
    two, monkeypatch, alone
):
    one, other = two
    if alone:
        await other.claims.leave("web")
        await one.claims.keep()
    taken = await one.claiming.take(event())
    monkeypatch.setattr(events, "LEASE_SECONDS", 0.05)
    await asyncio.sleep(0.1)
    monkeypatch.setattr(one.state.events, "renew", away)
    if alone:
        assert not await one.claiming.sure(taken)
    else:
        with pytest.raises(TakenOver):
            await one.claiming.sure(taken)
        await one.claims.keep()
        assert other.left() == [("web:m1", PAYLOAD)]


async def test_what_nobody_else_can_see_to_is_not_left_to_others(two):
    one, _ = two
    silent = replace(event(), payload=None)
    await one.claiming.take(silent)
    assert not await one.claiming.hand_back([silent])
