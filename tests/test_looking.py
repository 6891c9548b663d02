"""Looking at what is to be put on a shelf: who sends much at once gets no more than others."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from summitqa_bot.metrics import Metrics
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.jobs import SharedJobs
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.reindexer import Reindexer
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import File
from tests.fakes import FakeEncoder, index, library, shelves, write

ADMIN = Actor("discord", "200000000000000002", "1", "10", manages=True)
HOUSE = {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}


async def _aside(do: Callable[..., object], *args: object) -> object:
    return await asyncio.to_thread(do, *args)


@pytest.fixture
def reindexer(tmp_path: Path) -> Reindexer:
    index(tmp_path, write(tmp_path / "house", HOUSE))
    state = State(tmp_path)
    found, jobs = shelves(library(tmp_path), state), SharedJobs(state.jobs, _aside)
    return Reindexer(found, FakeEncoder(), _aside, Metrics(), jobs)


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


async def test_what_was_looked_at_while_there_was_room_finds_none_any_more(tmp_path):
    index(tmp_path, write(tmp_path / "house", HOUSE))
    settings = Settings(home=tmp_path, shelf_articles=3)
    desk = Desk(settings, library(tmp_path), State(tmp_path), FakeEncoder())
    texts = [f"# Rule {number}\n\nText {number}.\n" for number in range(4)]
    drafts = [
        await desk.articles.add(ADMIN, Material(file=File("rules.md", text.encode())))
        for text in texts
    ]
    presses = [draft.buttons[0].id for draft in drafts]
    done = [await desk.press(ADMIN, press) for press in presses]
    assert done[-1].text == said.FULL_ARTICLES.format(count=3)
    assert "Rule 3" not in (await desk.articles.listing(ADMIN)).text
    # One that was made is none more, and taking one off or replacing it needs no room.
    assert (await desk.press(ADMIN, presses[0])).text == said.DONE_SAME
    other = await desk.articles.add(
        ADMIN, Material(text="# Rule A\n\nText.\n"), instead_of="rules-2"
    )
    assert "Rule A" in (await desk.press(ADMIN, other.buttons[0].id)).text
    removal = await desk.articles.remove(ADMIN, "rules-3")
    assert "off the shelf" in (await desk.press(ADMIN, removal.buttons[0].id)).text
    assert "Rule 3" in (await desk.press(ADMIN, presses[3])).text
    await desk.close()
