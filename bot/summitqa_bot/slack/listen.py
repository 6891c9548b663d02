"""Listening to Slack over HTTP: nothing that Slack has not signed gets past the first look.

A request is read within limits, and refused in the 400s without a word in the log.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from summitqa_bot.listening import Address, serving
from summitqa_bot.settings import Settings

log = logging.getLogger("summitqa_bot.slack")

PATH = "/slack/events"
# The pages that install the app in a workspace; they stand in its manifest, too.
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
# Seconds until the body of a request must have come.
BODY_WITHIN = 5.0
# Slack's largest requests are views with their state, some 250 kB.
LARGEST = 1024 * 1024
_TIMESTAMP = re.compile(r"[0-9]{1,15}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

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
    address = Address(
        settings.slack_host, settings.slack_port, "SUMMITQA_SLACK_HOST and SUMMITQA_SLACK_PORT"
    )
    async with serving(served, address, log):
        yield


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

    served = web.Application(client_max_size=LARGEST)
    served.router.add_get("/healthz", healthz)
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
