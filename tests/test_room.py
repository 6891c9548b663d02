# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""How much one shelf holds: told when something is looked at, and held to when it is put."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from test_fetch import Server, page
from test_pages import BODY, TEXT, server  # noqa: F401

from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import Reply
from tests.fakes import CountingEncoder, index, library, write

ADMIN = Actor("discord", "200000000000000002", "1", "10", manages=True)


def of(count: int, name: str = "Rules") -> Material:
    """Give a text of so many passages."""
    lines = (f"{name} say this under number {number}." for number in range(count))
    return Material(text="\n\n".join([f"# {name}", *lines]))


@pytest.fixture
async def desk(tmp_path: Path):
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    settings = Settings(home=home, user_limit=Rate(1000, 1), shelf_passages=6)
    made = Desk(settings, library(home), State(home), CountingEncoder())
    yield made
    await made.close()


async def pressed(desk: Desk, preview: Reply) -> str:
    assert preview.buttons, preview.text
    return (await desk.press(ADMIN, preview.buttons[0].id)).text


def allow(desk: Desk, passages: int) -> None:
    """Set the limit anew, as at a restart."""
    desk._shelves._settings = replace(desk._settings, shelf_passages=passages)


async def test_a_draft_of_too_many_passages_is_told_of_before_any_is_embedded(desk):
    big = await desk.articles.add(ADMIN, of(7))
    assert big.text == said.FULL_PASSAGES.format(passages="7", most="6")
    assert not big.buttons
    assert desk._reindexer._encoder.texts == []
    assert "is on the shelf" in await pressed(desk, await desk.articles.add(ADMIN, of(6)))
    more = await desk.articles.add(ADMIN, of(1, "Pool"))
    assert more.text == said.FULL_PASSAGES.format(passages="7", most="6")


async def test_drafts_that_each_had_room_are_not_all_put(desk):
    drafts = [await desk.articles.add(ADMIN, of(4, name)) for name in ("Rules", "Pool")]
    assert "is on the shelf" in await pressed(desk, drafts[0])
    known = len(desk._reindexer._encoder.texts)
    assert await pressed(desk, drafts[1]) == said.FULL_PASSAGES.format(passages="8", most="6")
    assert len(desk._reindexer._encoder.texts) == known


@pytest.mark.parametrize(
    "change",
    [
        lambda desk: desk.articles.remove(ADMIN, "rules"),
        lambda desk: desk.articles.rename(ADMIN, "rules", "The rules"),
        lambda desk: desk.articles.add(ADMIN, of(2, "Less"), instead_of="rules"),
    ],
)
async def test_a_shelf_that_holds_more_than_it_may_by_now_can_be_mended(
    desk, change: Callable[[Desk], object]
):
    for name in ("Rules", "Pool"):
        await pressed(desk, await desk.articles.add(ADMIN, of(3, name)))
    allow(desk, 4)
    assert (await desk.articles.add(ADMIN, of(1, "Gate"))).text == said.FULL_PASSAGES.format(
        passages="7", most="4"
    )
    await pressed(desk, await change(desk))
    reread = await desk.reindex(ADMIN, lambda _: _shown(), shelf=ADMIN.community)
    assert "SUMMITQA_SHELF_PASSAGES" not in reread.text


async def _shown() -> str:
    return "message"


@pytest.fixture
def web(desk: Desk, server: Server) -> Server:
    """Serve a page of 0.3 MB to a shelf that may hold 1 MB."""
    server.answer = page(BODY % (TEXT + b"<!--" + b"x" * 300_000 + b"-->"))
    desk._shelves._settings = replace(
        desk._settings, allow_urls=True, shelf_mb=1, shelf_passages=100
    )
    return server


def linked(web: Server, path: str) -> Material:
    return Material(url=web.url(path))


async def test_pages_count_among_the_megabytes_of_a_shelf(desk, web):
    for path in ("/one", "/two", "/three"):
        assert "is on the shelf" in await pressed(
            desk, await desk.articles.add(ADMIN, linked(web, path))
        )
    more = await desk.articles.add(ADMIN, linked(web, "/four"))
    assert "four is larger than 0.0" in more.text
    assert "SUMMITQA_SHELF_MB" in more.text
    text = Material(text="A sentence of words. " * 6000)  # 0.126 MB
    assert said.FULL_BYTES.partition("{")[0] in (await desk.articles.add(ADMIN, text)).text


async def test_pages_that_each_had_room_are_not_all_put(desk, web):
    drafts = [await desk.articles.add(ADMIN, linked(web, f"/{number}")) for number in range(4)]
    for draft in drafts[:3]:
        assert "is on the shelf" in await pressed(desk, draft)
    assert "SUMMITQA_SHELF_MB" in await pressed(desk, drafts[3])
    assert len(list((desk._shelves.folder(ADMIN.community) / "fetched").glob("*.page"))) == 3


async def test_a_page_that_is_there_takes_no_second_place(desk, web):
    for path in ("/one", "/two", "/three"):
        await pressed(desk, await desk.articles.add(ADMIN, linked(web, path)))
    renamed = await desk.articles.rename(ADMIN, "one", "The first")
    assert "The first" in await pressed(desk, renamed)
    reread = await desk.reindex(ADMIN, lambda _: _shown(), shelf=ADMIN.community)
    assert "SUMMITQA_SHELF_MB" not in reread.text


async def test_a_page_that_has_grown_too_large_stays_as_it_was_read(desk, web):
    await pressed(desk, await desk.articles.add(ADMIN, linked(web, "/one")))
    web.answer = page(BODY % (TEXT + b"<!--" + b"x" * 1_000_000 + b"-->"))
    reread = await desk.reindex(ADMIN, lambda _: _shown(), shelf=ADMIN.community)
    assert "SUMMITQA_SHELF_MB leaves on this shelf; the copy fetched before stands in" in str(
        reread
    )
