# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""What goes wrong between the bot and Discord, and what the asker still gets."""

import logging
import re

import pytest
import simcord
from discord_desk import FakeDesk
from discord_world import (  # noqa: F401
    BOLD,
    World,
    answer_in,
    desk,
    simcord_bot,
    single,
    text,
    world,
)

from summitqa_bot.settings import Settings
from summitqa_bot.strings import DISCORD_CANNOT_WRITE


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_busy_or_broken_discord_is_asked_again(world: World, status: int) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=status, times=2)
    await world.alice.send(world.channel, f"{world.mention} How long?")
    world.env.inject_error("PATCH", "/webhooks/*", status=status, times=2)
    result = await world.alice.slash(world.channel, "ask", question="How far?")
    await world.env.advance_time(10)
    assert len(world.answers()) == 2
    assert result.response is not None and text(result.response.message) == "Answer to: How far?"


async def test_an_ack_held_back_by_a_rate_limit_is_sent_again(world: World) -> None:
    world.env.inject_error("POST", "/interactions/*/*/callback", status=429)
    result = await world.alice.slash(world.channel, "ask", question="How far?")
    await world.env.advance_time(1)
    assert result.response is not None and result.acknowledged


@pytest.mark.parametrize(("status", "code"), [(404, 10062), (500, 0)])
async def test_an_expired_interaction_is_answered_in_the_channel(
    world: World, status: int, code: int
) -> None:
    world.env.inject_error("POST", "/interactions/*/*/callback", status=status, code=code)
    await world.alice.slash(world.channel, "ask", question="How far?")
    assert [text(one) for one in world.answers()] == ["Answer to: How far?"]
    assert not world.direct


async def test_an_expired_private_interaction_is_answered_privately(world: World) -> None:
    world.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=10062)
    for method in ("PATCH", "POST"):
        world.env.inject_error(method, "/webhooks/*", status=404, code=10015, times=None)
    await world.alice.slash(world.channel, "ask", question="How far?", private=True)
    assert not world.answers()
    assert [text(one) for one in world.direct] == ["Answer to: How far?"]


async def test_an_expired_token_is_answered_in_the_channel(world: World) -> None:
    for method in ("PATCH", "POST"):
        world.env.inject_error(method, "/webhooks/*", status=401, code=50027, times=None)
    await world.alice.slash(world.channel, "ask", question="How far?")
    assert "Answer to: How far?" in [text(one) for one in world.answers()]


async def test_a_deleted_response_is_followed_up(world: World) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008, times=None)
    result = await world.alice.slash(world.channel, "ask", question="How far?", private=True)
    shown = [*result.followups, result.response]
    assert any(one and text(one.message) == "Answer to: How far?" for one in shown)


async def test_progress_that_cannot_be_shown_does_not_stop_a_reindex(world: World) -> None:
    world.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008)
    result = await world.boss.slash(world.channel, "reindex")
    assert result.response is not None and result.response.content == "Reindexed: 1 added"


async def test_without_embeds_an_answer_is_text(world: World) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    await world.alice.send(world.channel, f"{world.mention} How long?")
    (answer,) = world.answers()
    assert BOLD in text(answer) and not answer.embeds


async def test_no_right_to_write_is_told_to_the_asker(world: World) -> None:
    barred = f"/channels/{world.channel.id}/messages"
    world.env.inject_error("POST", barred, status=403, code=50013, times=None)
    await world.alice.send(world.channel, f"{world.mention} How long?")
    (answer,) = world.direct
    assert DISCORD_CANNOT_WRITE.format(place="general") in text(answer)
    assert "Answer to: How long?" in text(answer) and answer.embeds


async def test_with_no_way_left_one_line_is_logged(world: World, caplog) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    with caplog.at_level(logging.WARNING, "summitqa_bot"):
        await world.alice.send(world.channel, f"{world.mention} How long?")
    assert len(caplog.records) == 1 and caplog.records[0].exc_info is None


async def test_a_fault_is_a_sentence_with_an_id_that_the_log_explains(
    world: World, desk: FakeDesk, caplog
) -> None:
    desk.fail = True
    result = await world.alice.slash(world.channel, "ask", question="How long?", private=True)
    assert result.response is not None
    fault = re.search(r"error ([0-9a-f]{8})", result.response.content)
    assert fault and f"error {fault[1]}" in caplog.text and "roof" in caplog.text
    await world.alice.send_dm("How long?")
    assert re.search(r"error [0-9a-f]{8}", world.direct[0].content)


async def test_failing_to_register_commands_leaves_mentions_working(desk: FakeDesk, caplog) -> None:
    bot = single(Settings(answer_in="reply"), desk)

    async def refuse(**_: object) -> list[object]:
        raise OSError("no network")

    bot.tree.sync = refuse  # type: ignore[method-assign, assignment]
    async with simcord.run(bot) as env:
        await env.advance_time(10)
        world = World(env, desk)
        await world.alice.send(world.channel, f"{world.mention} How long?")
        assert len(world.answers()) == 1
    assert "no network" in caplog.text
