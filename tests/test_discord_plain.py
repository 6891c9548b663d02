# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""Names in place of ids, and silence, on Discord."""

import pytest
from discord_world import (  # noqa: F401
    World,
    answer_in,
    desk,
    simcord_bot,
    world,
)

from summitqa_bot.wording.talk import Address

in_threads = pytest.mark.parametrize("answer_in", ["thread"])


async def test_ids_are_put_as_names_before_searching_and_titling(world: World) -> None:
    role = world.guild.create_role("Keepers")
    boss, here = world.boss.user, world.channel
    await world.alice.send_dm("did <@1234567890123456> say <:blob:123456789012345678> why?")
    await world.alice.send(
        here,
        f"{world.mention} did <@{boss.id}> and <@&{role.id}> post in <#{here.id}> <a:wave:99>?",
    )
    result = await world.boss.slash(here, "ask", question=f"who reads <#{here.id}>?")
    assert result.response is not None
    assert [question for _, question, *_ in world.desk.asked] == [
        "did  say :blob: why?",
        "did @boss and @Keepers post in #general :wave:?",
        "who reads #general?",
    ]


@in_threads
async def test_a_thread_is_titled_with_names(world: World) -> None:
    await world.alice.send(world.channel, f"{world.mention} what did <@{world.boss.user.id}> mean?")
    (thread,) = world.channel.threads
    assert thread.name == "what did @boss mean?"


async def test_silence_is_silence(world: World) -> None:
    world.desk.ignored.add("thanks!")
    await world.alice.send(world.channel, f"{world.mention} thanks!")
    await world.alice.send_dm("thanks!")
    assert not world.answers() and not world.direct
    assert [to for _, to in world.desk.heard] == [Address.MENTION, Address.DIRECT]
    assert not [one for one in world.env.http_requests if one.path.endswith("/typing")]
