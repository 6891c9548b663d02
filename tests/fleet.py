"""Several replicas of the bot as processes, on one database, before one stand-in of Slack."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
from slack_rig import mention, signed
from slack_server import BOT_TOKEN, SECRET, SlackServer

from tests.fakes import write
from tests.proxy import free_port

ROOT = Path(__file__).parent.parent
PLACES = os.pathsep.join(str(ROOT / name) for name in (".", "tests", "src", "bot", "index"))
HOUSE = {"house.txt": "The door of the old house is red. It was painted in spring.\n"}
QUESTION = "Which colour is the door of the house?"


@dataclass
class Replica:
    """A process, its port for Slack's requests, and how long it took to take each on."""

    pid: int
    port: int
    home: Path
    log: Path
    acks: list[float] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        return False

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill -9 it."""
        self.signal(signal.SIGKILL)

    async def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        self.signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            while self.alive:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


class Fleet:
    """Starts replicas and delivers events to them; ``server`` is what all of them talk to."""

    def __init__(self, folder: Path, server: SlackServer, url: str) -> None:
        self.folder, self.server, self.url = folder, server, url
        self.replicas: list[Replica] = []
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.replica"],
            env=os.environ | {"PYTHONPATH": PLACES},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._sources = write(folder / "sources", HOUSE)

    async def start(self, count: int = 1, url: str | None = None, **environ: str) -> list[Replica]:
        """Start some at once, and wait until they serve."""
        fresh = [self._started(url or self.url, environ) for _ in range(count)]
        await asyncio.gather(*map(self._served, fresh))
        return fresh

    async def deliver(self, body: dict[str, object], replica: Replica) -> bool:
        """Send an event as Slack does; false where it was not taken on, so that Slack tries again."""
        raw, headers = signed(body)
        began = time.monotonic()
        address = f"http://127.0.0.1:{replica.port}/slack/events"
        try:
            async with self._session.post(address, data=raw, headers=headers) as response:
                taken = response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False
        replica.acks.append(time.monotonic() - began)
        return taken

    async def ask(self, replica: Replica, text: str = QUESTION) -> str:
        """Deliver a fresh mention to a replica; give the thread that it is to be answered in."""
        body = mention(text)
        await self.deliver(body, replica)
        return str(body["event"]["ts"])

    async def load(self, count: int, every: float, copies: int = 2) -> list[str]:
        """Deliver fresh mentions, each to some replicas at once; give the threads of all."""
        asked, sending = [], []
        for number in range(count):
            body = mention(QUESTION)
            for copy in range(copies):
                replica = self.replicas[(number + copy) % len(self.replicas)]
                sending.append(asyncio.create_task(self.deliver(body, replica)))
            asked.append(str(body["event"]["ts"]))
            await asyncio.sleep(every)
        await asyncio.gather(*sending)
        return asked

    async def settled(self, seconds: float = 1.0) -> None:
        """Wait until Slack has heard nothing more for a while."""
        heard = -1
        while heard != (heard := len(self.server.calls)):  # noqa: ASYNC110
            await asyncio.sleep(seconds)

    def answers(self) -> Counter[str]:
        """Count the messages that were posted, by thread."""
        return Counter(str(one["thread_ts"]) for one in self.server.sent("chat.postMessage"))

    async def answered(self, threads: list[str], within: float = 30.0) -> None:
        """Wait until each of these has an answer."""
        await self.server.until(lambda: self.answers().keys() >= set(threads), within)

    def complaints(self) -> list[str]:
        """Give what the replicas logged as errors."""
        lines = [line for one in self.replicas for line in one.log.read_text().splitlines()]
        return [line for line in lines if " ERROR " in line or line.startswith("Traceback")]

    def _started(self, url: str, environ: dict[str, str]) -> Replica:
        name = f"replica{len(self.replicas)}"
        port, home = free_port(), self.folder / name
        home.mkdir()
        given = {
            "SUMMITQA_HOME": str(home),
            "SUMMITQA_SOURCES": str(self._sources),
            "SUMMITQA_DATABASE_URL": url,
            "SUMMITQA_SLACK_MODE": "http",
            "SUMMITQA_SLACK_PORT": str(port),
            "SUMMITQA_SLACK_API_URL": self.server.api,
            "SUMMITQA_USER_LIMIT": "10000/1m",
            "SUMMITQA_CHANNEL_LIMIT": "10000/1m",
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
        }
        log = self.folder / f"{name}.log"
        line = json.dumps({"environ": given | environ, "log": str(log)})
        self._nursery.stdin.write(f"{line}\n")
        self._nursery.stdin.flush()
        replica = Replica(int(self._nursery.stdout.readline()), port, home, log)
        self.replicas.append(replica)
        return replica

    async def _served(self, replica: Replica) -> None:
        """Wait until it may be sent events."""
        address = f"http://127.0.0.1:{replica.port}/healthz"
        async with asyncio.timeout(60):
            while True:
                if not replica.alive:
                    raise RuntimeError(replica.log.read_text()[-4000:])
                with contextlib.suppress(aiohttp.ClientError):
                    async with self._session.get(address) as response:
                        if response.ok:
                            return
                await asyncio.sleep(0.05)

    async def __aenter__(self) -> "Fleet":
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10))
        return self

    async def __aexit__(self, *_: object) -> None:
        for replica in self.replicas:
            replica.kill()
        self._nursery.communicate()
        await self._session.close()


@contextlib.asynccontextmanager
async def fleet(folder: Path, url: str) -> AsyncIterator[Fleet]:
    """Serve a fresh stand-in of Slack, before which replicas may be started."""
    async with SlackServer() as server, Fleet(folder, server, url) as started:
        yield started
