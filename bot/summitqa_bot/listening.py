"""Listening over HTTP where anybody may send anything, slowly, and often.

The head of a request must come soon; each connection is closed behind its answer; the oldest gives
way where there are too many; what is no HTTP is refused without a word in the log.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from summitqa.errors import SettingsError

# Seconds until the head of a request must have come.
HEAD_WITHIN = 10.0
# Connections open at a time, beside a few that have just been accepted.
MOST = 128
_BACKLOG = 32
_SAID_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and which settings say so, in words.

    ``longest``: bytes of a line of a request's head, such as its address.
    """

    host: str
    port: int
    settings: str
    longest: int = 8190


@asynccontextmanager
async def serving(
    served: web.Application, address: Address, log: logging.Logger
) -> AsyncIterator[None]:
    """Serve an application; SettingsError where the address cannot be listened on."""
    served.on_response_prepare.append(_close)
    runner = web.AppRunner(
        served,
        access_log=None,
        logger=_silent_on_malformed(log),
        shutdown_timeout=1,
        keepalive_timeout=HEAD_WITHIN,
        lingering_time=0,
        auto_decompress=False,
        max_line_size=address.longest,
    )
    await runner.setup()
    loop = asyncio.get_running_loop()
    # One for all that is served here, whichever of them ends first: so it stays.
    if not isinstance(loop.get_exception_handler(), _Seldom):
        loop.set_exception_handler(_Seldom(log))
    listener = None
    try:
        listener = await _listen(runner, address)
        log.info("listening on %s:%s", address.host, address.port)
        yield
    finally:
        if listener is not None:
            listener.close()
        await runner.cleanup()


async def _close(_: web.Request, response: web.StreamResponse) -> None:
    # A connection that is kept open would have to be watched, too.
    response.force_close()
    response.headers["Connection"] = "close"


async def _listen(runner: web.AppRunner, address: Address) -> asyncio.Server:
    server = runner.server
    assert server is not None, "set up"  # noqa: S101 - for the type checker

    def connected() -> asyncio.Protocol:
        alive = [one for one in server.connections if one.transport is not None]
        if len(alive) >= MOST:
            alive[0].force_close()
        return server()

    try:
        return await asyncio.get_running_loop().create_server(
            connected, address.host, address.port, backlog=_BACKLOG
        )
    except OSError as error:
        raise SettingsError(
            f"By {address.settings} it is to listen at port {address.port} of {address.host}, but "
            f"that is no address that can be listened on ({error.strerror or error})."
        ) from None


def _silent_on_malformed(log: logging.Logger) -> logging.Logger:
    """Give a logger that leaves out what aiohttp has to say of requests that are no HTTP."""

    def ours(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)

    chatty = log.getChild("http")
    chatty.filters[:] = [ours]
    return chatty


class _Seldom:
    """The loop's exception handler, but that trouble with accepting is told of once a minute."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._said_at = float("-inf")

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or "accept" not in context.get("message", ""):
            loop.default_exception_handler(context)
        elif (now := time.monotonic()) - self._said_at >= _SAID_EVERY:
            self._said_at = now
            self._log.warning(
                "no more connections can be taken for now (%s)", error.strerror or error
            )
