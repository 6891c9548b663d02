"""Listening to Slack, over Socket Mode or over HTTP, until cancelled."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot import strings
from bot.slackbot.client import CallError, code_of, patiently, refusal
from summitqa.errors import SettingsError
from summitqa.settings import Settings

log = logging.getLogger("bot.slack")

# A silent connection is given up after one and a half times this.
PING_EVERY = 5.0
LOOK_EVERY = 1.0
PATH = "/slack/events"


@asynccontextmanager
async def socket_mode(app: AsyncApp, settings: Settings) -> AsyncIterator[None]:
    """Receive events over a websocket of ours, reconnected whenever it is lost.

    Raises SettingsError where Slack refuses the app token.
    """
    handler = AsyncSocketModeHandler(
        app, settings.slack_app_token, logger=log, ping_interval=PING_EVERY
    )
    client = handler.client
    client.proxy = app.client.proxy
    watch = None
    try:
        client.wss_uri = await patiently(app.client, lambda: _first_url(app, settings))
        watch = asyncio.create_task(_watch(client))
        await handler.connect_async()  # type: ignore[no-untyped-call]
        log.info("connected to Slack over Socket Mode")
        yield
    finally:
        if watch:
            watch.cancel()
        await _close(client)


async def _first_url(app: AsyncApp, settings: Settings) -> str:
    try:
        response = await app.client.apps_connections_open(app_token=settings.slack_app_token or "")
    except SlackApiError as error:
        raise refusal(error, strings.SLACK_APP_REFUSED) from None
    return str(response["url"])


async def _watch(client: SocketModeClient) -> None:
    """Reconnect as soon as the connection is lost, which the client itself may be slow to do.

    A URL is good for one connection, soon after its issue, yet the client asks for another
    only where it has none and else retries the spent one; so that is dropped, too.
    """
    mending: asyncio.Task[None] | None = None
    try:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if await client.is_connected():
                continue
            client.wss_uri = None
            if client.current_session is not None and (mending is None or mending.done()):
                mending = asyncio.create_task(_mend(client))
    finally:
        if mending is not None:
            mending.cancel()


async def _mend(client: SocketModeClient) -> None:
    try:
        await client.connect_to_new_endpoint()
    except CallError as error:
        log.warning("Slack cannot be reached (%s); trying again", code_of(error))


async def _close(client: SocketModeClient) -> None:
    tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
    client.closed = True
    try:
        await asyncio.wait_for(client.close(), 1)  # type: ignore[no-untyped-call]
    except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
        log.info("the socket was not closed in order (%s)", code_of(error))
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await client.aiohttp_client_session.close()


@asynccontextmanager
async def http(app: AsyncApp, settings: Settings) -> AsyncIterator[None]:
    """Receive events at ``/slack/events``; ``/healthz`` tells that we are alive.

    Raises SettingsError where the address cannot be listened on.
    """
    runner = web.AppRunner(_web_app(app), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await _listen(runner, settings)
        log.info("listening on %s:%s", settings.slack_host, settings.slack_port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    site = web.TCPSite(runner, settings.slack_host, settings.slack_port)
    try:
        await site.start()
    except OSError as error:
        raise SettingsError(
            f"SUMMITQA_SLACK_HOST and SUMMITQA_SLACK_PORT are {settings.slack_host} and "
            f"{settings.slack_port}, but expect an address that can be listened on "
            f"({error.strerror or error})."
        ) from None


def _web_app(app: AsyncApp) -> web.Application:
    async def events(request: web.Request) -> web.Response:
        # Bolt takes both for errors of ours, where they are a sender's who is not Slack.
        if not re.fullmatch(r"[0-9]{1,15}", request.headers.get("X-Slack-Request-Timestamp", "")):
            return web.Response(status=401)
        try:
            bolt_request = await to_bolt_request(request)
        except (ValueError, TypeError, AttributeError):
            return web.Response(status=400)
        return await to_aiohttp_response(await app.async_dispatch(bolt_request))

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    served = web.Application()
    served.router.add_post(PATH, events)
    served.router.add_get("/healthz", healthz)
    return served
