"""For which workspace something is that Slack tells, and what it tells when one has left us."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from slack_bolt.async_app import AsyncApp

from summitqa_bot.slack.front import Fronts

log = logging.getLogger("summitqa_bot.slack")

Body = dict[str, Any]
Forget = Callable[[str, float], Awaitable[bool]]
"""Forgets the token of a team that left at a time; false where it has come again since."""


def teams_of(body: Body) -> tuple[str, ...]:
    """Give the ids of the teams whose app a request of Slack's may be for, the surest first.

    In a channel that workspaces share, who acts may be of another than the one that has the
    app: so an event is its authorizations' (docs.slack.dev, Events API, Event authorizations), a
    view is of the app that opened it, and a press first of the one whose message it was on.
    """
    return tuple(dict.fromkeys(team for team in _named(body) if isinstance(team, str) and team))


def _named(body: Body) -> Iterator[Any]:
    if authorized := body.get("authorizations"):
        yield from (one.get("team_id") for one in authorized)
        return
    yield _part(body, "view", "app_installed_team_id")
    if body.get("type") == "block_actions":
        yield _part(body, "message", "team")
    yield _part(body, "team", "id")
    yield body.get("team_id")
    yield _part(body, "user", "team_id")
    yield _part(body, "view", "team_id")


def _part(body: Body, name: str, key: str) -> Any:
    part = body.get(name)
    return part.get(key) if isinstance(part, dict) else None


def register(app: AsyncApp, fronts: Fronts, forget: Forget | None) -> None:
    """Listen to a workspace's leaving: ``forget`` its token, where we keep any, tell the desk."""

    async def left(body: Body) -> None:
        for team in teams_of(body)[:1]:
            at = float(body.get("event_time") or time.time())
            if forget is None or await forget(team, at):
                log.info("the workspace %s has removed the app", team)
                await fronts.left(team)

    async def revoked(event: Body, body: Body) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await left(body)

    app.event("app_uninstalled")(left)
    app.event("tokens_revoked")(revoked)
