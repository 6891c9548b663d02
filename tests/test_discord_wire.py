"""The bot as a real process against a stand-in of Discord on the loopback: acks, faults, stops."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from discord_rest import APP, CHANNEL, TOKEN, Fault
from discord_server import Discord, serving

from summitqa_bot.strings import DISCORD_REFUSED, STOPPING

HERE = Path(__file__).parent
MENTION = f"<@{APP}>"


class Bot:
    """A bot's process, and all it has written."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.output += line.decode()

    async def stop(self) -> float:
        """Send SIGTERM and give the seconds until the end."""
        start = time.monotonic()
        if self.process.returncode is None:
            self.process.terminate()
        await asyncio.wait_for(self.process.wait(), 10)
        await self._reading
        return time.monotonic() - start


async def start(discord: Discord, **environ: str) -> Bot:
    paths = os.pathsep.join([str(HERE), *sys.path])
    return Bot(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "ignore::DeprecationWarning",
            str(HERE / "discord_process.py"),
            env={
                "PYTHONPATH": paths,
                "DISCORD_TOKEN": TOKEN,
                "SUMMITQA_DISCORD_API_URL": f"{discord.url}/api",
                "SUMMITQA_DISCORD_GATEWAY_URL": f"{discord.url.replace('http', 'ws')}/gateway",
                **environ,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    )


@asynccontextmanager
async def running(**environ: str) -> AsyncIterator[tuple[Discord, Bot]]:
    async with serving() as discord:
        bot = await start(discord, **environ)
        try:
            await discord.until(lambda: discord.sockets, 10)
            yield discord, bot
        finally:
            await bot.stop()
            print(bot.output)
    assert TOKEN not in bot.output
    assert "interaction-secret" not in bot.output


def contents(discord: Discord) -> list[str]:
    return [one["content"] for one in discord.shown()]


async def test_a_command_a_mention_and_a_press_are_answered() -> None:
    async with running(SUMMITQA_ANSWER_IN="thread") as (discord, bot):
        await discord.use("ask", question="How long?")
        await discord.until(lambda: len(discord.shown()) == 1)
        question = await discord.say(f"{MENTION} Who came?")
        await discord.until(lambda: len(discord.shown()) == 2)
        answer = discord.shown()[1]
        assert answer["channel_id"] == question["id"]
        assert answer["content"] == "Answer to: Who came?"
        assert answer["embeds"][0]["description"] and answer["components"]
        await discord.press("context:r1", answer)
        await discord.until(lambda: len(discord.shown(ephemeral=True)) == 1)
        assert "Pressed context:r1" in discord.shown(ephemeral=True)[0]["content"]
        assert await bot.stop() < 5
        assert bot.process.returncode == 0 and "stopped" in bot.output


async def test_sixty_at_once_are_all_acknowledged_and_answered_once() -> None:
    async with running(SLOW="2", SUMMITQA_ANSWER_IN="reply") as (discord, _):
        for number in range(60):
            await discord.use("ask", user=f"user{number}", question=f"Question {number}?")
        await discord.until(lambda: len(discord.shown()) == 60, 30)
        waits = [one["acked"] - one["sent"] for one in discord.interactions.values()]
        assert max(waits) < 1
        assert sorted(contents(discord)) == sorted(f"Answer to: Question {n}?" for n in range(60))
        for number in range(60):
            await discord.say(f"{MENTION} Message {number}?", user=f"user{number}")
        await discord.until(lambda: len(discord.shown()) == 120, 30)
        assert len(set(contents(discord))) == 120


async def test_redelivered_events_are_answered_once() -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        event = await discord.use("ask", question="How long?")
        await discord.dispatch("INTERACTION_CREATE", event)
        question = await discord.say(f"{MENTION} Who came?")
        await discord.dispatch("MESSAGE_CREATE", question)
        await discord.dispatch("INTERACTION_CREATE", event)
        await discord.say(f"{MENTION} The last?")
        await discord.until(lambda: len(contents(discord)) >= 3)
        await asyncio.sleep(0.5)  # long enough for a doubled answer to show itself
        assert sorted(contents(discord)) == [
            "Answer to: How long?",
            "Answer to: The last?",
            "Answer to: Who came?",
        ]


async def test_the_bot_ignores_itself_and_other_bots() -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        await discord.say(f"{MENTION} I ask me", author=discord.me)
        await discord.say(f"{MENTION} I ask too", author=discord.user("other", bot=True))
        await discord.say("@everyone hear this", mention_everyone=True)
        await discord.say(f"{MENTION} The last?")
        await discord.until(lambda: discord.sent("POST", "/messages$"))
        answered = [one.body["content"] for one in discord.sent("POST", "/messages$")]
        assert answered == ["Answer to: The last?"]


@pytest.mark.parametrize("via", [{"Via": "1.1 google"}, {}])
async def test_a_rate_limit_is_waited_out(via: dict[str, str]) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 0.3, "global": False}
    headers = {"Retry-After": "0.3", **via}
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        for method, path in (
            ("POST", "/callback$"),
            ("PATCH", "@original$"),
            ("POST", "/messages$"),
        ):
            discord.faults.append(Fault(method, path, 429, body, headers))
        await discord.use("ask", question="How long?")
        await discord.say(f"{MENTION} Who came?")
        await discord.until(lambda: len(discord.shown()) == 2)


