"""Reaching Discord: where it is looked for, and what the library's errors mean."""

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from summitqa.errors import SettingsError, SummitQAError, UnreachableError
from summitqa_bot import strings
from summitqa_bot.discord.send import BROKEN
from summitqa_bot.metrics import Metrics
from summitqa_bot.settings import Settings

AUTHENTICATION_FAILED = 4004  # gateway close code
SWITCHED = 101  # HTTP's, to a websocket: the gateway, which is no call


@contextlib.asynccontextmanager
async def logged_in(settings: Settings) -> AsyncIterator[discord.Client]:
    """Give a client that may call the REST API but listens to nothing.

    Raises SettingsError where Discord refuses the token, UnreachableError where it is out of reach.
    """
    settings.require("discord_token")
    keep_tokens_out_of_logs()
    with pointed_at(settings):
        async with discord.Client(intents=discord.Intents(guilds=True)) as client:
            with explained():
                await client.login(settings.discord_token or "")
                yield client


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Say what the library's errors mean.

    Raises SettingsError where Discord refuses us, UnreachableError where we never got through,
    and SummitQAError where it closed the connection for good.
    """
    try:
        yield
    except discord.LoginFailure:
        raise SettingsError(strings.DISCORD_REFUSED) from None
    except discord.PrivilegedIntentsRequired:
        raise SettingsError(strings.DISCORD_BAD_INTENTS) from None
    except discord.ConnectionClosed as error:
        if error.code == AUTHENTICATION_FAILED:
            raise SettingsError(strings.DISCORD_REFUSED) from None
        raise SummitQAError(_unreachable(error)) from error
    except discord.GatewayNotFound as error:
        raise UnreachableError(_unreachable(error.__context__ or error)) from error
    except (discord.HTTPException, *BROKEN) as error:
        raise UnreachableError(_unreachable(error)) from error


def traced(metrics: Metrics) -> aiohttp.TraceConfig:
    """Give what has every call of the REST API counted, as the library takes it."""

    async def answered(_: object, __: object, told: aiohttp.TraceRequestEndParams) -> None:
        if told.response.status != SWITCHED:
            metrics.called("discord", told.response.status)

    async def broke(_: object, __: object, ___: aiohttp.TraceRequestExceptionParams) -> None:
        metrics.called("discord", None)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(answered)
    trace.on_request_exception.append(broke)
    return trace


def _unreachable(error: BaseException) -> str:
    reason = str(error) or type(error).__name__
    return strings.DISCORD_UNREACHABLE.format(url=Route.BASE, reason=reason)


def keep_tokens_out_of_logs() -> None:
    """Hold the library to INFO: below it logs requests whole, with the tokens of interactions."""
    logger = logging.getLogger("discord")
    logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))


@contextlib.contextmanager
def pointed_at(settings: Settings) -> Iterator[None]:
    """Have the library talk to the API and gateway the settings name, as behind a proxy."""
    api, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    if settings.discord_api_url:
        Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, gateway
