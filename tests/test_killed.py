"""A process killed at any step of an addition, an undo or a hand-off loses and doubles nothing."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from summitqa.taught import pairs_of, read_raw
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import Filled
from summitqa_index.putting import Standing
from tests.fakes import FakeEncoder, index, library, write
from tests.killing import killed_at

ADMIN = Actor("discord", "200000000000000002", "1", "10", "t1", manages=True)
RULES = "# Harbour\n\nBoats tie up at the east pier.\n\nThe gate is shut at nine.\n"
POOL = "# Pool\n\nThe pool opens at six.\n"

Act = Callable[[Desk], Awaitable[None]]


def opened(home: Path) -> Desk:
    return Desk(Settings(home=home), library(home), State(home), FakeEncoder())


def do(home: Path, act: Act) -> None:
    async def acting() -> None:
        desk = opened(home)
        try:
            await act(desk)
        finally:
            await desk.close()

    asyncio.run(acting())


def slugs(home: Path) -> list[str]:
    desk = opened(home)
    standing = Standing.of(desk._shelves.publisher(ADMIN.community))
    shelf = desk._shelves.get(ADMIN.community)
    there = list(shelf.library.store.slugs) if shelf else []
    assert [entry.slug for entry in standing.catalogue] == there
    asyncio.run(desk.close())
    return there


@pytest.fixture
def began(tmp_path: Path) -> Path:
    """A home with a community's shelf of one article, and a draft of another."""
    home = tmp_path / "began"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))

    async def begin(desk: Desk) -> None:
        first = await desk.articles.add(ADMIN, Material(text=RULES))
        done = await desk.press(ADMIN, first.buttons[0].id)
        draft = await desk.articles.add(ADMIN, Material(text=POOL))
        await desk.choosing.editors(ADMIN, "77")
        asked = await desk.ask(ADMIN, "Can guests sleep aboard?")
        desk._state.handoffs.open(asked.ref, ADMIN.community, "Can guests sleep aboard?")
        lines = (draft.buttons[0].id, done.buttons[0].id, asked.ref)
        (tmp_path / "ids").write_text("\n".join(lines))

    do(home, begin)
    return home


def every_step(began: Path, act: Act, stride: int = 1) -> tuple[int, list[Path]]:
    """Do it once for each step, or each so many, killed there; count them, give the homes left."""
    left, step = [], 1 - stride
    while True:
        step += stride
        home = began.with_name(f"killed-{step}")
        shutil.copytree(began, home)
        if not killed_at(step, partial(do, home, act)):
            return step, left
        left.append(home)


def ids(began: Path) -> list[str]:
    return (began.parent / "ids").read_text().split("\n")


def test_an_addition_is_made_or_not_and_pressed_again_is_there_once(began):
    put = ids(began)[0]

    async def press(desk: Desk) -> None:
        await desk.press(ADMIN, put)

    steps, homes = every_step(began, press, 2)
    assert steps > 10
    seen = set()
    for home in homes:
        before = slugs(home)
        assert before in (["harbour"], ["harbour", "pool"])
        seen.add(len(before))
        do(home, press)
        assert slugs(home) == ["harbour", "pool"]
    assert seen == {1, 2}


def test_an_undo_is_done_or_not_and_pressed_again_is_done_once(began):
    undo = ids(began)[1]

    async def press(desk: Desk) -> None:
        await desk.press(ADMIN, undo)

    steps, homes = every_step(began, press)
    assert steps > 1
    for home in homes:
        assert slugs(home) in (["harbour"], [])
        do(home, press)
        assert slugs(home) == []


def test_a_written_answer_stands_on_the_shelf_once_and_is_taught_once(began):
    ref = ids(began)[2]

    async def fill(desk: Desk) -> None:
        texts = {"text": "Guests may sleep aboard at berth nine.", "name": "Ada"}
        await desk.fill(ADMIN, f"write:{ref}", Filled(texts))

    steps, homes = every_step(began, fill, 5)
    assert steps > 10
    for home in homes:
        do(home, fill)
        there = slugs(home)
        assert there[0] == "harbour"
        assert len(there) == 2
        pairs = pairs_of(read_raw(home / "shelves" / ADMIN.community))
        assert [(pair.question, pair.article) for pair in pairs] == [
            ("Can guests sleep aboard?", there[1])
        ]
        desk = opened(home)
        assert desk._state.handoffs.get(ref, ADMIN.community).outcome == "answered by Ada"
        asyncio.run(desk.close())


def test_a_draft_that_was_never_shown_is_no_loss(began):
    async def add(desk: Desk) -> None:
        reply = await desk.articles.add(ADMIN, Material(text="# Sauna\n\nIt is hot.\n"))
        await desk.press(
            ADMIN, next(one.id for one in reply.buttons if one.label == said.BUTTON_PUT)
        )

    _, homes = every_step(began, add, 5)
    for home in homes:
        assert slugs(home) in (["harbour"], ["harbour", "sauna"])
