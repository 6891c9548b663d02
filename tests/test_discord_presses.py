# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""Buttons and forms on Discord: who sees what a press brings, and that restarts harm none."""

import discord
from discord_desk import FakeDesk
from discord_world import (  # noqa: F401
    World,
    answer_in,
    desk,
    simcord_bot,
    single,
    text,
    world,
)

from summitqa_bot.settings import Settings
from summitqa_bot.strings import NOT_SHARED, SHARED


async def answered(world: World) -> discord.Message:
    await world.alice.send(world.channel, f"{world.mention} How long?")
    return world.answers()[0]


async def test_a_press_is_answered_to_the_presser_alone(world: World) -> None:
    message = await answered(world)
    result = await world.boss.click(message, label="Show context")
    assert result.response is not None and result.response.ephemeral
    assert text(result.response.message) == "Pressed context:r1"
    assert len(world.answers()) == 1


async def test_buttons_work_after_a_restart(world: World, desk: FakeDesk) -> None:
    message = await answered(world)
    await world.env.restart_bot(single(Settings(discord_token="a.b.c"), desk))
    result = await world.boss.click(message, custom_id="context:r1")
    assert result.response is not None and result.response.ephemeral
    actor = desk.presses[0][0]
    assert actor.thread == desk.asked[0][0].thread


async def test_a_form_asks_for_a_line_and_hands_it_on(world: World) -> None:
    message = await answered(world)
    shown = await world.alice.click(message, custom_id="down:r1")
    assert shown.modal is not None and not world.desk.presses
    await world.alice.submit_modal(shown, {"text": "wrong passage"})
    await world.alice.submit_modal(await world.alice.click(message, custom_id="down:r1"), {})
    assert [one[1:] for one in world.desk.presses] == [
        ("down:r1", "wrong passage"),
        ("down:r1", ""),
    ]


async def test_forms_open_after_a_restart(world: World, desk: FakeDesk) -> None:
    message = await answered(world)
    desk.forms = {"down": "Why?"}  # type: ignore[attr-defined]
    await world.env.restart_bot(single(Settings(discord_token="a.b.c"), desk))
    shown = await world.alice.click(message, custom_id="down:r1")
    assert shown.modal is not None and shown.modal["components"][0]["label"] == "Why?"


async def test_a_form_that_cannot_open_is_a_press_without_it(world: World) -> None:
    message = await answered(world)
    world.env.inject_error("POST", "/interactions/*/*/callback", status=400, code=50035)
    await world.alice.click(message, custom_id="down:r1")
    assert world.desk.presses[0][1:] == ("down:r1", "")


async def test_sharing_posts_for_all_to_see(world: World) -> None:
    private = await world.alice.slash(world.channel, "ask", question="How long?", private=True)
    assert private.response is not None
    result = await world.alice.click(private.response, label="Share with channel")
    assert result.response is not None and result.response.content == SHARED
    assert result.response.ephemeral
    assert [one.ephemeral for one in result.followups] == [False]
    assert world.desk.places[-1] == ("r1", f"{world.channel.id}/{result.followups[0].id}")


async def test_sharing_that_is_barred_is_said(world: World) -> None:
    message = await answered(world)
    world.env.inject_error("POST", "/webhooks/*", status=403, code=50013)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    result = await world.alice.click(message, label="Share with channel")
    assert result.response is not None and result.response.content == NOT_SHARED
    assert world.desk.unposted == ["r1"]
