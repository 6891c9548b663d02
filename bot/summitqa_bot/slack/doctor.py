"""What ``summitqa doctor`` looks at on Slack."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from summitqa.errors import SettingsError, SummitQAError
from summitqa_bot import strings
from summitqa_bot.commands.check import Check
from summitqa_bot.settings import Settings
from summitqa_bot.slack.app import required
from summitqa_bot.slack.client import Identity, reached, refusal, web_client
from summitqa_bot.slack.front import AGENT, NOTED_VIEW
from summitqa_bot.state import noted
from summitqa_bot.state.database import look

MANIFEST = Path(__file__).with_name("manifest.yaml")


async def examine(settings: Settings) -> Sequence[Check]:
    """Look at the tokens and scopes; tell what only the app's page can show.

    Whatever token is missing is told of, though another is refused or Slack out of reach.
    """
    told = []
    for name in required(settings):
        try:
            settings.require(name)
        except SettingsError as error:
            told.append(Check("slack", False, str(error)))
    if settings.slack_client_id and settings.token_key:
        told.append(await asyncio.to_thread(_workspaces, settings))
    if settings.slack_bot_token is None and not settings.slack_client_id:
        return told
    try:
        return [*told, *await _asked(settings)]
    except SummitQAError as error:
        return [*told, Check("slack", False, str(error))]


def _workspaces(settings: Settings) -> Check:
    """Tell how many workspaces have installed the app, and whether the key opens their tokens."""
    try:
        from summitqa_bot.slack.store import count
        from summitqa_bot.state.sealed import Keys
    except ImportError:
        return Check("slack workspaces", False, strings.SLACK_WORKSPACES_EXTRA)
    try:
        keys = Keys(settings.token_key or "")
        found = look(settings.home, settings.database_url, partial(count, keys))
    except SummitQAError as error:
        return Check("slack workspaces", False, str(error))
    return Check("slack workspaces", True, f"installed by {found or 0}; the key opens every token")


async def _asked(settings: Settings) -> Sequence[Check]:
    client = web_client(settings, logging.getLogger("summitqa_bot.slack"))
    checks = list(await _home(client)) if settings.slack_bot_token else []
    if settings.slack_mode == "socket" and settings.slack_app_token:
        try:
            await client.apps_connections_open(app_token=settings.slack_app_token)
        except SlackApiError as error:
            raise refusal(error, strings.SLACK_APP_REFUSED) from None
        checks.append(Check("slack app token", True, "accepted; Socket Mode is on"))
    elif settings.slack_mode == "http" and settings.slack_signing_secret:
        checks.append(Check("slack signing secret", None, "set; Slack tells only when it calls"))
    return [
        *checks,
        await asyncio.to_thread(_view, settings),
        Check("slack messages tab", None, "on the app's page, App Home: Messages Tab must be on"),
        Check("slack manifest", None, f"paste {MANIFEST} at api.slack.com/apps, App Manifest"),
    ]


async def _home(client: AsyncWebClient) -> Sequence[Check]:
    granted = await reached(client, Identity(client).check)
    missing = sorted(_scopes() - granted) if granted else []
    mend = strings.SLACK_MISSING_SCOPE.format(scopes=", ".join(missing))
    return [
        Check("slack bot token", True, "accepted"),
        Check("slack scopes", not missing, mend if missing else "all granted"),
    ]


def _view(settings: Settings) -> Check:
    """Tell which of Slack's two views for such apps this one has, as far as its events told."""
    view = noted(settings.home, settings.database_url, NOTED_VIEW)
    return Check("slack view", view == AGENT or None, strings.SLACK_VIEWS[view])


def _scopes() -> set[str]:
    manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))
    return set(manifest["oauth_config"]["scopes"]["bot"])
