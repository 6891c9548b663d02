# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""How much one shelf holds: told when something is looked at, and held to when it is put."""

import os
import time
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
from summitqa_bot.wording.reply import File, Reply
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


def file(name: str, megabytes: float) -> Material:
    """Give a file of one sentence, and so many megabytes of what is not read."""
    filler = "x" * int(megabytes * 1_000_000)
    raw = f"<html><title>{name}</title><p>So it is at the {name}.</p><!--{filler}--></html>"
    return Material(file=File(f"{name}.html", raw.encode()))


@pytest.fixture
def small(desk: Desk) -> Desk:
    """A desk whose shelves may hold 1 MB, and three versions."""
    desk._shelves._settings = replace(desk._settings, shelf_mb=1, shelf_passages=100)
    return desk


async def test_what_was_taken_off_leaves_its_place_at_once(small):
    for name in ("mill", "inn"):
        await pressed(small, await small.articles.add(ADMIN, file(name, 0.45)))
    more = await small.articles.add(ADMIN, file("weir", 0.45))
    assert more.text == said.FULL_BYTES.format(megabytes="1.4", most=1)
    await pressed(small, await small.articles.remove(ADMIN, "mill"))
    assert "is on the shelf" in await pressed(
        small, await small.articles.add(ADMIN, file("weir", 0.45))
    )
    instead = await small.articles.add(ADMIN, file("lock", 0.5), instead_of="weir")
    assert "“lock”" in await pressed(small, instead)


async def test_files_that_each_had_room_are_not_all_put(small):
    drafts = [await small.articles.add(ADMIN, file(name, 0.6)) for name in ("mill", "inn")]
    await pressed(small, drafts[0])
    assert await pressed(small, drafts[1]) == said.FULL_BYTES.format(megabytes="1.2", most=1)


async def test_who_puts_and_takes_off_by_turns_fills_no_disk_and_may_go_on_after_a_day(small):
    folder = small._shelves.folder(ADMIN.community)
    kept = 0
    for number in range(9):
        added = await small.articles.add(ADMIN, file(f"a{number}", 0.9))
        if not added.buttons:
            break
        await pressed(small, added)
        await pressed(small, await small.articles.remove(ADMIN, f"a{number}"))
        kept = sum(one.stat().st_size for one in (folder / "blobs").iterdir())
    assert (number, kept < 4_000_000) == (4, True)
    assert "4.5 MB of files and pages" in added.text
    assert "no more than 4 may be" in added.text
    then = time.time() - 2 * 86_400
    for one in (folder / "blobs").iterdir():
        os.utime(one, (then, then))
    added = await small.articles.add(ADMIN, file("new", 0.9))
    assert "is on the shelf" in await pressed(small, added)
    assert sum(one.stat().st_size for one in (folder / "blobs").iterdir()) < 4_000_000


async def test_looking_at_one_thing_after_another_fills_no_disk_either(small):
    shown = [await small.articles.add(ADMIN, file(f"a{number}", 0.9)) for number in range(6)]
    assert [bool(one.buttons) for one in shown] == [True] * 4 + [False] * 2
    assert "SUMMITQA_SHELF_MB" in shown[-1].text
