"""A community that has turned the house shelf off is answered from its own alone, or not at all."""

# ruff: noqa: F811 - fixtures of another module

from dataclasses import replace

import pytest
from test_desk import ADMIN, ASKER, QUESTION, desk, home, state_of  # noqa: F401

from summitqa_bot import strings
from summitqa_bot.strings.articles import LIST_EMPTY
from summitqa_bot.wording.talk import Address


@pytest.fixture
async def off(desk):
    await desk.choosing.house(ADMIN, shown=False)
    return desk


async def test_with_nothing_on_its_own_it_is_told_so_and_how_to_begin(off):
    for reply in (
        await off.ask(ASKER, QUESTION),
        await off.ask(ASKER, QUESTION, article="alaska-summit"),
        await off.find(ASKER, QUESTION),
        await off.hear(ASKER, "help", Address.MENTION),
        await off.hear(ASKER, QUESTION, Address.DIRECT),
        await off.articles.listing(ASKER),
    ):
        assert reply.text == LIST_EMPTY
        assert not reply.cards
        assert not reply.buttons
    assert state_of(off).recent(7, found=False) == []


async def test_nothing_of_the_house_is_offered_or_spoken_of_unasked(off):
    state_of(off).communities.rule(ASKER.community, "10", unasked=True)
    assert await off.titles(ASKER, "") == ()
    assert await off.examples(ASKER, 3) == ()
    for to in (Address.OPEN, Address.THREAD):
        assert await off.hear(ASKER, QUESTION, to) is None


async def test_nor_is_it_by_the_buttons_of_an_answer_from_before(desk):
    reply = await desk.ask(ASKER, QUESTION)
    assert (await desk.press(ASKER, f"context:{reply.ref}")).cards
    await desk.choosing.house(ADMIN, shown=False)
    for action in ("context", "more", "again"):
        told = await desk.press(ASKER, f"{action}:{reply.ref}")
        assert (told.text, told.cards) == (strings.GONE, ())
    assert (await desk.press(ASKER, f"good:{reply.ref}")).text == strings.THANKS


async def test_others_and_itself_once_it_is_on_again_are_answered(off):
    assert (await off.ask(replace(ASKER, workspace="2"), QUESTION)).cards
    await off.choosing.house(ADMIN, shown=True)
    assert (await off.ask(ASKER, QUESTION)).cards
