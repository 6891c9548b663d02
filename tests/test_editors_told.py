"""Where people are told of what is not found, and when one is out of reach."""

# ruff: noqa: F811 - fixtures of another module
from dataclasses import replace

import pytest
from test_editors import (  # noqa: F401
    ADMIN,
    ELSEWHERE,
    HELPER,
    MEMBER,
    QUESTION,
    RULES,
    Posts,
    button,
    desk,
    lost,
    posts,
)

from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.service import editors
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State


async def test_what_is_not_found_is_told_once_where_the_admins_said(desk, posts):
    _, told = await lost(desk, posts)
    assert posts.seen == [("discord-1", "77", told, (HELPER.user,))]
    assert QUESTION in told.text
    assert [one.action for one in told.buttons] == ["point", "write", "dismiss"]
    again = await desk.ask(MEMBER, QUESTION)
    assert again.note == strings.HANDED_ON_NOTE.format(question=QUESTION)
    await desk._editors.walk()
    assert len(posts.seen) == 1


DIRECT = replace(MEMBER, workspace=None, channel="900", thread="900", chosen="discord-1")
ON_SLACK = Actor("slack", "U1", "T1", "D1", "D1:1.2")  # as messages of the home workspace are named
OF_MANY = replace(ON_SLACK, channel="T1:D1", thread="T1:D1")


@pytest.mark.parametrize("who", [MEMBER, DIRECT, ON_SLACK, OF_MANY])
async def test_what_was_asked_alone_is_told_to_nobody(desk, posts, who):
    desk.posts("slack", posts)
    desk._state.communities.joined(who.community)
    desk._state.communities.choose(who.community, editors="77", report="88")
    asked = await desk.ask(who, QUESTION, private=who is MEMBER)
    await desk.press(who, f"bad:{asked.ref}", "I am leaving the firm")
    await desk._editors.walk()
    assert posts.seen == []
    await desk._report_weekly()
    assert [place for _, place, _, _ in posts.seen] == ["88"]
    assert QUESTION not in str(posts.seen)
    admin = replace(who, user="9", channel="10", workspace=who.workspace or "1", manages=True)
    assert QUESTION in (await desk.report(admin)).text


async def test_after_a_stop_people_are_told_of_what_was_left(
    desk, posts, tmp_path, encoder, reader
):
    await desk.ask(MEMBER, QUESTION)
    await desk.close()
    home = tmp_path / "home"
    again = Desk(Settings(home=home), Library(home, encoder, reader), State(home), encoder)
    again.posts("discord", posts)
    await again._editors.walk()
    await again._editors.walk()
    assert [one[1] for one in posts.seen] == ["77"]
    await again.close()


async def test_a_platform_out_of_reach_is_tried_again_and_given_up_in_the_end(
    desk, posts, monkeypatch
):
    monkeypatch.setattr(editors, "_AGAIN_SECONDS", 0.0)
    posts.fails = True
    await desk.ask(MEMBER, QUESTION)
    for _ in range(3):
        await desk._editors.walk()
    posts.fails = False
    for _ in range(3):
        await desk._editors.walk()
    assert len(posts.seen) == 1
    posts.fails = True
    await desk.ask(MEMBER, "Who feeds the gulls?")
    for _ in range(editors._TRIES - 1):
        await desk._editors.walk()
    assert len(desk._state.handoffs.untold()) == 1
    await desk._editors.walk()
    assert desk._state.handoffs.untold() == []


async def test_what_could_not_be_told_just_now_is_not_tried_at_once(desk, posts, monkeypatch):
    posts.fails = True
    await desk.ask(MEMBER, QUESTION)
    await desk._editors.walk()
    posts.fails = False
    await desk._editors.walk()
    assert posts.seen == []
    monkeypatch.setattr(editors, "_AGAIN_SECONDS", 0.0)
    await desk._editors.walk()
    assert len(posts.seen) == 1


async def test_one_that_cannot_be_told_keeps_up_no_other(desk, posts, monkeypatch):
    monkeypatch.setattr(editors, "_TRIES", 1)
    aloud = replace(ON_SLACK, channel="C1", thread="C1:1.2")
    desk._state.communities.joined(aloud.community)
    desk._state.communities.choose(aloud.community, editors="66")
    await desk.ask(aloud, QUESTION)
    await desk.ask(MEMBER, QUESTION)
    await desk._editors.walk()
    assert [place for _, place, _, _ in posts.seen] == ["77"]
    assert [one.platform for one in desk._state.handoffs.untold()] == ["slack"]  # served elsewhere


async def test_where_one_is_out_of_reach_the_next_is_told(desk, posts):
    async def first_fails(*given):
        desk.posts("discord", posts)

    desk.posts("discord", first_fails)
    await desk.ask(MEMBER, QUESTION)
    await desk.ask(MEMBER, "Who feeds the gulls?")
    await desk._editors.walk()
    assert len(posts.seen) == 1
    assert "gulls" in posts.seen[0][2].text
