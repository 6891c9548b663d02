"""The bot as a process of its own, over real sockets on loopback."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from slack_desk import QUOTE
from slack_rig import command, event, mention, press, written
from slack_server import ADMIN, APP_TOKEN, BOT_TOKEN, SECRET

SCRIPT = Path(__file__).with_name("slack_desk.py")


class Bot:
    """The process, and what it wrote to its log."""

    def __init__(self, server, *arguments, **environ):
        self.environ = {
            "PATH": os.environ["PATH"],
            "PYTHONWARNINGS": "default",
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SUMMITQA_SLACK_API_URL": server.api,
            "SUMMITQA_LOG": "debug",
        } | environ
        self.arguments, self.log = arguments, ""

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *map(str, self.arguments),
            env=self.environ,
            stderr=asyncio.subprocess.STDOUT,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def _read(self):
        async for line in self.process.stdout:
            self.log += line.decode(errors="replace")

    async def stop(self, with_signal=signal.SIGTERM):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(with_signal)
        async with asyncio.timeout(8):
            code = await self.process.wait()
        await self._reader
        return code

    async def __aexit__(self, kind, *_):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        await self._reader
        self.process._transport.close()
        if kind is not None:
            print(self.log[-8000:])


@pytest.fixture
async def bot(slack, tmp_path):
    async with Bot(slack, SCRIPT, tmp_path / "seen") as process:
        await slack.until(lambda: slack.connections)
        yield process


async def test_a_question_is_acknowledged_answered_and_the_bot_stops_in_time(slack, bot):
    envelope = await slack.send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage") and envelope in slack.acks)
    assert QUOTE in slack.sent("chat.postMessage")[0]["text"]
    await slack.send(command(slack, text="--private Who?"), "slash_commands")
    await slack.until(lambda: slack.responses)
    started = time.monotonic()
    assert await bot.stop() == 0
    assert time.monotonic() - started < 5
    for secret in (BOT_TOKEN, APP_TOKEN, SECRET, "ticket=abc"):
        assert secret not in bot.log
    for complaint in ("Traceback", "never retrieved", "Unclosed", "ResourceWarning"):
        assert complaint not in bot.log


async def test_it_reindexes_while_it_answers(slack, tmp_path):
    async with Bot(slack, SCRIPT, tmp_path / "seen", DELAY="0.5"):
        await slack.until(lambda: slack.connections)
        await slack.send(command(slack, "/reindex", "", user_id=ADMIN), "slash_commands")
        await slack.send(written("What happened?"))
        await slack.until(
            lambda: (
                any("Done" in one["text"] for one in slack.sent("chat.update"))
                and any(QUOTE in one["text"] for one in slack.sent("chat.postMessage"))
            )
        )


async def test_sixty_people_at_once_are_all_answered_once(slack, tmp_path):
    slack.pace = 0.04
    environ = {"DELAY": "3", "PACE": "0.05", "SUMMITQA_LOG": "info"}
    async with Bot(slack, SCRIPT, tmp_path / "seen", **environ):
        await slack.until(lambda: slack.connections)
        sent = {}
        for number in range(60):
            if number % 3:
                body, kind = command(slack, text=f"Question {number}?"), "slash_commands"
            else:
                body, kind = mention(f"Question {number}?"), "events_api"
            sent[await slack.send(body, kind)] = time.monotonic()
        await slack.until(lambda: len(slack.sent("chat.postMessage")) >= 60, within=30)
        slowest = max(slack.acks[envelope][0][0] - at for envelope, at in sent.items())
        assert slowest < 1
        await asyncio.sleep(0.5)
        texts = [one["text"] for one in slack.sent("chat.postMessage")]
        assert len(texts) == 60
        assert all(sum(f"Question {n}?" in text for text in texts) == 1 for n in range(60))


async def test_an_envelope_delivered_again_is_acknowledged_but_not_answered(slack, bot):
    body = mention()
    await slack.send(body, envelope="E-again")
    await slack.until(lambda: slack.sent("chat.postMessage"))
    await slack.send(body | {"retry_attempt": 1}, envelope="E-again")
    await slack.until(lambda: len(slack.acks.get("E-again", [])) == 2)
    await asyncio.sleep(0.3)
    assert len(slack.sent("chat.postMessage")) == 1


async def test_it_is_back_after_slack_disconnects_it(slack, bot):
    await slack.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})
    await slack.until(lambda: slack.connections == 2, within=15)
    await slack.send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage"))


async def test_it_is_back_after_the_socket_is_lost_and_a_handshake_refused(slack, bot):
    slack.script["link"] += [503]
    slack.fail("apps.connections.open", "internal_error")
    lost = time.monotonic()
    slack.sockets[-1]._req.transport.abort()
    await slack.until(lambda: slack.connections == 2, within=15)
    assert time.monotonic() - lost < 15
    await slack.send(mention())
    await slack.until(lambda: slack.sent("chat.postMessage"))


async def test_an_answer_comes_even_where_its_acknowledgement_was_lost(slack, tmp_path):
    async with Bot(slack, SCRIPT, tmp_path / "seen", DELAY="0.3"):
        await slack.until(lambda: slack.connections)
        body = mention()
        await slack.send(body, envelope="E-lost")
        slack.sockets[-1]._req.transport.abort()
        await slack.until(lambda: slack.connections == 2, within=15)
        await slack.send(body, envelope="E-lost")
        await slack.until(lambda: slack.sent("chat.postMessage") and "E-lost" in slack.acks)
        await asyncio.sleep(0.6)
        assert len(slack.sent("chat.postMessage")) == 1


async def test_old_buttons_work_and_old_events_stay_answered_after_a_kill(slack, tmp_path):
    body = mention()
    async with Bot(slack, SCRIPT, tmp_path / "seen") as first:
        await slack.until(lambda: slack.connections)
        await slack.send(body)
        await slack.until(lambda: slack.sent("chat.postMessage"))
        await first.stop(signal.SIGKILL)
    row = slack.sent("chat.postMessage")[0]["blocks"][-1]["elements"]
    async with Bot(slack, SCRIPT, tmp_path / "seen"):
        await slack.until(lambda: slack.connections == 2)
        envelope = await slack.send(body)
        await slack.send(press(slack, row[0]), "interactive")
        await slack.until(lambda: slack.responses and envelope in slack.acks)
        assert row[0]["action_id"] in slack.responses[0]["text"]
        assert len(slack.sent("chat.postMessage")) == 1


async def test_who_is_still_waiting_at_a_stop_is_told(slack, tmp_path):
    async with Bot(slack, SCRIPT, tmp_path / "seen", DELAY="60") as process:
        await slack.until(lambda: slack.connections)
        envelope = await slack.send(command(slack), "slash_commands")
        await slack.until(lambda: envelope in slack.acks)
        started = time.monotonic()
        assert await process.stop() == 0
        assert time.monotonic() - started < 5
        assert "restarted" in slack.responses[0]["text"]


async def test_the_command_answers_from_the_bundled_article_while_it_reindexes(slack, real_home):
    home = {"SUMMITQA_HOME": str(real_home), "SUMMITQA_ADMINS": ADMIN, "SUMMITQA_LOG": "info"}
    command_line = ("-c", "from summitqa_bot.commands.cli import main; main()", "slack")
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    async with Bot(slack, *command_line, **home, **path) as process:
        await slack.until(lambda: slack.connections, within=120)
        await slack.send(command(slack, "/reindex", "", user_id=ADMIN), "slash_commands")
        await slack.send(mention("Where did the two presidents meet?"))
        await slack.until(
            lambda: [one for one in slack.sent("chat.postMessage") if "¶" in one["text"]], 60
        )
        [post] = [one for one in slack.sent("chat.postMessage") if "¶" in one["text"]]
        thread = {"thread_ts": post["thread_ts"], "user": "UOTHER001"}
        await slack.send(written("What did Trump call the limousine?", "C00000001", **thread))
        more = post["blocks"][-1]["elements"][1]
        await slack.send(press(slack, more), "interactive")
        await slack.until(lambda: any("¶" in one["text"] for one in slack.responses), 60)
        await slack.until(
            lambda: (
                sum(
                    one.get("thread_ts") == post["thread_ts"]
                    for one in slack.sent("chat.postMessage")
                )
                == 2
            )
        )
        await slack.until(lambda: slack.sent("chat.update"), 120)
        opened = {"type": "app_home_opened", "tab": "messages", "channel": "D00000001"}
        await slack.send(event(opened))
        await slack.until(lambda: slack.sent("assistant.threads.setSuggestedPrompts"), 30)
        [call] = slack.sent("assistant.threads.setSuggestedPrompts")
        assert len(call["prompts"]) == 4
        before = len(slack.sent("chat.postMessage"))
        await slack.send(written(call["prompts"][0]["message"]))
        await slack.until(lambda: len(slack.sent("chat.postMessage")) > before, 30)
        assert "¶" in slack.sent("chat.postMessage")[-1]["text"]
        started = time.monotonic()
        assert await process.stop() == 0
        assert time.monotonic() - started < 5
        assert "Traceback" not in process.log
