"""The editors' report, and what admins choose for their shelf and channels."""

import csv
import io
from dataclasses import replace

from test_editors import ADMIN, ELSEWHERE, MEMBER, QUESTION, desk, lost, posts  # noqa: F401

from summitqa_bot import strings
from summitqa_bot.strings import choosing
from summitqa_bot.wording.talk import Address

# ruff: noqa: F811 - fixtures of another module


async def test_the_report_sums_up_and_a_file_has_all_of_it(desk, posts):
    await lost(desk, posts)
    await desk.ask(ELSEWHERE, "What is secret elsewhere?")
    for formula in ("=HYPERLINK(1) what is that?", "＝1 what is it?", "what is a;=1+1;?"):
        await desk.ask(MEMBER, formula)
    reply = await desk.report(ADMIN)
    assert "3 not found" not in reply.text
    assert QUESTION in reply.text
    assert "elsewhere" not in reply.text
    rows = list(csv.reader(io.StringIO(reply.file.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["question", "answered"]
    assert any(row[0] == QUESTION and row[1] == "no" for row in rows)
    assert not any(cell.startswith(("=", "＝")) for row in rows for cell in row)
    halved = csv.reader(io.StringIO(reply.file.content.decode("utf-8-sig")), delimiter=";")
    assert not any(cell.startswith("=") for row in halved for cell in row)
    assert (await desk.report(MEMBER)).text == strings.ADMINS_ONLY


async def test_the_weekly_report_goes_out_once_a_week_where_it_is_wanted(desk, posts):
    await desk._report_weekly()
    assert posts.seen == []
    assert (await desk.choosing.weekly(ADMIN, "88")).text == choosing.WEEKLY_SET.format(
        channel="88"
    )
    posts.fails = True
    await desk._report_weekly()
    posts.fails = False
    for _ in range(3):
        await desk._report_weekly()
    ((community, place, reply, _),) = posts.seen
    assert (community, place, reply.file) == ("discord-1", "88", None)


async def test_unasked_it_speaks_only_where_it_may_and_is_sure(desk):
    said_by = replace(MEMBER, thread=None)
    question = "When is the gate shut?"
    assert await desk.hear(said_by, question, Address.OPEN) is None
    assert not await desk.listens(said_by)
    await desk.choosing.channel(ADMIN, unasked=True)
    assert await desk.listens(said_by)
    assert await desk.hear(said_by, "nice weather today", Address.OPEN) is None
    await desk.choosing.channel(ADMIN, answers=False)
    assert await desk.hear(said_by, question, Address.OPEN) is None
    assert (await desk.ask(said_by, question)).private


async def test_settings_are_shown_to_admins_and_kept(desk):
    await desk.choosing.admin(ADMIN, "55", named=True)
    await desk.choosing.house(ADMIN, False)
    shown = (await desk.choosing.show(ADMIN)).text
    assert "55" in shown
    assert choosing.HOUSE_HIDDEN in shown
    await desk.choosing.admin(ADMIN, "55", named=False)
    assert "55" not in (await desk.choosing.show(ADMIN)).text
    for verb in (desk.choosing.show, lambda who: desk.choosing.house(who, True)):
        assert (await verb(MEMBER)).text == strings.ADMINS_ONLY
