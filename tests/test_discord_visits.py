"""A person brings the bot to where nobody has installed it, on a stand-in of Discord."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from discord_desk import FakeDesk
from discord_rest import GUILD, TOKEN, Json
from discord_server import Discord, serving

from summitqa_bot import strings
from summitqa_bot.discord import app
from summitqa_bot.discord.naming import community
from summitqa_bot.settings import Settings

AWAY = "1000000000000000099"  # a server that has not installed the bot


@pytest.fixture
async def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def discord(desk: FakeDesk) -> AsyncIterator[Discord]:
    async with serving() as server:
        api = f"{server.url}/api"
        settings = Settings(discord_token=TOKEN, discord_api_url=api, answer_in="thread")
        task = asyncio.create_task(app.run(settings, desk))
        await server.until(lambda: server.sockets)
        yield server
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def alone(discord: Discord, user: str = "alice") -> str:
    return f"discord-user-{discord.user(user)['id']}"


def brought(discord: Discord, place: str, user: str = "alice") -> Json:
    return discord.elsewhere(AWAY, user) if place == "server" else discord.between_people(user)


PLACES = pytest.mark.parametrize("place", ["server", "people"])


@PLACES
async def test_who_brings_the_bot_asks_their_own_shelf_and_is_answered_alone(
    discord: Discord, desk: FakeDesk, place: str
) -> None:
    me = discord.user("alice")["id"]
    desk.choices[me] = community(int(GUILD))
    discord.members.add((GUILD, me))
    await discord.use("ask", question="How long?", where=brought(discord, place))
    (answer,) = await discord.until(discord.shown)
    assert answer["flags"] & 64
    labels = [one["label"] for row in answer["components"] for one in row["components"]]
    assert "Share with channel" not in labels and len(labels) == 3
    actor, _, _, private = desk.asked[-1]
    assert private
    assert actor.community == alone(discord)
    assert (actor.workspace, actor.channel, actor.chosen, actor.manages, actor.roles) == (
        None,
        None,
        None,
        False,
        frozenset(),
    )
    assert not discord.sent("POST", "/threads$")
    assert not discord.sent("POST", "/channels/")


@PLACES
async def test_nobody_elses_turns_are_gone_on_from(
    discord: Discord, desk: FakeDesk, place: str
) -> None:
    for number, user in enumerate(("alice", "bob", "alice")):
        await discord.use("ask", user, question="How?", where=brought(discord, place, user))
        await discord.until(lambda count=number + 1: len(discord.shown()) == count)
    alice, bob, again = (actor.thread for actor, *_ in desk.asked)
    assert alice == again != bob
    assert alice not in ("71", "72")


@PLACES
async def test_nothing_is_shared_there_not_even_by_a_forged_press(
    discord: Discord, desk: FakeDesk, place: str
) -> None:
    where = brought(discord, place)
    await discord.use("ask", question="How long?", where=where)
    (answer,) = await discord.until(discord.shown)
    await discord.press("share:r1", answer, where=where)
    await discord.until(lambda: len(discord.shown()) == 2)
    assert discord.shown()[1]["content"] == strings.NOT_SHARED
    assert all(one["flags"] & 64 for one in discord.shown())
    assert not desk.presses
    await discord.press("context:r1", answer, where=where)
    await discord.until(lambda: len(discord.shown()) == 3)
    assert desk.presses[-1][0].community == alone(discord)


async def test_where_the_bot_is_or_is_installed_without_its_user_it_does_not_visit(
    discord: Discord, desk: FakeDesk
) -> None:
    me = discord.user("alice")["id"]
    for guild, owners in ((AWAY, {"0": AWAY, "1": me}), (GUILD, {"1": me})):
        where = discord.elsewhere(guild) | {"authorizing_integration_owners": owners}
        await discord.use("ask", question="How long?", where=where)
    await discord.until(lambda: len(discord.shown(ephemeral=False)) == 2)
    asked = [actor.community for actor, *_ in desk.asked]
    assert sorted(asked) == sorted([community(int(AWAY)), community(int(GUILD))])


async def test_a_shelf_is_chosen_from_anywhere_but_only_where_one_is_a_member(
    discord: Discord, desk: FakeDesk
) -> None:
    where = discord.elsewhere(AWAY)
    for server in (GUILD, AWAY):
        await discord.use("shelf", server=server, where=where)
    await discord.until(lambda: len(discord.shown()) == 2)
    assert [one["content"] for one in discord.shown()] == [strings.DISCORD_NO_MEMBER] * 2
    me = discord.user("alice")["id"]
    discord.members.add((GUILD, me))
    await discord.use("shelf", server=GUILD, where=where)
    await discord.until(lambda: len(discord.shown()) == 3)
    assert desk.choices == {me: community(int(GUILD))}


async def test_commands_are_registered_for_where_they_are_of_use(discord: Discord) -> None:
    await discord.until(lambda: discord.commands)
    places = {one["name"]: (one["integration_types"], one["contexts"]) for one in discord.commands}
    everywhere = ([0, 1], [0, 1, 2])
    find = strings.DISCORD_COMMANDS["find"]
    assert {name: places[name] for name in ("ask", "shelf", find)} == {
        "ask": everywhere,
        "shelf": everywhere,
        find: everywhere,
    }
    # A person by themselves has a shelf to look after, too.
    for name in ("articles", "contents", "reindex", "summitqa"):
        assert places[name] == everywhere, name
