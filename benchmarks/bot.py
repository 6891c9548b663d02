"""The real ``summitqa slack`` against the tests' stand-in of Slack, on loopback."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.slack_server import (
    APP_TOKEN,
    BOT,
    BOT_TOKEN,
    TEAM,
    USER,
    SlackServer,
)

_WITHIN = 120
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory the bot held (VmHWM), and how many questions it answered."""

    megabytes: float
    answered: int


def peak_of_bot(environ: Mapping[str, str], questions: Sequence[str]) -> Peak:
    """Let the bot answer the questions, a few at once, and read the most memory it held."""
    return asyncio.run(_peak(environ, questions))


async def _peak(environ: Mapping[str, str], questions: Sequence[str]) -> Peak:
    server = SlackServer()  # type: ignore[no-untyped-call]
    async with server as slack, _bot(slack, environ) as process:
        await slack.until(lambda: slack.connections, _WITHIN)
        for first in range(0, len(questions), _AT_ONCE):
            some = questions[first : first + _AT_ONCE]
            for number, question in enumerate(some, start=first):
                await slack.send(_mention(question, number))
            due = first + len(some)
            await slack.until(lambda due=due: len(slack.sent("chat.postMessage")) >= due, _WITHIN)
        return Peak(_peak_of(process.pid) / 1024, len(slack.sent("chat.postMessage")))


@asynccontextmanager
async def _bot(
    slack: SlackServer, environ: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("summitqa")),
        "slack",
        env={
            **environ,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SUMMITQA_SLACK_API_URL": slack.api,
            "SUMMITQA_USER_LIMIT": "9999/1m",
            "SUMMITQA_CHANNEL_LIMIT": "9999/1m",
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


def _mention(question: str, number: int) -> dict[str, object]:
    """What Slack sends where somebody asks the bot in a channel."""
    event = {
        "type": "app_mention",
        "text": f"<@{BOT}> {question}",
        # A channel for each, or they would wait for one another as Slack asks.
        "channel": f"C{number:08d}",
        "user": USER,
        "ts": f"1600000000.{number + 1:06d}",
    }
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A1",
        "event": event,
        "event_id": f"Ev{number}",
    }


def _peak_of(process: int) -> int:
    """Give VmHWM in KiB (proc_pid_status(5))."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
