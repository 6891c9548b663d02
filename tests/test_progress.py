# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""Progress that a crash left standing is closed at the next start, on both platforms."""

import asyncio

import pytest
from discord_world import World, answer_in, desk, simcord_bot, text, world  # noqa: F401
from slack_desk import FakeDesk as SlackDesk
from slack_rig import Rig, command
from slack_server import ADMIN, SlackServer
from test_desk import ADMIN as BOSS
from test_desk import home  # noqa: F401

from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply


def made(home, encoder) -> Desk:
    return Desk(Settings(home=home), Library(home, encoder), State(home), encoder)


async def closed_by(desk: Desk, platform: str = "discord") -> list[tuple[str, Reply]]:
    """Give what a desk sets anew after its start."""
    seen: list[tuple[str, Reply]] = []

    async def amend(message: str, reply: Reply) -> float:
        seen.append((message, reply))
        return 0.0

    desk.amends(platform, amend)
    await desk._amending.walk()
    return seen


async def test_what_was_cut_short_is_said_to_be_once(home, encoder) -> None:
    stopped, shown = made(home, encoder), asyncio.Event()

    async def show(_: Reply) -> str | None:
        shown.set()
        return "M1"

    task = asyncio.create_task(stopped.reindex(BOSS, show))
    await shown.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stopped.close()
    second = made(home, encoder)
    assert await closed_by(second, "slack") == []
    ((message, reply),) = await closed_by(second)
    assert (message, reply.text, reply.buttons) == ("M1", strings.REINDEX_INTERRUPTED, ())
    await second.close()
    third = made(home, encoder)
    assert await closed_by(third) == []
    await third.close()


async def test_what_ended_or_failed_or_runs_now_is_let_be(home, encoder) -> None:
    desk = made(home, encoder)
    amended: list[str] = []

    async def amend(message: str, _: Reply) -> float:
        amended.append(message)
        return 0.0

    async def show(_: Reply) -> str | None:
        await desk._amending.walk()
        return "M1"

    desk.amends("discord", amend)
    await desk.reindex(BOSS, show)
    await desk.close()
    again = made(home, encoder)
    assert (amended, await closed_by(again)) == ([], [])
    await again.close()


async def test_discord_sets_a_commands_response_anew_by_what_was_kept(world: World) -> None:
    result = await world.boss.slash(world.channel, "reindex")
    kept = world.desk.shown[-1]
    assert kept is not None
    assert await world.desk.amend(kept, Reply("Cut short.")) == 0.0
    assert result.response is not None
    assert text(result.response.message) == "Cut short."


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (403, 50001), (401, 50027)])
async def test_discord_lets_be_what_it_can_never_set(world: World, status: int, code: int) -> None:
    await world.boss.slash(world.channel, "reindex")
    world.env.inject_error("PATCH", "/webhooks/*", status=status, code=code)
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=status, code=code)
    assert await world.desk.amend(world.desk.shown[-1], Reply("Cut short.")) == 0.0
    assert await world.desk.amend(f"{world.channel.id}/1", Reply("Cut short.")) == 0.0


async def test_slack_names_the_message_and_sets_it_anew() -> None:
    desk = SlackDesk()
    async with SlackServer() as server:
        rig = Rig(server, desk)
        await rig.send(command(server, "/reindex", "", user_id=ADMIN))
        await rig.settle(lambda: len(desk.shown) == desk.steps)
        channel, ts = desk.shown[-1].split("/")
        assert await desk.amend(desk.shown[-1], Reply("Cut short.")) == 0.0
        changed = server.sent("chat.update")[-1]
        assert (changed["channel"], changed["ts"]) == (channel, ts)


@pytest.mark.parametrize(
    ("error", "status", "headers", "seconds"),
    [
        ("message_not_found", 200, {}, 0),
        ("cant_update_message", 200, {}, 0),
        ("ratelimited", 429, {"Retry-After": "77"}, 77),
        ("fatal_error", 200, {}, 30),
        ("token_revoked", 200, {}, 30),
    ],
)
async def test_slack_says_when_a_mark_may_be_tried_again(error, status, headers, seconds) -> None:
    desk = SlackDesk()
    async with SlackServer() as server:
        Rig(server, desk)
        server.fail("chat.update", error, status=status, headers=headers, times=9)
        assert await desk.amend("C1/1.1", Reply("Changed.")) == seconds
