# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""``/summitqa`` on a simulated Discord: what is asked of the desk, for which shelf, by whom."""

from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord_desk import FakeDesk
from discord_world import (  # noqa: F401
    World,
    answer_in,
    desk,
    simcord_bot,
    world,
)

from summitqa.settings import HOUSE
from summitqa_bot.strings.discord import NOT_WRITTEN
from summitqa_bot.wording.reply import Button, File, Reply


class Noting:
    """Stands for a part of the desk; notes what is asked of it, save who asks."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        async def ask(_actor: Any, *given: Any, **named: Any) -> Reply:
            self.asked.append((name, *given, *named.items()))
            return Reply(f"{name} done", private=True)

        return ask


@pytest.fixture
def noting(desk: FakeDesk) -> Noting:
    noting = Noting()
    desk.choosing = noting  # type: ignore[assignment]
    for name in ("versions", "rollback", "verify", "forget"):
        setattr(desk, name, getattr(noting, name))
    return noting


async def manage(world: World, verb: str, **options: Any) -> str:
    result = await world.boss.slash(world.channel, f"summitqa {verb}", **options)
    assert result.response is not None and result.response.ephemeral
    return result.response.content


async def test_each_command_is_one_question_to_the_desk(world: World, noting: Noting) -> None:
    role = world.guild.create_role("Editors")
    channel = world.guild.create_text_channel("editors")
    commands: tuple[tuple[str, dict[str, Any], tuple[Any, ...]], ...] = (
        ("versions", {}, ("versions", None)),
        ("rollback", {}, ("rollback", None)),
        ("verify", {"house": True}, ("verify", HOUSE)),
        ("forget", {}, ("forget",)),
        ("settings", {}, ("show",)),
        ("admins add", {"who": role}, ("admin", str(role.id), ("named", True))),
        ("admins remove", {"who": world.alice}, ("admin", str(world.alice.id), ("named", False))),
        ("house", {"shown": False}, ("house", False)),
        (
            "editors",
            {"channel": channel, "helper": role},
            ("editors", str(channel.id), str(role.id)),
        ),
        ("editors", {}, ("editors", None, None)),
        ("weekly", {"channel": channel}, ("weekly", str(channel.id))),
        ("weekly", {}, ("weekly", None)),
        ("rules", {"unasked": True}, ("channel", ("answers", None), ("unasked", True))),
        ("rules", {"answers": False}, ("channel", ("answers", False), ("unasked", None))),
    )
    for verb, options, asked in commands:
        assert await manage(world, verb, **options) == f"{asked[0]} done", verb
        assert noting.asked[-1] == asked


async def test_the_house_shelf_is_named_where_it_is_meant(world: World) -> None:
    await manage(world, "status")
    await manage(world, "status", house=True)
    await world.boss.slash(world.channel, "reindex", house=True)
    await world.boss.slash(world.channel, "reindex")
    assert world.desk.shelves == [None, HOUSE, HOUSE, None]


async def test_a_file_goes_with_the_reply_to_the_one_who_asked(world: World) -> None:
    async def report(_: Any) -> Reply:
        file = File("questions.csv", b"question\nHow long?\n")
        return Reply("7 days", buttons=(Button("x", "1", "X"),), private=True, file=file)

    world.desk.report = report  # type: ignore[method-assign]
    result = await world.boss.slash(world.channel, "summitqa report")
    assert result.response is not None and result.response.ephemeral
    (attached,) = result.response.attachments
    assert attached.filename == "questions.csv"
    assert await attached.read() == b"question\nHow long?\n"


async def test_what_is_chosen_is_named_and_a_barred_channel_is_told(world: World) -> None:
    role = world.guild.create_role("Editors *")
    secret = world.guild.create_text_channel("secret")

    class Told:
        async def show(self, _: Any) -> Reply:
            return Reply(f"{role.id} and {world.alice.id} in {secret.id}", private=True)

        async def weekly(self, _: Any, channel: str | None) -> Reply:
            return Reply(f"To {channel}", private=True)

    world.desk.choosing = Told()  # type: ignore[assignment]
    told = (await manage(world, "settings")).replace("\\", "")
    assert told == f"@Editors * and <@{world.alice.id}> in #secret"
    assert await manage(world, "weekly", channel=secret) == "To #secret"
    deaf = {world.env.bot.user: discord.PermissionOverwrite(send_messages=False)}
    closed = world.guild.create_text_channel("closed", overwrites=deaf)
    told = await manage(world, "weekly", channel=closed)
    assert told.startswith("To #closed") and NOT_WRITTEN in told


async def test_the_commands_fit_what_discord_allows(world: World) -> None:
    def named(command: Any) -> list[Any]:
        return (
            [command, *(one for child in command.options for one in named(child))]
            if hasattr(command, "options")
            else [SimpleNamespace(name=command.name, description=command.description)]
        )

    for root in await world.env.bot.tree.fetch_commands():
        assert len(root.options) <= 25
        everything = named(root)
        assert all(len(one.name) <= 32 and len(one.description) <= 100 for one in everything)
        assert sum(len(one.name) + len(one.description) for one in everything) <= 8000
