"""What a replica does for servers whose shard another replica serves."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from discord_desk import FakeDesk
from discord_rest import APP, CHANNEL, GUILD, TOKEN, Json
from discord_server import Discord, serving

from summitqa.errors import SettingsError
from summitqa_bot import strings
from summitqa_bot.discord import app, gate, shards
from summitqa_bot.discord.division import shard_lease
from summitqa_bot.discord.naming import community
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply

COUNT = 2
ELSEWHERE, PLACE = GUILD, CHANNEL
HERE = str(int(GUILD) + (1 << 22))
EDITORS = "1000000000000000044"  # a role there


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "INTERVAL_SECONDS", 0.05)
    monkeypatch.setattr(shards, "BEAT_SECONDS", 0.05)


def sharing(discord: Discord, **more: str) -> Settings:
    return Settings.from_env(
        {
            "DISCORD_TOKEN": TOKEN,
            "SUMMITQA_DISCORD_API_URL": f"{discord.url}/api",
            "SUMMITQA_DISCORD_GATEWAY_URL": f"{discord.url.replace('http', 'ws')}/gateway",
            "SUMMITQA_DISCORD_SHARDS": str(COUNT),
            "SUMMITQA_DISCORD_HOME": GUILD,
            "SUMMITQA_ANSWER_IN": "reply",
            **more,
        }
    )


@pytest.fixture
def state(tmp_path: Path, url: str) -> Iterator[State]:
    made = State(tmp_path, url)
    yield made
    made.close()


@pytest.fixture
def desk(state: State) -> FakeDesk:
    return FakeDesk(state=state)


@pytest.fixture
async def discord(desk: FakeDesk, tmp_path: Path, url: str) -> AsyncIterator[Discord]:
    """One that has two shards, of which direct messages' alone is ours."""
    async with serving() as server:
        server.shards = COUNT
        away = server.guild(ELSEWHERE, "Elsewhere")
        away["roles"].append({**away["roles"][0], "id": EDITORS, "name": "Editors"})
        server.guilds = [server.guild(HERE), away]
        assert (server.shard_of(HERE), server.shard_of(ELSEWHERE)) == (0, 1)
        desk.leases.of("another").take(shard_lease(COUNT, 1), 3600)
        settings = sharing(server, SUMMITQA_HOME=str(tmp_path), SUMMITQA_DATABASE_URL=url)
        task = asyncio.create_task(app.run(settings, desk))
        await server.until(lambda: server.sockets or task.done())
        yield server
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [one["shard"] for one in server.identified] == [[0, COUNT]]


async def test_it_posts_there_and_calls_people_and_roles(discord: Discord, desk: FakeDesk) -> None:
    alice = discord.user("alice")["id"]
    said = Reply("Nobody’s text answers this yet")
    place = await desk.poster(community(int(ELSEWHERE)), PLACE, said, [EDITORS, alice])
    (posted,) = discord.sent("POST", f"/channels/{PLACE}/messages$")
    assert place is not None and place.startswith(f"{PLACE}/")
    assert posted.body["content"].startswith(f"<@{alice}> <@&{EDITORS}>\n")
    below = await desk.poster(community(int(ELSEWHERE)), place, Reply("There is one now"), ())
    number = place.partition("/")[2]
    assert below is not None and below.startswith(f"{number}/")  # in a thread below it


async def test_it_posts_in_no_other_community(discord: Discord, desk: FakeDesk) -> None:
    for whose, place in ((HERE, PLACE), (ELSEWHERE, "77")):
        assert await desk.poster(community(int(whose)), place, Reply("Hello"), ()) is None
    assert not discord.sent("POST", "/messages$")


async def test_what_was_posted_there_is_set_anew(discord: Discord, desk: FakeDesk) -> None:
    place = await desk.poster(community(int(ELSEWHERE)), PLACE, Reply("Before"), ())
    assert await desk.amend(place, Reply("After")) == 0
    assert [one["content"] for one in discord.shown()] == ["After"]


async def test_a_shelf_there_is_chosen_in_direct_messages_by_members_alone(
    discord: Discord, desk: FakeDesk
) -> None:
    me = discord.user("alice")["id"]
    directly: Json = discord.directly()

    async def choose(server: str) -> str:
        event = await discord.use("shelf", server=server, where=directly)
        held = discord.interactions[event["token"]]
        await discord.until(lambda: held.get("original"))
        answer = discord.posts[held["original"]]
        await discord.until(lambda: not answer.get("loading"))
        return answer["content"]

    assert await choose(ELSEWHERE) == strings.DISCORD_NO_MEMBER
    discord.members.add((ELSEWHERE, me))
    assert await choose("77") == strings.DISCORD_NO_MEMBER
    assert await choose(ELSEWHERE) == "Chosen: Elsewhere"
    await discord.use("ask", question="How long?", where=directly)
    await discord.until(lambda: desk.asked)
    assert desk.asked[-1][0].community == community(int(ELSEWHERE))


async def test_nobody_is_at_home_for_being_in_the_only_server_it_sees(
    discord: Discord, desk: FakeDesk
) -> None:
    await discord.say(f"<@{APP}> How long?", guild_id=HERE)
    await discord.until(lambda: desk.asked)
    assert desk.asked[-1][0].workspaces == frozenset()


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({}, "SUMMITQA_DATABASE_URL"),
        ({"SUMMITQA_DATABASE_URL": "sqlite:///state.db"}, "SUMMITQA_DATABASE_URL"),
        (
            {"SUMMITQA_DATABASE_URL": "postgresql://h/n", "SUMMITQA_DISCORD_HOME": ""},
            "SUMMITQA_DISCORD_HOME",
        ),
    ],
)
async def test_without_a_shared_database_or_a_home_it_says_so_at_once(
    more: dict[str, str], named: str
) -> None:
    async with serving() as discord:
        with pytest.raises(SettingsError, match=named) as caught:
            await app.run(sharing(discord, **more), FakeDesk())
        assert "\n" not in str(caught.value) and "expects" in str(caught.value)
        assert not discord.received