@pytest.mark.parametrize("status", [500, 502])
async def test_a_broken_discord_is_asked_again(status: int) -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        for method, path in (
            ("POST", "/callback$"),
            ("PATCH", "@original$"),
            ("POST", "/messages$"),
        ):
            discord.faults.append(Fault(method, path, status))
        await discord.use("ask", question="How long?")
        await discord.say(f"{MENTION} Who came?")
        await discord.until(lambda: len(discord.shown()) == 2)


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_dropped_connections_lose_and_double_nothing(drop: str) -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        for method, path in (
            ("POST", "/callback$"),
            ("PATCH", "@original$"),
            ("POST", "/messages$"),
        ):
            discord.faults.append(Fault(method, path, drop=drop))
        await discord.use("ask", question="How long?")
        await discord.say(f"{MENTION} Who came?")
        await discord.until(lambda: len(discord.shown()) == 2)
        assert all(fault.times == 0 for fault in discord.faults)
        await discord.until(lambda: len(discord.sent("POST", "/messages$")) == 2)
        assert sorted(contents(discord)) == ["Answer to: How long?", "Answer to: Who came?"]


async def test_an_unknown_interaction_is_answered_in_the_channel() -> None:
    async with running() as (discord, _):
        discord.faults.append(Fault("POST", "/callback$", 404, {"code": 10062, "message": "x"}))
        await discord.use("ask", question="How long?")
        (answer,) = await discord.until(discord.shown)
        assert answer["channel_id"] == CHANNEL and answer["content"] == "Answer to: How long?"


async def test_no_right_to_write_is_told_privately() -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        barred = Fault(
            "POST", f"{CHANNEL}/messages$", 403, {"code": 50013, "message": "x"}, times=9
        )
        discord.faults.append(barred)
        await discord.say(f"{MENTION} Who came?")
        (answer,) = await discord.until(discord.shown)
        assert answer["channel_id"] != CHANNEL
        assert "I may not write in general" in answer["content"]


async def test_an_edited_question_whose_answer_is_gone_is_answered_anew() -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        question = await discord.say(f"{MENTION} Who came?")
        (answer,) = await discord.until(discord.shown)
        edited = {
            **question,
            "content": f"{MENTION} Who left?",
            "edited_timestamp": "2025-08-16T01:00:00+00:00",
        }
        await discord.dispatch("MESSAGE_UPDATE", edited)
        await discord.until(lambda: contents(discord) == ["Answer to: Who left?"])
        del discord.posts[answer["id"]]
        edited = {
            **edited,
            "content": f"{MENTION} Who stayed?",
            "edited_timestamp": "2025-08-16T02:00:00+00:00",
        }
        await discord.dispatch("MESSAGE_UPDATE", edited)
        await discord.until(lambda: contents(discord) == ["Answer to: Who stayed?"])


async def test_the_gateway_is_taken_up_again() -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, _):
        await discord.sockets[-1].send_json({"op": 7, "d": None})
        await discord.until(lambda: discord.resumed)
        await discord.say(f"{MENTION} After a reconnect?")
        await discord.until(lambda: len(discord.shown()) == 1)
        await discord.sockets[-1].send_json({"op": 9, "d": False})
        await discord.until(lambda: len(discord.identified) == 2)
        await discord.until(lambda: len(discord.sockets) == 3)
        await discord.say(f"{MENTION} After an invalid session?")
        await discord.until(lambda: len(discord.shown()) == 2)
        transport = discord.sockets[-1]._req.transport
        transport.abort()
        await discord.until(lambda: len(discord.sockets) == 4, 15)
        await discord.say(f"{MENTION} After a loss?")
        await discord.until(lambda: len(discord.shown()) == 3)


async def test_a_stop_finishes_or_excuses_what_is_in_the_making() -> None:
    async with running(SLOW="60", SUMMITQA_ANSWER_IN="reply") as (discord, bot):
        await discord.use("ask", question="How long?")
        await discord.say(f"{MENTION} Who came?")
        await discord.until(lambda: discord.sent("POST", "/typing$"))
        await discord.until(lambda: discord.sent("POST", "/callback$"))
        assert await bot.stop() < 5
        assert bot.process.returncode == 0
        assert contents(discord) == [STOPPING] * 2


async def test_buttons_of_old_answers_work_after_a_kill() -> None:
    async with running(SUMMITQA_ANSWER_IN="reply") as (discord, bot):
        await discord.say(f"{MENTION} Who came?")
        (answer,) = await discord.until(discord.shown)
        bot.process.kill()
        await bot.process.wait()
        again = await start(discord)
        await discord.until(lambda: len(discord.sockets) == 2, 20)
        await discord.press("context:r1", answer)
        await discord.until(lambda: discord.shown(ephemeral=True))
        await again.stop()
        assert contents(discord) == ["Answer to: Who came?", "Pressed context:r1"]


async def test_a_refused_token_is_one_sentence_and_code_2() -> None:
    async with serving() as discord:
        bot = await start(discord, DISCORD_TOKEN="an.other.token")
        assert await asyncio.wait_for(bot.process.wait(), 20) == 2
        await bot.stop()
        assert DISCORD_REFUSED in bot.output and "Traceback" not in bot.output
        assert "an.other.token" not in bot.output
