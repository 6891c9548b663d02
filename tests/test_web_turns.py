"""Those who read long texts wait behind themselves, and hold up nobody who asks."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.web import pages
from tests.fakes import index, write
from tests.web_rig import Visitor, desk_of, visitor_of

GATES = "# Gates\n\nThe number of gate 7 is 259, as the keeper wrote.\n\nThe bell rings at noon.\n"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    index(tmp_path / "home", write(tmp_path / "s", {"gates.md": GATES}))
    async with desk_of(tmp_path / "home", web_proxies=1) as made:
        yield made


@pytest.fixture
async def visitor(desk: Desk) -> AsyncIterator[Visitor]:
    async with visitor_of(desk) as made:
        yield made


class Slow:
    """Opens a text only once it may; ``opened`` are the versions that were asked for, in order."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[str] = []
        self._may, self._asked = threading.Semaphore(0), threading.Event()
        self._open = desk.reading.open
        monkeypatch.setattr(desk.reading, "open", self)

    def __call__(self, target: Any, *given: Any) -> Any:
        self.opened.append(target.version)
        self._asked.set()
        assert self._may.acquire(timeout=20)
        return self._open(target, *given)

    def go_on(self, times: int = 1) -> None:
        self._may.release(times)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._asked.wait, 20)


@pytest.fixture
def slow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(desk, monkeypatch)


def opening(visitor: Visitor, version: str, address: str) -> "asyncio.Task[int]":
    async def status() -> int:
        told = {"X-Forwarded-For": address}
        async with visitor.client.get(f"/a/house/gates?v={version}", headers=told) as answer:
            return answer.status

    return asyncio.create_task(status())


async def test_a_question_in_chat_does_not_wait_for_those_who_read(
    visitor: Visitor, desk: Desk, slow: Slow
) -> None:
    readers = [opening(visitor, str(one), f"10.0.0.{one}") for one in range(6)]
    await slow.reached()
    reply = await desk.ask(Actor("discord", "ann", workspace="1"), "When does the bell ring?")
    assert reply.cards
    assert len(slow.opened) == 1
    slow.go_on(6)
    assert await asyncio.gather(*readers) == [200] * 6


async def test_who_opens_many_at_once_waits_behind_themselves(visitor: Visitor, slow: Slow) -> None:
    many = [opening(visitor, f"many-{one}", "10.0.0.1") for one in range(3)]
    await slow.reached()
    one = opening(visitor, "one", "10.0.0.2")
    await asyncio.sleep(0.1)
    slow.go_on(4)
    assert await asyncio.gather(*many, one) == [200] * 4
    assert slow.opened.index("one") == 1


async def test_what_nobody_waits_for_any_more_is_not_read(visitor: Visitor, slow: Slow) -> None:
    first, left = opening(visitor, "first", "10.0.0.1"), opening(visitor, "left", "10.0.0.1")
    await slow.reached()
    await asyncio.sleep(0.1)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    last = opening(visitor, "last", "10.0.0.1")
    slow.go_on(3)
    assert await asyncio.gather(first, last) == [200, 200]
    assert slow.opened == ["first", "last"]


async def test_a_text_is_set_out_beside_the_loop(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def noted(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return reading_of(*given)

    reading_of = pages.reading_of
    monkeypatch.setattr(pages, "reading_of", noted)
    assert (await visitor.open("/a/house/gates")).status == 200
    assert threads
    assert threading.main_thread() not in threads
