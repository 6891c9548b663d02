# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""What is drafted for a shelf: by a form or by words, shown, decided once, and written down."""

import asyncio
import os
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from test_articles import (  # noqa: F401
    ADMIN,
    ELSEWHERE,
    MEMBER,
    RULES,
    button,
    closed,
    desk,
    listed,
    put,
    rules,
)
from test_fetch import Server, page
from test_pages import BODY, TEXT, server  # noqa: F401

from summitqa.errors import GateError
from summitqa_bot.service import articles
from summitqa_bot.service.material import Material
from summitqa_bot.state.schema import DRAFTS
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import File, Filled


def noted(desk) -> str:
    """Give the latest action in the audit log of the community."""
    return desk._state.audited(1, ADMIN.community)[0][2]


async def test_a_filled_form_adds_or_replaces_as_its_button_said(desk):
    filled = Filled({"text": RULES})
    added = await desk.fill(ADMIN, "add:", filled)
    assert added.text.startswith("To be put on the shelf")
    assert noted(desk) == "add"
    await put(desk, rules())
    replaced = await desk.fill(ADMIN, "add:rules", filled)
    assert replaced.text.startswith("To be put in place of rules")
    assert noted(desk) == "replace"


async def test_what_is_in_place_of_another_stands_where_that_was(desk):
    await put(desk, rules())
    await put(desk, rules("# Pool\n\nThe pool opens at six.\n", "pool.md"), instead_of="rules")
    assert "Pool (rules)" in await listed(desk)
    missing = await desk.articles.add(ADMIN, rules(), instead_of="tower")
    assert missing.text == said.UNKNOWN.format(slug="tower")


async def test_a_page_is_put_as_it_was_shown_though_its_site_is_down_by_then(desk, server):
    desk._shelves._settings = replace(desk._settings, allow_urls=True)
    server.answer = page(BODY % TEXT)
    preview = await desk.articles.add(ADMIN, Material(url=server.url("/storm")))
    server.answer = page(b"", 503)
    ref = button(preview, said.BUTTON_PUT).partition(":")[2]
    worded = await desk.fill(ADMIN, f"details:{ref}", Filled({"title": "The night"}))
    assert [one.quote for one in worded.cards] == [one.quote for one in preview.cards]
    done = await desk.press(ADMIN, button(worded, said.BUTTON_PUT))
    assert done.text == said.DONE_ADD.format(title="The night", passages="1 passage")


async def test_a_draft_is_open_for_a_day_and_so_long_its_bytes_are_kept(desk, monkeypatch):
    first, second = [await desk.articles.add(ADMIN, rules(f"# {name}\n\nIt is so.\n", name))
                     for name in ("pool.md", "mill.md")]  # fmt: skip
    await put(desk, rules())
    blobs = desk._shelves.folder(ADMIN.community) / "blobs"

    async def pass_hours(hours: float) -> None:
        with desk._state._engine.begin() as connection:
            at = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=hours)
            connection.execute(update(DRAFTS).values(at=at))
        for one in blobs.iterdir():
            os.utime(one, (time.time() - hours * 3600,) * 2)
        renamed = await desk.articles.rename(ADMIN, "rules", f"The law of {hours}")
        await desk.press(ADMIN, button(renamed, said.BUTTON_MAKE))  # which clears away what is old

    await pass_hours(23.9)
    assert len(list(blobs.iterdir())) == 3
    done = await desk.press(ADMIN, button(first, said.BUTTON_PUT))
    assert "is on the shelf" in done.text
    await pass_hours(25.1)
    assert len(list(blobs.iterdir())) == 2
    late = await desk.press(ADMIN, button(second, said.BUTTON_PUT))
    assert late.text == said.DRAFT_GONE


async def test_an_article_has_the_title_it_is_given_and_without_one_its_own_again(desk):
    await put(desk, rules())
    for given, title in ((" The law ", "The law"), ("  ", "House rules")):
        preview = await desk.articles.rename(ADMIN, "rules", given)
        assert f"“{title}”" in preview.text
        await desk.press(ADMIN, button(preview, said.BUTTON_MAKE))
        assert f"{title} (rules)" in await listed(desk)


