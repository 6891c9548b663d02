"""Listening to Slack over HTTP: nothing that Slack has not signed gets past the first look.

Whoever can reach the port may send anything, slowly, and often. A request is read within
limits, refused in the 400s without a word in the log, and its connection closed; the oldest
connection gives way where there are too many.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from summitqa.errors import SettingsError
from summitqa_bot.settings import Settings

log = logging.getLogger("summitqa_bot.slack")

PATH = "/slack/events"
# The pages that install the app in a workspace; they stand in its manifest, too.
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
# Seconds until the head of a request, and then its body, must have come.
HEAD_WITHIN, BODY_WITHIN = 10.0, 5.0
# Slack's largest requests are views with their state, some 250 kB.
LARGEST = 1024 * 1024
# Connections open at a time, beside a few that have just been accepted.
MOST = 128
_BACKLOG = 32
_SAID_EVERY = 60.0
_TIMESTAMP = re.compile(r"[0-9]{1,15}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

_Handler = Callable[[web.Request], Awaitable[web.Response]]


Pages = Callable[[web.Application], None]


@asynccontextmanager
async def http(
    app: AsyncApp, settings: Settings, pages: Pages | None = None
) -> AsyncIterator[None]:
    """Receive events at ``/slack/events``; ``/healthz`` tells that we are alive.

    ``pages`` adds what else is served. Raises SettingsError where the address cannot be
    listened on.
    """
    served = _web_app()
    _receive(served, app, SignatureVerifier(settings.slack_signing_secret or ""))
    if pages is not None:
        pages(served)
    async with _serving(served, settings):
        yield


@asynccontextmanager
async def only(pages: Pages, settings: Settings) -> AsyncIterator[None]:
    """Serve pages beside Socket Mode, as ``http`` does, but receive no events."""
    served = _web_app()
    pages(served)
    async with _serving(served, settings):
        yield


@asynccontextmanager
async def _serving(served: web.Application, settings: Settings) -> AsyncIterator[None]:
    runner = web.AppRunner(
        served,
        access_log=None,
        logger=_silent_on_malformed(),
        shutdown_timeout=1,
        keepalive_timeout=HEAD_WITHIN,
        lingering_time=0,
        auto_decompress=False,
    )
    await runner.setup()
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(_Seldom())
    listener = None
    try:
        listener = await _listen(runner, settings)
        log.info("listening on %s:%s", settings.slack_host, settings.slack_port)
        yield
    finally:
        if listener is not None:
            listener.close()
        await runner.cleanup()
        loop.set_exception_handler(before)


async def _listen(runner: web.AppRunner, settings: Settings) -> asyncio.Server:
    server = runner.server
    assert server is not None, "set up"  # noqa: S101 - for the type checker

    def connected() -> asyncio.Protocol:
        alive = [one for one in server.connections if one.transport is not None]
        if len(alive) >= MOST:
            alive[0].force_close()
        return server()

    try:
        return await asyncio.get_running_loop().create_server(
            connected, settings.slack_host, settings.slack_port, backlog=_BACKLOG
        )
    except OSError as error:
        raise SettingsError(
            f"SUMMITQA_SLACK_HOST and SUMMITQA_SLACK_PORT are {settings.slack_host} and "
            f"{settings.slack_port}, but expect an address that can be listened on "
            f"({error.strerror or error})."
        ) from None


def _receive(served: web.Application, app: AsyncApp, verifier: SignatureVerifier) -> None:
    async def events(request: web.Request) -> web.Response:
        body = await _signed_body(request, verifier)
        try:
            # Slack speaks UTF-8, whatever charset a header claims.
            asked = AsyncBoltRequest(
                body=body.decode(),
                query=request.query_string,
                headers=dict(request.headers),
            )
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise web.HTTPBadRequest from None
        return await to_aiohttp_response(await app.async_dispatch(asked))

    served.router.add_post(PATH, events)


def _web_app() -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def close(_: web.Request, response: web.StreamResponse) -> None:
        # A connection that is kept open would have to be watched, too.
        response.force_close()
        response.headers["Connection"] = "close"

    served = web.Application(client_max_size=LARGEST)
    served.router.add_get("/healthz", healthz)
    served.on_response_prepare.append(close)
    return served


async def _signed_body(request: web.Request, verifier: SignatureVerifier) -> bytes:
    """Read the body of a request that Slack signed; raises the refusal of any other."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        raise web.HTTPUnauthorized
    if (request.content_length or 0) > LARGEST:
        raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
    try:
        async with asyncio.timeout(BODY_WITHIN):
            body = await request.read()
        genuine = verifier.is_valid(body, timestamp, signature)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, HttpProcessingError, OSError, UnicodeDecodeError):
        raise web.HTTPBadRequest from None
    if not genuine:
        raise web.HTTPUnauthorized
    return body


def _silent_on_malformed() -> logging.Logger:
    """Give a logger that leaves out what aiohttp has to say of requests that are no HTTP."""

    def ours(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)

    chatty = log.getChild("http")
    chatty.filters[:] = [ours]
    return chatty


class _Seldom:
    """The loop's exception handler, but that trouble with accepting is told of once a minute."""

    def __init__(self) -> None:
        self._said_at = float("-inf")

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or "accept" not in context.get("message", ""):
            loop.default_exception_handler(context)
        elif (now := time.monotonic()) - self._said_at >= _SAID_EVERY:
            self._said_at = now
            log.warning("no more connections can be taken for now (%s)", error.strerror or error)
