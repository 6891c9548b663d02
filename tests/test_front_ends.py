"""Several front ends in one process: what becomes of one is no matter of the others."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from discord_desk import FakeDesk

from summitqa.errors import SettingsError, SummitQAError
from summitqa_bot import front_ends
from summitqa_bot.front_ends import FrontEnd, serve_all
from summitqa_bot.settings import Settings

REFUSED = SettingsError("The token is refused, but expects one that is not.")


class Served:
    """A front end that does as it is told each time it is begun, and then goes on for ever."""

    def __init__(self, *ends: Exception) -> None:
        self.ends = list(ends)
        self.begun = 0
        self.stopped = False

    async def __call__(self, *_: object) -> None:
        self.begun += 1
        if self.ends:
            raise self.ends.pop(0)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.stopped = True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_ends, "FIRST", 0.001)
    monkeypatch.setattr(front_ends, "LONGEST", 0.001)


def serving(**fronts: Callable[..., Awaitable[None]]) -> asyncio.Task[None]:
    named = [FrontEnd(name.lower(), name, serve) for name, serve in fronts.items()]
    return asyncio.create_task(serve_all(named, Settings(), FakeDesk()))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_that_is_refused_is_told_of_by_its_name_and_the_others_go_on(caplog):
    slack, discord = Served(REFUSED), Served()
    task = serving(Slack=slack, Discord=discord)
    await until(lambda: bool(caplog.records))
    [record] = caplog.records
    assert record.getMessage() == f"Slack is not served: {REFUSED}"
    assert record.levelno == logging.ERROR
    assert not record.exc_info
    await asyncio.sleep(0.02)
    assert (slack.begun, discord.begun, discord.stopped) == (1, 1, False)
    await stopped(task)
    assert discord.stopped


async def test_one_that_fails_is_begun_again_and_no_other(caplog):
    slack, discord = Served(RuntimeError("the roof"), SummitQAError("It closed.")), Served()
    task = serving(Slack=slack, Discord=discord)
    await until(lambda: slack.begun == 3)
    fallen, closed = caplog.records
    assert "Slack failed" in fallen.getMessage()
    assert fallen.exc_info
    assert "It closed." in closed.getMessage()
    assert not closed.exc_info
    assert discord.begun == 1
    await stopped(task)
    assert slack.stopped
    assert discord.stopped


async def test_one_that_fails_whenever_it_is_begun_is_given_up_and_the_others_go_on(caplog):
    fallen = [RuntimeError("the roof")] * 100
    slack, discord = Served(*fallen), Served()
    task = serving(Slack=slack, Discord=discord)
    await until(lambda: "not served" in caplog.text)
    assert slack.begun == front_ends.TRIES
    assert not task.done()
    await stopped(task)


async def test_one_that_had_served_for_long_is_not_given_up(caplog, monkeypatch):
    monkeypatch.setattr(front_ends, "STEADY_SECONDS", 0)
    slack = Served(*[RuntimeError("the roof")] * (3 * front_ends.TRIES))
    task = serving(Slack=slack)
    await until(lambda: slack.begun > 3 * front_ends.TRIES)
    await stopped(task)


async def test_the_last_to_go_says_why_we_end(caplog):
    with pytest.raises(SettingsError) as caught:
        await serving(Slack=Served(REFUSED))
    assert caught.value is REFUSED
    assert not caplog.records
    fallen = [RuntimeError("the roof")] * 100
    with pytest.raises(RuntimeError, match="the roof"):
        await serving(Slack=Served(REFUSED), Discord=Served(*fallen))
    assert f"Slack is not served: {REFUSED}" in caplog.text
