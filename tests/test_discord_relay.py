"""What a replica was sent by Discord and died with is answered by the one that has its shard."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from discord_replicas import server_of
from discord_rest import GUILD
from discord_server import Discord, serving
from sqlalchemy import func, select
from test_discord_wire import MENTION, Bot, start

from summitqa_bot.discord.relay import hearer
from summitqa_bot.state import State
from summitqa_bot.state.schema import SEEN

HASTE = {
    "INTERVAL_SECONDS": 0.1, "LEASE_SECONDS": 3.0, "CLOSING_SECONDS": 1.0, "BEAT_SECONDS": 0.1,
}  # fmt: skip


class Replicas:
    def __init__(self, discord: Discord, folder: Path, url: str) -> None:
        self.discord, self.folder, self.url = discord, folder, url
        self.bots: list[Bot] = []

    async def start(self, **more: str) -> Bot:
        bot = await start(
            self.discord,
            SUMMITQA_HOME=str(self.folder / str(len(self.bots))),
            SUMMITQA_DATABASE_URL=self.url,
            SUMMITQA_DISCORD_SHARDS="1",
            SUMMITQA_DISCORD_HOME=GUILD,
            SUMMITQA_ANSWER_IN="reply",
            HASTE=json.dumps(HASTE),
            CLAIMED="1",
            **more,
        )
        self.bots.append(bot)
        return bot

    async def serving(self, count: int) -> None:
        """Wait until so many say that they are there."""
        await self._until(lambda state: len(state.leases.holders("serves:discord:")) == count)

    async def claimed(self, count: int = 1) -> None:
        """Wait until somebody works on so many events."""
        query = select(func.count()).where(SEEN.c.holder.is_not(None), SEEN.c.done.is_(None))

        def are(state: State) -> bool:
            with state._engine.connect() as connection:
                return connection.execute(query).scalar() == count

        await self._until(are)

    async def _until(self, true: Callable[[State], bool]) -> None:
        with closing(State(self.folder, self.url)) as state:
            async with asyncio.timeout(60):
                while not true(state):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)


@pytest.fixture
async def replicas(
    tmp_path: Path, postgres_databases: Callable[[], str]
) -> AsyncIterator[Replicas]:
    async with _replicas(tmp_path, postgres_databases()) as made:
        yield made


@asynccontextmanager
async def _replicas(folder: Path, url: str) -> AsyncIterator[Replicas]:
    async with serving() as discord:
        made = Replicas(discord, folder, url)
        try:
            yield made
        finally:
            for bot in made.bots:
                await bot.stop()
                print(bot.output[-4000:])


async def test_what_one_died_with_is_answered_by_the_other_once(replicas: Replicas) -> None:
    discord = replicas.discord
    dead = await replicas.start(SLOW="60")
    await discord.until(lambda: discord.identified, 60)
    await discord.until(lambda: len(discord.listening.get(0, ())) == 1)
    await replicas.start()
    await discord.say(f"{MENTION} How long?")
    await discord.use("ask", question="And who?")
    await replicas.claimed(2)
    dead.process.kill()
    shown = await discord.until(lambda: len(discord.shown()) == 2 and discord.shown(), 60)
    assert {one["content"].partition("\n")[0] for one in shown} == {
        "Answer to: How long?", "Answer to: And who?",
    }  # fmt: skip
    # The response that the dead one had begun is filled, and no other is begun.
    assert len(discord.sent("PATCH", "/messages/@original$")) == 1
    assert "interaction-secret" not in "".join(bot.output for bot in replicas.bots)


async def test_what_a_stop_cuts_off_is_gone_on_with(replicas: Replicas) -> None:
    discord = replicas.discord
    stopped = await replicas.start(SLOW="60")
    await discord.until(lambda: len(discord.listening.get(0, ())) == 1, 60)
    await replicas.start()
    await replicas.serving(2)
    await discord.say(f"{MENTION} How long?")
    await replicas.claimed()
    await stopped.stop()
    [shown] = await discord.until(discord.shown, 60)
    assert shown["content"].startswith("Answer to: How long?")


def client(count: int, *shards: int, ready: bool = True, closed: bool = False) -> SimpleNamespace:
    one = SimpleNamespace(is_closed=lambda: closed)
    return SimpleNamespace(
        shard_count=count, shards=dict.fromkeys(shards, one), is_ready=lambda: ready
    )


def test_an_event_is_heard_by_the_client_that_has_its_shard_and_is_there() -> None:
    def sent(guild: str | None) -> dict[str, str]:
        data = {"guild_id": guild} if guild else {}
        return {"gateway": json.dumps({"t": "MESSAGE_CREATE", "d": data})}

    third, first = sent(server_of(3 - (int(GUILD) >> 22) % 4)), sent(None)
    ours = client(4, 2, 3)
    assert hearer([client(4, 0), ours], third) is ours
    assert hearer([ours], first) is None
    assert hearer([client(4, 0, 1)], third) is None
    for away in (client(4, 3, ready=False), client(4, 3, closed=True), client(4)):
        assert hearer([away], third) is None
    assert hearer([client(4, 1), other := client(4, 0)], first) is other
