"""The Web API client: what is retried, who we are, and what a refusal means."""

import asyncio
import logging
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.web.async_client import AsyncWebClient

from summitqa.errors import SettingsError, UnreachableError
from summitqa_bot import strings
from summitqa_bot.metrics import Metrics
from summitqa_bot.patience import until_reached
from summitqa_bot.redact import blank
from summitqa_bot.settings import Settings

TRIES = 3
LONGEST_WAIT = 30
TIMEOUT = 20
T = TypeVar("T")
log = logging.getLogger("summitqa_bot.slack")

CallError = (SlackApiError, aiohttp.ClientError, TimeoutError)
"""What a Web API call can end in once its retries are used up."""

_BAD_TOKEN = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "socket_mode_not_enabled",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)


_PASSING = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
)


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself, as ``auth.test`` tells."""

    team: str
    user: str
    bot: str | None = None
    enterprise: str | None = None


_NEEDLESS = (
    "`token` will be unused",
    "A retry handler found: ",
    "Failed to fetch oauth.v2.access result",
)


class Redaction(logging.Filter):
    """Blank every secret in a record, its traceback included, before any handler sees it."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._secrets = secrets
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; dropped are Bolt's advice on tokens and word of each retry.

        Also what it says of a code that Slack did not take, for it tells the code. What comes of
        them is said by whoever made the call.
        """
        record.msg, record.args = blank(record.getMessage(), self._secrets), None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = blank(record.exc_text, self._secrets)
        return not any(words in record.msg for words in _NEEDLESS)


class _Repeatable(AsyncRetryHandler):
    """Never retries a post of a message, which must not come twice: ``deliver`` sees to that."""

    async def can_retry_async(self, *, request: HttpRequest, **given: Any) -> bool:
        once = request.url.endswith("/chat.postMessage")
        return not once and await super().can_retry_async(request=request, **given)


class _ServerErrors(_Repeatable):
    """Retry on any 5xx; Slack's own handler leaves out 502 and 504, its proxies' answers."""

    async def _can_retry_async(
        self,
        *,
        response: HttpResponse | None = None,
        error: Exception | None = None,
        **_: Any,
    ) -> bool:
        if isinstance(error, SlackApiError):
            return status_of(error) >= 500
        return response is not None and response.status_code >= 500


class _RateLimits(_Repeatable, AsyncRateLimitErrorRetryHandler):
    """Wait as long as Slack asks, where an asker would still be there to read the answer."""

    async def _can_retry_async(self, *, response: HttpResponse | None = None, **_: Any) -> bool:
        if response is None or response.status_code != 429:
            return False
        return _seconds(response.headers) <= LONGEST_WAIT


class _LostConnections(_Repeatable, AsyncConnectionErrorRetryHandler):
    """As Slack's own."""


