"""People are named by mention and times told as the platform tells them, never by an id or a date of ours."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_desk import ADMIN, desk, home  # noqa: F401

from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.discord import text as discord_text
from summitqa_bot.service.desk import Desk
from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.wording.reply import Moment, Person, Reply, pieces
from summitqa_index.folder.lock import builder_lock, holder

AT = Moment(datetime(2026, 11, 24, 17, 19, 48, tzinfo=UTC))
BOSS = Person("discord", "200000000000000002")
OTHER = Person("slack", "U00000002")


def said(*values: Moment | Person) -> Reply:
    text = "Begun {} by {}, *really*.".format(*(value.words for value in values))
    return Reply(text, values=values)


def of_slack(reply: Reply) -> list[dict[str, object]]:
    return slack_blocks.blocks(reply)[0]["elements"][0]["elements"]


def test_discord_is_told_a_time_and_a_mention_and_the_rest_as_text():
    content = discord_text.message(said(AT, BOSS))["content"]
    assert content == rf"Begun <t:1795540788:R> by <@{BOSS.user}>, \*really\*."
    assert discord_text.message(said(AT, BOSS))["allowed_mentions"] == {"parse": []}
    assert discord_text.text_message(said(AT, BOSS))["content"] == content


def test_slack_is_told_a_date_and_a_user_and_the_rest_as_text():
    elements = of_slack(said(AT, OTHER))
    assert [one["type"] for one in elements] == ["text", "date", "text", "user", "text"]
    assert elements[1]["timestamp"] == 1795540788
    assert elements[1]["fallback"] == AT.words
    assert elements[3]["user_id"] == OTHER.user
    assert slack_blocks.fallback(said(AT, OTHER)).startswith(f"Begun {AT.words} by {OTHER.words}")


def test_somebody_elsewhere_is_told_of_in_words():
    content = discord_text.message(said(AT, OTHER))["content"]
    assert content.endswith(rf"by {OTHER.words}, \*really\*.")
    assert "".join(str(one.get("text", "")) for one in of_slack(said(AT, BOSS))).count(BOSS.words)
    for shown in (content, str(of_slack(said(AT, BOSS)))):
        assert BOSS.user not in shown
        assert OTHER.user not in shown


def test_what_is_no_value_of_the_reply_stays_text():
    forged = Reply(f"<t:1:R> <@{BOSS.user}> {AT.words}")
    assert not re.search(r"(?<!\\)<", discord_text.message(forged)["content"])
    assert [one["type"] for one in of_slack(forged)] == ["text"]
    assert pieces("nothing here", (AT,)) == ["nothing here"]


async def running(desk: Desk, home: Path, do) -> Reply:  # noqa: F811
    """Give what ``do`` says while the boss reindexes."""
    held, seen = asyncio.Event(), []

    async def show(_: Reply) -> None:
        held.set()

    async def ask() -> None:
        await held.wait()
        async with asyncio.timeout(30):
            # The file is there a moment before its line is.
            while "by" not in holder(home) or not desk._reindexer.runs(HOUSE):  # noqa: ASYNC110
                await asyncio.sleep(0)
        seen.append(await do())

    await asyncio.gather(desk.reindex(ADMIN, show, force=True), ask())
    return seen[0]


async def test_a_running_reindex_is_told_of_by_mention_and_age(desk, home):  # noqa: F811
    async def show(_: Reply) -> None:
        """Progress goes nowhere."""

    reply = await running(desk, home, lambda: desk.reindex(replace(ADMIN), show))
    shown = discord_text.message(reply)["content"]
    assert re.search(rf"begun <t:\d+:R> by <@{ADMIN.user}>;", shown)
    assert "UTC" not in shown
    assert ADMIN.user not in reply.text
    assert not desk._reindexer.runs(HOUSE)


@pytest.mark.parametrize("who", [OTHER.words, "the schedule", "the command line"])
async def test_one_that_runs_in_another_process_is_told_of_in_words(desk, home: Path, who):  # noqa: F811
    async def show(_: Reply) -> None:
        """Progress goes nowhere."""

    with builder_lock(home, who):
        reply = await desk.reindex(ADMIN, show)
    (when,) = reply.values
    assert reply.text == strings.REINDEX_BUSY.format(when=when.words, who=who)
    assert abs(when.seconds - datetime.now(UTC).timestamp()) < 60


async def test_who_reindexes_is_never_an_id_in_what_others_read(desk, home: Path):  # noqa: F811
    read: list[str] = []

    async def look() -> Reply:
        read.append((home / "index.holder").read_text("utf-8"))
        return Reply("")

    await running(desk, home, look)
    assert "by an admin on Discord" in read[0]
    assert ADMIN.user not in read[0]


async def test_when_the_index_was_built_is_told_as_a_time(desk):  # noqa: F811
    reply = await desk.status(ADMIN)
    assert re.search(r"built <t:\d+:R> with", discord_text.message(reply)["content"])
    assert "date" in [one["type"] for one in of_slack(reply)]
    assert not re.search(r"\dT\d\d:", reply.text)
