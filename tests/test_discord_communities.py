# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""Which servers let the bot in and put it out: what is noted of it, and what is said there."""

import pytest
import simcord
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
from simcord.backend import serializers

from summitqa_bot.discord.naming import community, server_of
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.strings import DISCORD_WELCOME


def test_a_server_is_a_community_and_a_person_is_none() -> None:
    assert community(123) == "discord-123" == Actor("discord", "1", workspace="123").community
    assert server_of(community(123)) == 123
    for other in ("discord-user-123", "slack-123", "discord-", "123", "house"):
        assert server_of(other) is None


async def test_the_roles_of_who_asks_are_told(world: World) -> None:
    role = world.guild.create_role("Editor")
    world.guild.create_role("Other")
    editor = world.guild.add_member(world.env.create_user("editor"), roles=[role])
    await editor.slash(world.channel, "ask", question="How long?")
    await editor.send(world.channel, f"{world.mention} And who?")
    await world.alice.send(world.channel, f"{world.mention} And who?")
    await editor.send_dm("And where?")
    roles = [actor.roles for actor, *_ in world.desk.asked]
    assert roles == [{str(role.id)}, {str(role.id)}, frozenset(), frozenset()]


async def test_a_server_that_lets_the_bot_in_is_noted_and_greeted_once(world: World) -> None:
    name = community(world.guild.id)
    await _join(world)
    assert world.desk.communities == {name: True}
    assert not world.answers()
    world.env.backend.edit_guild(world.guild.id, {"system_channel_id": world.channel.id})
    await _leave(world)
    assert world.desk.communities == {name: False}
    await _join(world)
    await _join(world)
    assert world.desk.communities == {name: True}
    assert [text(one) for one in world.answers()] == [DISCORD_WELCOME]


@pytest.mark.parametrize("status", [403, 500])
async def test_a_greeting_that_is_barred_harms_nothing(world: World, status: int, caplog) -> None:
    world.env.backend.edit_guild(world.guild.id, {"system_channel_id": world.channel.id})
    world.env.inject_error("POST", "/channels/*/messages", status=status, times=None)
    await _join(world)
    await world.env.advance_time(60)
    assert world.desk.communities == {community(world.guild.id): True}
    assert not world.answers()
    assert "Traceback" not in caplog.text


async def test_an_outage_is_no_leaving(world: World) -> None:
    await _join(world)
    await _leave(world, unavailable=True)
    assert world.desk.communities == {community(world.guild.id): True}


async def test_what_came_and_went_while_away_is_noted_without_a_word(
    world: World, desk: FakeDesk
) -> None:
    world.env.backend.edit_guild(world.guild.id, {"system_channel_id": world.channel.id})
    # Persons and Slack workspaces are none of Discord's servers.
    desk.communities = {"discord-42": True, "discord-user-7": True, "slack-t1": True}
    await world.env.restart_bot(single(Settings(discord_token="a.b.c"), desk))
    await world.env.advance_time(10)
    assert desk.communities == {
        "discord-42": False,
        "discord-user-7": True,
        "slack-t1": True,
        community(world.guild.id): True,
    }
    assert not world.answers()


async def test_a_shard_takes_only_its_own_servers_for_left(desk: FakeDesk) -> None:
    mine, others = 1 << 23, 1 << 22  # of shards 0 and 1 of 2
    desk.communities = {community(mine): True, community(others): True}
    bot = single(Settings(discord_token="a.b.c"), desk)
    bot.shard_count, bot.shard_ids = 2, [0]
    async with simcord.run(bot) as env:
        await env.advance_time(10)
        env.create_guild(shard_id=0)
        assert bot.is_ready() and bot.workspaces() == frozenset()
    assert desk.communities[community(mine)] is False
    assert desk.communities[community(others)] is True


async def test_a_process_that_holds_all_shards_knows_all_servers(desk: FakeDesk) -> None:
    bot = single(Settings(discord_token="a.b.c"), desk)
    bot.shard_count = 2
    async with simcord.run(bot) as env:
        await env.advance_time(10)
        guilds = {str(env.create_guild(shard_id=shard).id) for shard in (0, 1)}
        assert bot.workspaces() == guilds
        del bot._AutoShardedClient__shards[1]
        assert bot.workspaces() == frozenset()


async def _join(world: World) -> None:
    """Let the bot in: what tells that from the end of an outage is one key."""
    backend = world.env.backend
    payload = dict(serializers.guild_create_payload(backend, backend.get_guild(world.guild.id)))
    del payload["unavailable"]
    backend.emit("GUILD_CREATE", payload)
    await world.env.settle()


async def _leave(world: World, **more: bool) -> None:
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id), **more})
    await world.env.settle()