async def test_what_is_decided_or_nobodys_has_no_form_and_takes_no_details(desk):
    preview = await desk.articles.add(ADMIN, rules())
    details = button(preview, said.BUTTON_DETAILS)
    assert await desk.form(ELSEWHERE, details) is None
    assert await desk.form(ADMIN, "details:unknown") is None
    assert await desk.form(ADMIN, details) is not None
    assert (await desk.press(ADMIN, details)).text == said.DRAFT_GONE
    await desk.press(ADMIN, button(preview, said.BUTTON_DROP))
    assert await desk.form(ADMIN, details) is None
    assert "cancelled" in (await desk.press(ADMIN, details)).text
    late = await desk.fill(ADMIN, details, Filled({"title": "Late"}))
    assert late.text == said.DRAFT_GONE


async def test_an_article_to_be_taken_off_has_no_details(desk):
    await put(desk, rules())
    preview = await desk.articles.remove(ADMIN, "rules")
    ref = button(preview, said.BUTTON_MAKE).partition(":")[2]
    assert await desk.form(ADMIN, f"details:{ref}") is None
    filled = await desk.fill(ADMIN, f"details:{ref}", Filled({"title": "New"}))
    assert filled.text == said.DRAFT_GONE


async def test_a_draft_is_decided_once(desk):
    preview = await desk.articles.add(ADMIN, rules())
    drop = button(preview, said.BUTTON_DROP)
    await desk.press(ADMIN, button(preview, said.BUTTON_PUT))
    for _ in range(2):
        assert "put on the shelf" in (await desk.press(ADMIN, drop)).text
    assert "House rules" in await listed(desk)


async def test_a_file_handed_in_by_a_form_is_read(desk):
    form = await desk.form(ADMIN, "add:")
    assert form is not None
    assert await desk.form(MEMBER, "add:") is None
    preview = await desk.fill(ADMIN, "add:", Filled({}, (File("rules.md", RULES.encode()),)))
    await desk.press(ADMIN, button(preview, said.BUTTON_PUT))
    assert "House rules (rules)" in await listed(desk)


@pytest.mark.parametrize("count", [2, 3])
async def test_a_full_shelf_takes_nothing_more_but_in_place_of_what_is_there(desk, count):
    for number in range(count):
        await put(desk, rules(f"# Rule {number}\n\nText {number}.\n", f"rule{number}.md"))
    more = await desk.articles.add(ADMIN, rules())
    assert (more.text == said.FULL_ARTICLES.format(count=count)) is (count == 3)
    assert (await desk.articles.add(ADMIN, rules(), instead_of="rule0")).buttons


async def test_the_history_tells_of_what_was_done_and_not_of_what_failed(desk):
    await put(desk, rules())
    await desk.articles.remove(MEMBER, "rules")
    told = (await desk.articles.history(ADMIN)).text
    assert told.startswith(said.HISTORY)
    assert len(told.splitlines()) == 2


@pytest.mark.parametrize(("told", "made"), [(["One?", "Two?"], True), (["One?"], False)])
async def test_what_loses_questions_is_made_where_its_admin_was_told_of_all(
    desk, monkeypatch, told, made
):
    really = articles.put

    def gated(job, change):
        if not job.force:
            raise GateError("kept aside", "v2", ("One?", "Two?"))
        return really(job, change)

    def kept(preview):
        return known(replace(preview, lost=tuple(told)))

    known = articles._kept
    monkeypatch.setattr(articles, "_kept", kept)
    monkeypatch.setattr(articles, "put", gated)
    await put(desk, rules())
    assert ("House rules" in await listed(desk)) is made


async def test_who_undoes_while_the_shelf_is_being_changed_waits_for_that(desk):
    done = await put(desk, rules())
    ended = threading.Event()
    other = asyncio.create_task(
        desk._reindexer.work(ADMIN.community, "another", lambda _: ended.wait(30))
    )
    await asyncio.sleep(0)  # it has begun
    undoing = asyncio.create_task(desk.press(ADMIN, button(done, said.BUTTON_UNDO)))
    await asyncio.wait([undoing], timeout=0.1)
    ended.set()
    await other
    assert (await undoing).text == said.UNDONE


async def test_of_two_pages_each_is_its_own(desk, server: Server, monkeypatch):
    monkeypatch.setattr(desk._shelves, "_settings", replace(desk._settings, allow_urls=True))
    await put(desk, Material(url=server.url("/news")))
    preview = await desk.articles.add(ADMIN, Material(url=server.url("/weather")))
    assert preview.buttons
    assert said.PREVIEW_SAME.format(slug="news") not in preview.text
