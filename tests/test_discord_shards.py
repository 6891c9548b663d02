"""Several shards in one process, against a stand-in of Discord on the loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from discord_desk import FakeDesk
from discord_rest import APP, GUILD, TOKEN
from discord_server import Discord, serving

from summitqa_bot.discord import app
from summitqa_bot.discord.naming import community
from summitqa_bot.settings import Settings

SECOND = str(int(GUILD) + (1 << 22))  # a server of the other shard


@asynccontextmanager
async def running(desk: FakeDesk, discord: Discord) -> AsyncIterator[None]:
    settings = Settings(
        discord_token=TOKEN, discord_api_url=f"{discord.url}/api", answer_in="reply"
    )
    task = asyncio.create_task(app.run(settings, desk))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_shard_identifies_and_all_servers_are_known_once_both_are_ready() -> None:
    desk = FakeDesk()
    async with serving() as discord:
        discord.shards = 2
        discord.guilds.append({**discord.guild(SECOND, "Annex"), "unavailable": True})
        desk.communities = {community(SECOND): True, community(4 << 22): True}
        async with running(desk, discord):
            await discord.until(lambda: discord.identified)
            await discord.until(lambda: len(discord.identified) == 2, 20)
            assert [one["shard"] for one in discord.identified] == [[0, 2], [1, 2]]
            await discord.say(f"<@{APP}> How long?")
            await discord.until(lambda: len(discord.shown()) == 1)
            assert desk.asked[-1][0].workspaces == frozenset()
            await _until_ready(desk)
            await discord.say(f"<@{APP}> And who?")
            await discord.until(lambda: len(discord.shown()) == 2)
            assert desk.asked[-1][0].workspaces == {GUILD, SECOND}
            # An outage is no leaving; a server of the first shard has left while we were away.
            assert desk.communities == {
                community(GUILD): True,
                community(SECOND): True,
                community(4 << 22): False,
            }
            discord.guilds.pop()
            await discord.dispatch("GUILD_DELETE", {"id": SECOND})
            await _until(lambda: not desk.communities[community(SECOND)])
            await discord.say(f"<@{APP}> And where?")
            await discord.until(lambda: len(discord.shown()) == 3)
            assert desk.asked[-1][0].workspaces == {GUILD}


async def test_who_came_and_went_is_asked_no_more_once_it_has_stopped() -> None:
    desk, asked, ended = FakeDesk(), asyncio.Event(), []

    async def here() -> frozenset[str]:
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append(True)
            raise
        return frozenset()

    desk.here = here  # type: ignore[method-assign]
    async with serving() as discord, running(desk, discord):
        await asyncio.wait_for(asked.wait(), 20)
        assert not ended
    assert ended


async def _until_ready(desk: FakeDesk) -> None:
    await _until(lambda: desk.communities.get(community(GUILD)))
    await asyncio.sleep(0.1)


async def _until(true: Callable[[], object]) -> None:
    for _ in range(750):
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