class _Counted(AsyncRetryHandler):
    """Counts every try, and has none tried again."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    async def can_retry_async(
        self,
        *,
        response: HttpResponse | None = None,
        error: Exception | None = None,
        **_: Any,
    ) -> bool:
        """Count a try; Slack refuses with 200, and says so in the body."""
        status = response.status_code if response is not None else None
        if isinstance(error, SlackApiError):
            status = status_of(error) or None
        refused = response is not None and (response.body or {}).get("ok") is False
        self._metrics.called("slack", status, refused=refused)
        return False


def retry_handlers() -> list[AsyncRetryHandler]:
    """Give fresh handlers for rate limits, server errors and lost connections."""
    return [
        _RateLimits(max_retry_count=TRIES),
        _ServerErrors(max_retry_count=TRIES),
        _LostConnections(max_retry_count=TRIES),
    ]


def web_client(
    settings: Settings, logger: logging.Logger, metrics: Metrics | None = None
) -> AsyncWebClient:
    """Make the client that every call goes through; its session is set while serving."""
    counted = [] if metrics is None else [_Counted(metrics)]
    client = AsyncWebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        timeout=TIMEOUT,
        logger=logger,
        retry_handlers=[*counted, *retry_handlers()],
    )
    # slack_sdk reads HTTPS_PROXY but not NO_PROXY.
    if proxy_bypass(urlsplit(settings.slack_api_url).hostname or ""):
        client.proxy = None
    return client


def code_of(error: BaseException) -> str:
    """Name a failed call's error as Slack does, or by its class where Slack said nothing."""
    data: Any = getattr(getattr(error, "response", None), "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return str(code) if code else type(error).__name__


def status_of(error: SlackApiError) -> int:
    """Give the HTTP status that a failed call was answered with, 0 where it is not known."""
    response: Any = error.response
    return int(getattr(response, "status_code", None) or getattr(response, "status", None) or 0)


def retry_after(error: SlackApiError) -> float:
    """Give how many seconds Slack asks to wait; infinity where it says nothing that can be read."""
    return _seconds(getattr(error.response, "headers", {}))


def _seconds(headers: Mapping[str, Any]) -> float:
    named = {name.lower(): value for name, value in headers.items()}
    wait = named.get("retry-after") or "1"
    wait = str(wait if isinstance(wait, str) else next(iter(wait)))
    return float(wait) if wait.isdecimal() else math.inf


def seconds_until_another_try(error: BaseException) -> float:
    """Give how long to wait before a failed call may be made again; 0 where that is no use."""
    if not isinstance(error, SlackApiError):
        return LONGEST_WAIT
    if status_of(error) == 429:
        seconds = retry_after(error)
        return seconds if math.isfinite(seconds) else LONGEST_WAIT
    passing = status_of(error) >= 500 or code_of(error) in _PASSING | _BAD_TOKEN
    return LONGEST_WAIT if passing else 0.0


class Identity:
    """Who we are, asked once, however many events arrive before the answer."""

    def __init__(self, client: AsyncWebClient, known: Me | None = None) -> None:
        self._client = client
        self._me = known
        self._asking = asyncio.Lock()

    async def __call__(self) -> Me:
        """Give the bot's own ids; raises one of CallError."""
        if self._me is None:
            async with self._asking:
                self._me = self._me or _me(await self._client.auth_test())
        return self._me

    async def check(self) -> frozenset[str]:
        """Ask Slack now, and give the scopes granted (none where Slack does not tell).

        Raises SettingsError where the token is at fault.
        """
        try:
            response = await self._client.auth_test()
        except SlackApiError as error:
            raise refusal(error, strings.SLACK_BOT_REFUSED) from None
        self._me = _me(response)
        granted = {name.lower(): value for name, value in response.headers.items()}
        return frozenset(re.findall(r"[\w:.]+", granted.get("x-oauth-scopes", "")))


async def reached(client: AsyncWebClient, call: Callable[[], Awaitable[T]]) -> T:
    """Await a call; UnreachableError, naming where we look for Slack, where it cannot be made.

    The setting is named where it is what says so.
    """
    try:
        return await call()
    except CallError as error:
        usual = client.base_url == AsyncWebClient.BASE_URL
        said = strings.SLACK_UNREACHABLE if usual else strings.SLACK_UNREACHABLE_ELSEWHERE
        sentence = said.format(url=client.base_url, reason=code_of(error))
        raise UnreachableError(sentence) from None


async def patiently(client: AsyncWebClient, call: Callable[[], Awaitable[T]]) -> T:
    """Await a call to a Slack that may not be reachable yet, until it is."""
    return await until_reached(lambda: reached(client, call))


def refusal(error: SlackApiError, sentence: str) -> Exception:
    """Give the SettingsError a refused token means, or the error itself for any other cause."""
    code = code_of(error)
    if code == "missing_scope":
        needed = error.response.data.get("needed") or "it needs"
        if sentence is strings.SLACK_BOT_REFUSED:
            return SettingsError(strings.SLACK_MISSING_SCOPE.format(scopes=needed))
    return SettingsError(sentence.format(reason=code)) if code in _BAD_TOKEN else error


def _me(response: Any) -> Me:
    return Me(
        team=response["team_id"],
        user=response["user_id"],
        bot=response.get("bot_id"),
        enterprise=response.get("enterprise_id"),
    )
