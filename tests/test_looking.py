"""Looking at what is to be put on a shelf: who sends much at once holds up no other."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from summitqa_bot.reindexer import Reindexer
from summitqa_bot.state import State
from tests.fakes import FakeEncoder, index, library, shelves, write


async def _aside(do: Callable[..., object], *args: object) -> object:
    return await asyncio.to_thread(do, *args)


@pytest.fixture
def reindexer(tmp_path: Path) -> Reindexer:
    index(tmp_path, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nIt is of stone.\n"}))
    return Reindexer(shelves(library(tmp_path), State(tmp_path)), FakeEncoder(), _aside)


async def test_files_that_take_long_hold_up_their_own_shelf_alone(reindexer):
    ended = threading.Event()
    slow = [
        asyncio.create_task(reindexer.look("discord-1", "a", lambda _: ended.wait(30)))
        for _ in range(5)
    ]
    try:
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            assert await reindexer.look("discord-2", "b", lambda _: "seen") == "seen"
    finally:
        ended.set()
        await asyncio.gather(*slow)
