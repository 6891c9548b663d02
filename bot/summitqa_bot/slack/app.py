"""The Slack app: puts the listeners together and serves them."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncCallableAuthorize
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from summitqa.errors import DatabaseUnavailableError, SettingsError
from summitqa_bot import strings
from summitqa_bot.event import DELIVERED
from summitqa_bot.metrics import IsConnected, always
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.slack import commands as slack_commands
from summitqa_bot.slack import filling as slack_filling
from summitqa_bot.slack import listen as slack_listen
from summitqa_bot.slack import messages as slack_messages
from summitqa_bot.slack import presses as slack_presses
from summitqa_bot.slack import serve as slack_serve
from summitqa_bot.slack import shelf as slack_shelf
from summitqa_bot.slack import teams as slack_teams
from summitqa_bot.slack.client import (
    TIMEOUT,
    CallError,
    Redaction,
    code_of,
    patiently,
    web_client,
)
from summitqa_bot.slack.front import FRONT, Front, Fronts
from summitqa_bot.slack.poster import poster
from summitqa_bot.state.events import Payload

if TYPE_CHECKING:  # both need the extra `workspaces`
    from summitqa_bot.slack.install import Flow

log = logging.getLogger("summitqa_bot.slack")

NEEDED = frozenset({"chat:write"})
SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
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
    settings.require(*required(settings))
    app, fronts, flow = _assemble(settings, desk)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        app.client.session = session
        if flow is not None:
            flow.client.session = session
            await stack.enter_async_context(flow.workspaces.serving())
        if fronts.home is not None:
            fronts.home.client.session = session
            await _started(fronts.home)
            await fronts.joined((await fronts.home.me()).team)
        try:
            fronts.attendance.takes_over(partial(_again, app))
            async with _listening(app, settings, flow) as is_connected:
                with desk.metrics.connected("slack", is_connected):
                    await asyncio.Event().wait()
        finally:
            await fronts.attendance.drain()


async def _again(app: AsyncApp, body: Payload) -> None:
    """Hear anew what another replica was sent, be it over HTTP or a socket."""
    await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=dict(body)))


def required(settings: Settings) -> tuple[str, ...]:
    """Name the settings that have to be there to serve Slack."""
    mode = "slack_signing_secret" if settings.slack_mode == "http" else "slack_app_token"
    if settings.slack_client_id:
        return "slack_client_secret", "token_key", mode
    return "slack_bot_token", mode


@asynccontextmanager
async def _listening(
    app: AsyncApp, settings: Settings, flow: "Flow | None"
) -> AsyncIterator[IsConnected]:
    """Receive events; where workspaces can install the app, serve the pages for that.

    Gives what tells whether Slack is connected; over HTTP it comes to us.
    """
    pages = None if flow is None else flow.add_pages
    async with AsyncExitStack() as stack:
        if settings.slack_mode == "http":
            await stack.enter_async_context(slack_listen.http(app, settings, pages))
            yield always
        else:
            if pages is not None:
                await stack.enter_async_context(slack_listen.only(pages, settings))
            yield await stack.enter_async_context(slack_serve.socket_mode(app, settings))


def _assemble(settings: Settings, desk: Desk) -> "tuple[AsyncApp, Fronts, Flow | None]":
    _redact(settings)
    fronts = Fronts(settings, desk)
    desk.posts("slack", poster(fronts))
    if settings.slack_bot_token:
        fronts.home = Front(fronts, web_client(settings, log, desk.metrics))
    flow = _installing(fronts) if settings.slack_client_id else None
    # Bolt gets the identity we asked for once, rather than asking itself for each event
    # that arrives before the first answer; so its own client carries no token.
    bare = web_client(settings, log, desk.metrics)
    bare.token = None
    app = AsyncApp(
        name="summitqa",
        logger=log,
        client=bare,
        # Without a secret nothing is served over HTTP; a random one refuses whatever comes.
        signing_secret=settings.slack_signing_secret or secrets.token_hex(16),
        before_authorize=_whose(fronts),
        authorize=_bare(_authorize),
        user_facing_authorize_error_message=strings.SLACK_NOT_INSTALLED,
        oauth_flow=flow,
    )
    for part in (slack_commands, slack_shelf, slack_presses, slack_filling, slack_messages):
        part.register(app)
    slack_teams.register(app, fronts, None if flow is None else flow.workspaces.forget)
    return app, fronts, flow


def _installing(fronts: Fronts) -> "Flow":
    """Have other workspaces than that of the token, too: those that install the app."""
    try:
        from summitqa_bot.slack.install import Flow
        from summitqa_bot.slack.workspaces import Workspaces
    except ImportError:
        raise SettingsError(strings.SLACK_WORKSPACES_EXTRA) from None
    workspaces = Workspaces(fronts)
    fronts.look_up = workspaces.of
    return Flow(fronts, workspaces, SCOPES)


def _whose(fronts: Fronts) -> Any:
    """Find the workspace that an event is for."""
    saying: set[asyncio.Task[None]] = set()

    async def whose(
        body: dict[str, Any],
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[None]],  # noqa: A002
    ) -> BoltResponse | None:
        DELIVERED.set(body)
        try:
            context[FRONT] = await fronts.of(*slack_teams.teams_of(body))
        except DatabaseUnavailableError as error:
            if context.response_url is None:  # Slack tells that it failed, or delivers it again.
                return BoltResponse(status=503)
            said = asyncio.create_task(_say(context, str(error)))
            saying.add(said)
            said.add_done_callback(saying.discard)
            return BoltResponse(status=200)
        await next()
        return None

    return whose


async def _say(context: AsyncBoltContext, sentence: str) -> None:
    """Tell whoever acted, though we do not know as whose app."""
    try:
        respond = context.respond
        assert respond is not None, "there is a URL for that"  # noqa: S101 - for the type checker
        await respond(sentence, response_type="ephemeral", replace_original=False)
    except CallError as error:
        log.warning("the asker could not be told (%s)", code_of(error))


def _bare(authorize: Callable[..., Awaitable[Any]]) -> Any:
    """Give it as Bolt takes it beside a flow, too, where no bare function will do."""
    return AsyncCallableAuthorize(logger=log, func=authorize)


async def _authorize(context: AsyncBoltContext) -> Any:
    """Tell Bolt who we are where an event is for; nobody where no workspace has us."""
    front: Front | None = context[FRONT]
    if front is None:
        return None
    me = await front.me()
    return AuthorizeResult(
        enterprise_id=me.enterprise,
        team_id=me.team,
        bot_id=me.bot,
        bot_user_id=me.user,
        bot_token=front.client.token,
    )


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
