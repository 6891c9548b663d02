"""Installing the app in a workspace: Slack's OAuth, the two pages of it, and its end."""

import html
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urljoin

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot import strings
from summitqa_bot.slack.client import CallError, code_of
from summitqa_bot.slack.front import Fronts
from summitqa_bot.slack.listen import INSTALL, REDIRECT
from summitqa_bot.slack.workspaces import Workspaces

log = logging.getLogger("summitqa_bot.slack")

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # The address of the page holds Slack's code.
    "Referrer-Policy": "no-referrer",
}


class Flow(AsyncOAuthFlow):
    """Bolt's flow, which tells in a sentence how it ended, and the desk who has come."""

    def __init__(self, fronts: Fronts, workspaces: Workspaces, scopes: frozenset[str]) -> None:
        settings = fronts.settings
        super().__init__(
            client=workspaces.client,
            logger=log,
            settings=AsyncOAuthSettings(
                client_id=settings.slack_client_id,
                client_secret=settings.slack_client_secret,
                scopes=sorted(scopes),
                user_scopes=[],
                install_path=INSTALL,
                install_page_rendering_enabled=False,
                redirect_uri_path=REDIRECT,
                callback_options=AsyncCallbackOptions(success=_done, failure=_refused),
                authorization_url=urljoin(settings.slack_api_url, "/oauth/v2/authorize"),
                installation_store=workspaces.installations,
                installation_store_bot_only=True,
                state_store=workspaces.states,
                state_expiration_seconds=workspaces.states.expiration_seconds,
                logger=log,
            ),
        )
        self._fronts = fronts
        self.workspaces = workspaces

    def add_pages(self, served: web.Application) -> None:
        """Serve the page that begins an installation, and the one that Slack leads back to."""

        async def begin(request: web.Request) -> web.Response:
            return await _answered(self.handle_installation, request)

        async def end(request: web.Request) -> web.Response:
            return await _answered(self.handle_callback, request)

        # A preview of the link asks for its head, and begins nothing by that.
        served.router.add_get(INSTALL, begin, allow_head=False)
        served.router.add_get(REDIRECT, end, allow_head=False)

    async def run_installation(self, code: str) -> Installation | None:
        """Ask Slack for the tokens that a code stands for; None where it gives none."""
        try:
            return await super().run_installation(code)
        except (*CallError, KeyError) as error:
            log.warning("Slack could not be asked for a workspace's token (%s)", code_of(error))
            return None

    async def store_installation(
        self, request: AsyncBoltRequest, installation: Installation
    ) -> None:
        """Keep the tokens of a workspace, and tell the desk of it."""
        team = installation.team_id
        if team is None or installation.is_enterprise_install or not installation.bot_token:
            raise OrganizationError
        await super().store_installation(request, installation)
        self.workspaces.changed(team)
        log.info("the workspace %s has installed the app", team)
        await self._fronts.joined(team)


class OrganizationError(Exception):
    """A whole organization is to have the app, or no bot's token came of it."""


async def _answered(
    do: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]], request: web.Request
) -> web.Response:
    try:
        asked = AsyncBoltRequest(body="", query=request.query_string, headers=dict(request.headers))
    except ValueError:
        raise web.HTTPBadRequest from None
    try:
        response = await do(asked)
    except OrganizationError:
        response = _page(400, _refusal("organization"))
    except DatabaseUnavailableError as away:
        response = _page(503, str(away))
    except Exception:
        error = secrets.token_hex(4)
        log.exception("error %s", error)
        response = _page(500, strings.TROUBLE.format(id=error))
    return await to_aiohttp_response(response)


async def _done(done: AsyncSuccessArgs) -> BoltResponse:
    name = done.installation.team_name or done.installation.team_id or ""
    forget = done.settings.state_utils.build_set_cookie_for_deletion()
    return _page(200, strings.SLACK_INSTALLED.format(team=name), forget)


async def _refused(failed: AsyncFailureArgs) -> BoltResponse:
    reason = failed.reason if re.fullmatch(r"\w{1,50}", failed.reason) else "something else"
    log.warning("an installation came to nothing (%s)", reason)
    return _page(failed.suggested_status_code, _refusal(reason))


def _refusal(reason: str) -> str:
    known = strings.SLACK_INSTALL_REFUSALS.get(reason, strings.SLACK_INSTALL_REFUSED)
    return f"{strings.SLACK_NOT_DONE} {known.format(path=INSTALL, reason=reason)}"


def _page(status: int, sentence: str, cookie: str | None = None) -> BoltResponse:
    said = html.escape(sentence)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>SummitQA</title>'
    body = f"{head}<p>{said}</p></html>"
    headers: dict[str, Any] = _HEADERS | ({"Set-Cookie": cookie} if cookie else {})
    return BoltResponse(status=status, body=body, headers=headers)
