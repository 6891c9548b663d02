"""Which shelf somebody has chosen for direct messages, as the desk keeps it."""

# ruff: noqa: F811 - fixtures of another module

from dataclasses import replace

from test_desk import ASKER, QUESTION, desk, home, state_of  # noqa: F401

from summitqa_bot import strings

DIRECT = replace(ASKER, workspace=None, channel="d", thread="d")


async def test_a_choice_is_kept_by_person_until_another_is_made(desk):
    said = await desk.choose_shelf(DIRECT, "discord-1", "Home *1*")
    assert said.text == strings.SHELF_CHOSEN.format(name="Home *1*")
    assert said.private
    assert await desk.shelf_of(DIRECT.user) == "discord-1"
    assert await desk.shelf_of("200000000000000009") is None
    await desk.choose_shelf(DIRECT, "discord-2", "Two")
    assert await desk.shelf_of(DIRECT.user) == "discord-2"
    assert (await desk.choose_shelf(DIRECT, None)).text == strings.SHELF_OWN
    assert await desk.shelf_of(DIRECT.user) is None


async def test_only_what_was_chosen_is_dropped(desk):
    await desk.choose_shelf(DIRECT, "discord-1", "One")
    await desk.no_longer_theirs(DIRECT.user, "discord-2")
    assert await desk.shelf_of(DIRECT.user) == "discord-1"
    await desk.no_longer_theirs(DIRECT.user, "discord-1")
    assert await desk.shelf_of(DIRECT.user) is None


async def test_the_id_of_who_chose_is_kept_hashed_alone(desk, home):
    await desk.choose_shelf(DIRECT, "discord-1", "One")
    state = state_of(desk)
    assert state.communities.chosen(DIRECT.user) is None
    assert state.communities.chosen(state.hashed(DIRECT.user)) == "discord-1"


async def test_those_in_which_somebody_has_asked_are_told_the_latest_first(desk):
    for workspace in ("1", "2", "1"):
        await desk.ask(replace(ASKER, workspace=workspace), QUESTION)
    await desk.ask(replace(ASKER, user="200000000000000009", workspace="3"), QUESTION)
    assert await desk.asked_in(ASKER.user, 10) == ["discord-1", "discord-2"]
    assert await desk.asked_in(ASKER.user, 1) == ["discord-1"]


async def test_what_is_asked_of_a_chosen_shelf_is_of_that_community(desk):
    reply = await desk.ask(replace(DIRECT, chosen="discord-1"), QUESTION)
    button = reply.buttons[0].id
    assert (await desk.press(replace(DIRECT, chosen="discord-1"), button)).cards
    assert (await desk.press(DIRECT, button)).text == strings.GONE
    assert (await desk.press(replace(DIRECT, chosen="discord-2"), button)).text == strings.GONE
