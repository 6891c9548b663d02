"""The Slack app: puts the listeners together and serves them."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from summitqa.errors import SettingsError
from summitqa_bot import strings
from summitqa_bot.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.slack import commands as slack_commands
from summitqa_bot.slack import listen as slack_listen
from summitqa_bot.slack import messages as slack_messages
from summitqa_bot.slack import presses as slack_presses
from summitqa_bot.slack import serve as slack_serve
from summitqa_bot.slack.client import TIMEOUT, Redaction, patiently, web_client
from summitqa_bot.slack.front import Front

log = logging.getLogger("summitqa_bot.slack")

NEEDED = frozenset({"chat:write"})
SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "chat:write",
        "commands",
        "groups:history",
        "im:history",
        "users:read",
    }
)
"""The bot scopes of the manifest."""


def build(settings: Settings, desk: Desk) -> AsyncApp:
    """Make the Bolt app with all its listeners; nothing is sent to Slack yet."""
    return _assemble(settings, desk)[0]


async def run(settings: Settings, desk: Desk) -> None:
    """Serve until cancelled; then stop within 5 seconds.

    Raises SettingsError where a token is missing, refused or lacks a scope.
    """
    http = settings.slack_mode == "http"
    settings.require("slack_bot_token", "slack_signing_secret" if http else "slack_app_token")
    app, front = _assemble(settings, desk)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        app.client.session = front.client.session = session
        await _started(front)
        serve = slack_listen.http if http else slack_serve.socket_mode
        try:
            async with serve(app, settings):
                await asyncio.Event().wait()
        finally:
            await front.attendance.drain()


def _assemble(settings: Settings, desk: Desk) -> tuple[AsyncApp, Front]:
    _redact(settings)
    client = web_client(settings, log)
    front = Front(settings, desk, client)
    # Bolt gets the identity we asked for once, rather than asking itself for each event
    # that arrives before the first answer; so its own client carries no token.
    bare = web_client(settings, log)
    bare.token = None
    app = AsyncApp(
        name="summitqa",
        logger=log,
        client=bare,
        # Without a secret nothing is served over HTTP; a random one refuses whatever comes.
        signing_secret=settings.slack_signing_secret or secrets.token_hex(16),
        authorize=_authorize(front),
    )
    for part in (slack_commands, slack_presses, slack_messages):
        part.register(app, front)
    return app, front


def _authorize(front: Front) -> Callable[[], Awaitable[AuthorizeResult]]:
    async def authorize() -> AuthorizeResult:
        me = await front.me()
        return AuthorizeResult(
            enterprise_id=me.enterprise,
            team_id=me.team,
            bot_id=me.bot,
            bot_user_id=me.user,
            bot_token=front.client.token,
        )

    return authorize


def _redact(settings: Settings) -> None:
    for known in [one for one in log.filters if isinstance(one, Redaction)]:
        log.removeFilter(known)
    log.addFilter(Redaction(settings.secrets))


async def _started(front: Front) -> None:
    """Make sure of the token, waiting for Slack where it cannot be reached yet."""
    granted = await patiently(front.client, front.me.check)
    missing = SCOPES - granted if granted else frozenset()
    sentence = strings.SLACK_MISSING_SCOPE.format(scopes=", ".join(sorted(missing)))
    if missing & NEEDED:
        raise SettingsError(sentence)
    if missing:
        log.warning("%s", sentence)
