"""Telling how we are, on an address of its own: alive, ready, and in numbers."""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from summitqa.errors import SummitQAError
from summitqa.library import current_version
from summitqa_bot.discord.division import unheld
from summitqa_bot.listening import Address, serving
from summitqa_bot.metrics import Metrics
from summitqa_bot.settings import HostPort
from summitqa_bot.state import State
from summitqa_bot.state.overview import Overview
from summitqa_bot.strings import serving as said

log = logging.getLogger(__name__)

T = TypeVar("T")

# How long a look may take.
SECONDS = 3.0


class Health:
    """Looks at the index, the database and the platforms that are served.

    ``home`` is the house shelf's folder, ``read_url`` names the database that is searched, where
    that is another than the one that is written; ``followed`` names the shelves that are to be as
    they were published, where not all are that are here.
    """

    def __init__(
        self,
        metrics: Metrics,
        home: Path,
        state: State,
        platforms: Sequence[str],
        read_url: str | None = None,
        followed: Callable[[], Iterable[str] | None] = lambda: None,
    ) -> None:
        self._metrics = metrics
        self._home = home
        self._state = state
        self._platforms = platforms
        self._read_url, self._followed = read_url, followed
        self._running: dict[str, asyncio.Future[Any]] = {}
        self._overview: Overview | None = None
        self._writable = True

    async def look(self) -> dict[str, str]:
        """Tell of each part what is amiss, nothing where it is ready."""
        found = {"index": self._index(), "database": await self._database()}
        for platform in self._platforms:
            found[platform] = await self._platform(platform)
        for part, amiss in found.items():
            self._metrics.ready(part, is_ready=not amiss)
        there = not found["database"]
        self._overview = await self._aside(self._overseen) if there else None
        self._metrics.shared(self.shared())
        return found

    def shared(self) -> dict[str, float]:
        """Tell how it stood between replicas at the last look; of nothing where none share."""
        if (seen := self._overview) is None:
            return {}
        return {
            "replicas": seen.there,
            "shelves_behind": len(seen.behind),
            "shards_unheld": unheld(seen.leases),
            "events_abandoned": seen.abandoned,
            "read_lag_seconds": seen.lag,
        }

    @asynccontextmanager
    async def serving(self, at: HostPort | None) -> AsyncIterator[None]:
        """Answer at an address, if there is one; SettingsError where it cannot be had."""
        if at is None:
            yield
            return
        served = web.Application()
        served.router.add_get("/healthz", self._alive)
        served.router.add_get("/readyz", self._ready)
        served.router.add_get("/metrics", self._numbers)
        async with serving(served, Address(at.host, at.port, "SUMMITQA_HEALTH"), log):
            yield

    async def _alive(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready(self, _: web.Request) -> web.Response:
        found = await self.look()
        ready = not any(found.values())
        told = {"ready": ready, **{part: amiss or said.READY for part, amiss in found.items()}}
        if self._overview is not None:
            told |= {
                "shared": {
                    # JSON knows no infinity.
                    name: value if math.isfinite(value) else None
                    for name, value in self.shared().items()
                },
                "replica": self._state.replica,
                "leases": self._overview.replicas,
            }
        return web.json_response(
            text=json.dumps(told, indent=1) + "\n", status=200 if ready else 503
        )

    async def _numbers(self, _: web.Request) -> web.Response:
        await self.look()
        text, kind = await asyncio.to_thread(self._metrics.text)
        return web.Response(body=text, headers={"Content-Type": kind})

    def _index(self) -> str:
        try:
            current_version(self._home)
        except SummitQAError as error:
            return str(error)
        return ""

    async def _database(self) -> str:
        return "" if await self._aside(self._written) else said.NOT_WRITABLE

    async def _aside(self, do: Callable[[], T]) -> T | None:
        """Do something in a thread, of looks at the same time once; None where it takes long."""
        running = self._running.get(do.__name__)
        if running is None or running.done():
            running = asyncio.get_running_loop().run_in_executor(None, do)
            self._running[do.__name__] = running
        await asyncio.wait({running}, timeout=SECONDS)
        return running.result() if running.done() else None

    def _written(self) -> bool:
        try:
            self._state.note("looked at", datetime.now(UTC).isoformat())
        except (SQLAlchemyError, SummitQAError) as error:
            if self._writable:  # a probe asks every few seconds
                log.warning("the database cannot be written (%s)", type(error).__name__)
            self._writable = False
        else:
            self._writable = True
        return self._writable

    def _overseen(self) -> Overview | None:
        try:
            return self._state.overviews.look(self._read_url, self._followed())
        except (SQLAlchemyError, SummitQAError) as error:
            log.warning("how it stands between replicas is not known (%s)", type(error).__name__)
            return None

    async def _platform(self, platform: str) -> str:
        is_connected = self._metrics.connections.get(platform)
        connected = is_connected is not None and await is_connected()
        return "" if connected else said.NOT_CONNECTED
