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
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.cluster import Cluster
from tests.fakes import write
from tests.proxy import free_port
from tests.slack_rig import mention, signed
from tests.slack_server import BOT_TOKEN, SECRET, SlackServer

ROOT = Path(__file__).parent.parent
PLACES = os.pathsep.join(str(ROOT / name) for name in (".", "tests", "src", "bot", "index"))
HOUSE = {"house.txt": "The door of the old house is red. It was painted in spring.\n"}
SLOW_QUESTION = "How slowly was the door of the house painted?"
AT_WORK = "takes its time"
QUOTED = "is red"
Environ = dict[str, str]
_STARTED_SECONDS = 300.0  # to build an index, too, on a machine that does much else
QUESTION = "Which colour is the door of the house?"


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


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

    async def begun(self, times: int = 1) -> None:
        """Wait until it is at work on a slow question, which it then has surely claimed."""
        await self.logs(AT_WORK, times)

    async def logs(self, what: str, times: int = 1) -> None:
        """Wait until its log has said something so many times."""
        await until(lambda: self.log.read_text().count(what) >= times)

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill -9 it."""
        self.signal(signal.SIGKILL)

    async def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        self.signal(signal.SIGTERM)
        await until(lambda: not self.alive)


class Slack(SlackServer):
    """Notes when each thread was first answered."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: dict[str, float] = {}

    def _reply(self, method: str, args: dict[str, Any]) -> dict[str, Any]:
        if method in {"chat.postMessage", "chat.postEphemeral"}:
            self.answered.setdefault(str(args.get("thread_ts")), time.monotonic())
        return super()._reply(method, args)


class Fleet:
    """Starts replicas and delivers events to them; ``server`` is what all of them talk to."""

    def __init__(self, folder: Path, server: Slack, cluster: Cluster, environ: Environ) -> None:
        self.folder, self.server, self.cluster, self._environ = folder, server, cluster, environ
        self.database = cluster.fresh()
        self.replicas: list[Replica] = []
        self.asked: dict[str, float] = {}
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.replica"],
            env=os.environ | {"PYTHONPATH": PLACES},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        folder.mkdir(exist_ok=True)
        self._sources = write(folder / "sources", HOUSE)

    async def start(
        self, count: int = 1, ports: list[int] | None = None, **environ: str
    ) -> list[Replica]:
        """Start some at once, and wait until they serve; ``ports`` are the database's to them."""
        url = self.cluster.url(self.database, ports)
        fresh = [self._started(url, environ) for _ in range(count)]
        await asyncio.gather(*map(self._served, fresh))
        return fresh

    async def deliver(self, body: dict[str, Any], replica: Replica) -> bool:
        """Send an event as Slack does; false where it was not taken on, so that Slack tries again."""
        raw, headers = signed(body)
        began = time.monotonic()
        self.asked.setdefault(str(body["event"]["ts"]), began)
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

    async def load(self, count: int, every: float) -> list[str]:
        """Deliver fresh mentions, each to two replicas at once; give the threads of all."""
        asked, sending = [], []
        for number in range(count):
            body = mention(QUESTION)
            twice = (self._deliver_at_last(body, number + copy) for copy in range(2))
            sending += map(asyncio.create_task, twice)
            asked.append(str(body["event"]["ts"]))
            await asyncio.sleep(every)
        await asyncio.gather(*sending)
        return asked

    async def _deliver_at_last(self, body: dict[str, Any], turn: int) -> None:
        """Deliver to the replicas that live, in turns, until one takes it on, as Slack does."""
        async with asyncio.timeout(30):
            while True:
                living = [one for one in self.replicas if one.alive]
                if living and await self.deliver(body, living[turn % len(living)]):
                    return
                await asyncio.sleep(0.05)
                turn += 1

    async def all_answered(self, threads: list[str], within: float = 60.0) -> None:
        """Wait until each has an answer or none comes any more, and then for what comes twice."""
        with contextlib.suppress(TimeoutError):
            await self.answered(threads, within)
        await self.settled()

    async def settled(self, seconds: float = 1.0) -> None:
        """Wait until Slack has heard nothing more for a while."""
        heard = -1
        while heard != (heard := len(self.server.calls)):  # noqa: ASYNC110
            await asyncio.sleep(seconds)

    def answers(self) -> Counter[str]:
        """Count the messages that were posted, by thread."""
        return Counter(
            str(one["thread_ts"])
            for one in self.server.sent("chat.postMessage", "chat.postEphemeral")
        )

    async def answered(self, threads: list[str], within: float = 30.0) -> None:
        """Wait until each of these has an answer."""
        await self.server.until(lambda: self.answers().keys() >= set(threads), within)

    def kept(self) -> set[str]:
        """Give the threads whose answers the database holds, with the messages that show them."""
        query = "SELECT thread FROM answers WHERE message IS NOT NULL"
        found = self.cluster.primary.run(query, self.database)
        return {str(thread).rpartition(":")[2] for (thread,) in found}

    def waited(self) -> list[float]:
        """Give how many seconds each that was answered had to wait, longest first."""
        times = self.server.answered
        return sorted(
            (times[ts] - at for ts, at in self.asked.items() if ts in times), reverse=True
        )

    def others(self) -> list[str]:
        """Give what was said that quotes nothing."""
        said = [
            str(one["text"]) for one in self.server.sent("chat.postMessage", "chat.postEphemeral")
        ]
        return [one for one in said if QUOTED not in one]

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
        line = json.dumps({"environ": given | self._environ | environ, "log": str(log)})
        self._nursery.stdin.write(f"{line}\n")
        self._nursery.stdin.flush()
        replica = Replica(int(self._nursery.stdout.readline()), port, home, log)
        self.replicas.append(replica)
        return replica

    async def _served(self, replica: Replica) -> None:
        """Wait until it may be sent events."""
        address = f"http://127.0.0.1:{replica.port}/healthz"
        async with asyncio.timeout(_STARTED_SECONDS):
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
async def fleet(folder: Path, cluster: Cluster, **environ: str) -> AsyncIterator[Fleet]:
    """Serve a fresh stand-in of Slack, before which replicas may be started on a new database.

    ``environ`` is theirs, each unless it is started with another.
    """
    async with Slack() as server, Fleet(folder, server, cluster, environ) as started:
        yield started
