# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""Whose shelf is asked in direct messages: chosen, vouched for, and lost with the membership."""

import asyncio
from types import SimpleNamespace

import discord
import pytest
from discord_world import World, answer_in, desk, simcord_bot, text, world  # noqa: F401

from summitqa_bot import strings
from summitqa_bot.discord.membership import BELIEVED_SECONDS, Membership
from summitqa_bot.discord.naming import community


async def choose(world: World, server: str) -> str:
    result = await world.alice.user.slash("shelf", server=server)
    assert result.response is not None
    assert result.response.ephemeral
    return text(result.response.message)


async def asked(world: World) -> str:
    """Ask directly; give whose shelf was asked."""
    await world.alice.send_dm("How long?")
    return world.desk.asked[-1][0].community


def home(world: World) -> str:
    return community(world.guild.id)


def alone(world: World) -> str:
    return f"discord-user-{world.alice.id}"


async def offered(world: World, typed: str = "") -> list[str]:
    shown = await world.alice.user.autocomplete("shelf", "server", typed)
    return [one["value"] for one in shown]


async def test_those_are_offered_in_which_one_has_asked(world: World) -> None:
    other = world.env.create_guild("Other")
    assert await offered(world) == ["mine"]
    await world.alice.slash(world.channel, "ask", question="How long?")
    assert await offered(world) == ["mine", str(world.guild.id)]
    assert await offered(world, world.guild.name[:4].lower()) == [str(world.guild.id)]
    assert str(other.id) not in await offered(world)


async def test_the_server_where_one_chooses_is_offered(world: World) -> None:
    shown = await world.alice.autocomplete(world.channel, "shelf", "server", "")
    assert [one["name"] for one in shown] == [strings.DISCORD_ONLY_MINE, world.guild.name]


async def test_a_chosen_shelf_is_asked_in_messages_by_commands_and_by_suggestions(
    world: World,
) -> None:
    assert await asked(world) == alone(world)
    said = await choose(world, str(world.guild.id))
    assert said == f"Chosen: {world.guild.name}"
    assert await asked(world) == home(world)
    await world.alice.user.slash("ask", question="How far?")
    actor = world.desk.asked[-1][0]
    assert (actor.community, actor.workspace, actor.manages) == (home(world), None, False)
    suggested = []

    async def titles(actor, typed):
        suggested.append(actor.community)
        return ()

    world.desk.titles = titles  # type: ignore[method-assign]
    await world.alice.user.autocomplete("ask", "article", "a")
    assert suggested == [home(world)]
    await world.alice.user.click(world.direct[-1], custom_id="context:r1")
    assert world.desk.presses[-1][0].community == home(world)
    assert await choose(world, "mine") == "Chosen: none"
    assert await asked(world) == alone(world)


async def test_a_choice_counts_in_direct_messages_alone_and_for_its_person(world: World) -> None:
    other = world.env.create_guild("Other")
    other.add_member(world.alice.user)
    await choose(world, str(other.id))
    await world.alice.slash(world.channel, "ask", question="How long?")
    assert world.desk.asked[-1][0].community == home(world)
    await world.boss.send_dm("How long?")
    assert world.desk.asked[-1][0].community == f"discord-user-{world.boss.id}"


async def test_it_is_chosen_by_its_name_too_if_it_is_offered(world: World) -> None:
    await world.alice.slash(world.channel, "ask", question="How long?")
    await choose(world, f" {world.guild.name.upper()} ")
    assert await asked(world) == home(world)


async def test_a_forged_choice_reaches_nothing(world: World) -> None:
    closed = world.env.create_guild("Closed")
    for forged in (str(closed.id), "Closed", community(closed.id), "7", "9" * 5000, "house", " "):
        assert await choose(world, forged) == strings.DISCORD_NO_MEMBER
    assert not world.desk.choices
    # Not even where the choice was smuggled in.
    world.desk.choices[str(world.alice.id)] = community(closed.id)
    assert await asked(world) == alone(world)


async def test_who_has_left_asks_their_own_shelf_and_the_choice_is_dropped(world: World) -> None:
    await choose(world, str(world.guild.id))
    world.env.bot.front.membership._members.clear()
    world.guild.remove_member(world.alice)
    assert await asked(world) == alone(world)
    assert not world.desk.choices
    assert await offered(world) == ["mine"]


@pytest.mark.parametrize("status", [403, 500])
async def test_where_discord_does_not_say_the_choice_counts_for_nothing_this_once(
    world: World, status: int
) -> None:
    await choose(world, str(world.guild.id))
    world.env.bot.front.membership._members.clear()
    world.env.inject_error("GET", "/guilds/*/members/*", status=status, times=None)
    await world.alice.send_dm("How long?")
    await world.env.advance_time(30)
    assert world.desk.asked[-1][0].community == alone(world)
    world.env.backend.faults.clear()
    assert await asked(world) == home(world)


async def test_a_server_that_has_put_the_bot_out_is_not_asked(world: World) -> None:
    await choose(world, str(world.guild.id))
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id)})
    await world.env.settle()
    assert await asked(world) == alone(world)


async def test_a_membership_is_believed_for_a_minute() -> None:
    now, calls = [0.0], []

    async def fetch_member(user: int) -> None:
        calls.append(user)
        if user == 3:
            raise discord.NotFound(SimpleNamespace(status=404, reason=""), "Unknown Member")
        if user == 4:
            raise OSError

    guild = SimpleNamespace(fetch_member=fetch_member)

    async def get(server: int) -> object:
        return guild if server == 1 else None

    membership = Membership(SimpleNamespace(get=get), lambda: now[0])  # type: ignore[arg-type]
    assert await membership.of(1, 2) is True
    now[0] = BELIEVED_SECONDS - 1
    assert await membership.of(1, 2) is True
    assert calls == [2]
    now[0] = BELIEVED_SECONDS + 1
    assert await membership.of(1, 2) is True
    assert calls == [2, 2]
    for user, said in ((3, False), (4, None)):
        assert [await membership.of(1, user) for _ in range(2)] == [said] * 2
    assert calls == [2, 2, 3, 3, 4, 4]
    assert await membership.of(5, 2) is None


async def test_a_membership_that_takes_too_long_to_tell_is_none(monkeypatch) -> None:
    monkeypatch.setattr("summitqa_bot.discord.membership.ANSWER_SECONDS", 0.01)
    guild = SimpleNamespace(fetch_member=lambda _: asyncio.sleep(9))

    async def get(_: int) -> object:
        return guild

    assert await Membership(SimpleNamespace(get=get)).of(1, 2) is None  # type: ignore[arg-type]
