"""A person's own shelf on Discord: its versions, the way back and the end of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord_rest import TOKEN, Json
from discord_server import Discord, serving
from test_discord_visits import AWAY

from summitqa_bot import strings
from summitqa_bot.discord import app
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.strings import choosing
from tests.fakes import FakeEncoder, index, library, write

PLACES = pytest.mark.parametrize("place", ["direct", "server", "people"])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"mill.md": "# Mill\n\nThe mill is old.\n"}))
    settings = Settings(home=home, discord_token=TOKEN)
    made = Desk(settings, library(home), State(home), FakeEncoder())
    yield made
    await made.close()


@pytest.fixture
async def discord(desk: Desk) -> AsyncIterator[Discord]:
    async with serving() as server:
        settings = Settings(discord_token=TOKEN, discord_api_url=f"{server.url}/api")
        task = asyncio.create_task(app.run(settings, desk))
        await server.until(lambda: server.sockets)
        await server.until(lambda: server.commands)
        yield server
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Alone:
    """Somebody who writes to the bot, or has brought it to a server or to messages."""

    def __init__(self, discord: Discord, place: str, home: Path) -> None:
        self.discord, self.home = discord, home
        ways = {"direct": discord.directly, "people": discord.between_people}
        self.where = ways[place]() if place in ways else discord.elsewhere(AWAY)
        self.name = f"discord-user-{discord.user('alice')['id']}"
        self.folder = home / "shelves" / self.name

    def put(self, text: str) -> str:
        source = write(self.home.parent / "own", {"rules.md": f"# Rules\n\n{text}\n"})
        index(self.home, source, shelf=self.name, force=True)
        return (self.folder / "CURRENT").read_text("utf-8").strip()

    async def manage(self, verb: str) -> Json:
        await self.discord.use(f"summitqa {verb}", where=self.where)
        return await self._next()

    async def press(self, message: Json, label: str) -> Json:
        buttons = [one for row in message["components"] for one in row["components"]]
        pressed = next(one for one in buttons if one["label"] == label)
        await self.discord.press(pressed["custom_id"], message, where=self.where)
        return await self._next()

    async def _next(self) -> Json:
        told = self.told = getattr(self, "told", 0) + 1
        shown = await self.discord.until(
            lambda: len(self.discord.shown()) == told and self.discord.shown()
        )
        assert shown[-1]["flags"] & 64  # for them alone
        return shown[-1]


@PLACES
async def test_it_is_looked_at_gone_back_on_and_erased_by_whose_it_is(
    discord: Discord, tmp_path: Path, place: str
) -> None:
    alone = Alone(discord, place, tmp_path / "home")
    first, second = alone.put("Dogs stay out."), alone.put("Dogs are welcome.")
    versions = await alone.manage("versions")
    assert first in versions["content"] and second in versions["content"]
    assert (await alone.manage("rollback"))["content"] == strings.SWITCHED.format(version=first)
    switched = await alone.press(versions, strings.BUTTON_TO.format(version=first))
    assert switched["content"] == strings.SWITCHED.format(version=first)
    assert (await alone.manage("verify"))["content"] == strings.VERIFIED
    asked = await alone.manage("forget")
    erased = await alone.press(asked, strings.BUTTON_FORGET)
    assert re.match("Erased", erased["content"])
    assert not (alone.folder / "CURRENT").exists()
    assert (await alone.manage("versions"))["content"] == strings.STATUS_EMPTY


async def test_what_takes_others_is_not_chosen_where_there_are_none(desk: Desk) -> None:
    alone = Actor("discord", "200000000000000001", channel="72", thread="72")
    choose = desk.choosing
    for said in (
        await choose.admin(alone, "200000000000000002", named=True),
        await choose.editors(alone, "72"),
        await choose.weekly(alone, "72"),
    ):
        assert said.text == choosing.NOBODY_ELSE
    assert (await choose.house(alone, shown=False)).text == choosing.HOUSE_OFF
