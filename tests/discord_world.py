"""A small simulated Discord server for the in-process tests, and its fixtures."""

from dataclasses import dataclass

import discord
import pytest
import simcord
from discord_desk import QUOTE, FakeDesk

from summitqa_bot.discord.app import SummitBot, build
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings

BOLD = f"**{QUOTE}**"
MANAGE = discord.Permissions(manage_guild=True)


@dataclass
class World:
    """A server with a channel and two people, one of whom manages it."""

    env: simcord.Env
    desk: FakeDesk

    def __post_init__(self) -> None:
        self.guild = self.env.create_guild()
        self.channel = self.guild.create_text_channel("general")
        self.alice = self.guild.add_member(self.env.create_user("alice"))
        role = self.guild.create_role("Boss", permissions=MANAGE)
        self.boss = self.guild.add_member(self.env.create_user("boss"), roles=[role])
        self.mention = f"<@{self.env.backend.bot_user.id}>"

    def answers(self, channel: simcord.ChannelHandle | None = None) -> list[discord.Message]:
        """Give what the bot has posted in a channel, for all to see."""
        me = self.env.backend.bot_user.id
        history = (channel or self.channel).history(viewer=None)
        return [one for one in history if one.author.id == me and one.type.value in (0, 19, 20, 23)]

    @property
    def direct(self) -> list[discord.Message]:
        return self.answers(self.alice.user.dm_channel)


def text(message: discord.Message) -> str:
    return message.content.replace("\\", "")


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def answer_in() -> str:
    return "reply"


def single(settings: Settings, desk: Desk) -> SummitBot:
    """Build a bot of one shard: the simulated Discord is not asked how many it takes."""
    bot = build(settings, desk)
    bot.shard_count = 1
    return bot


@pytest.fixture
def simcord_bot(desk: FakeDesk, answer_in: str) -> SummitBot:
    return single(Settings(answer_in=answer_in, discord_token="a.b.c"), desk)


@pytest.fixture
def world(simcord_env: simcord.Env, desk: FakeDesk) -> World:
    return World(simcord_env, desk)
