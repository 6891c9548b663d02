"""Listening to Slack over Socket Mode, until cancelled."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from summitqa_bot import strings
from summitqa_bot.metrics import IsConnected
from summitqa_bot.settings import Settings
from summitqa_bot.slack.client import CallError, code_of, patiently, refusal

log = logging.getLogger("summitqa_bot.slack")

# A silent connection is given up after one and a half times this.
PING_EVERY = 5.0
LOOK_EVERY = 1.0


@asynccontextmanager
async def socket_mode(app: AsyncApp, settings: Settings) -> AsyncIterator[IsConnected]:
    """Receive events over a websocket of ours, reconnected whenever it is lost.

    Gives what tells whether it is there. Raises SettingsError where Slack refuses the app token.
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
        yield client.is_connected
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
