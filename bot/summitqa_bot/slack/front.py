"""What the listeners on Slack share: who acts, what is attended, which threads we take part in."""

import logging
from collections import OrderedDict
from dataclasses import replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from summitqa_bot.attend import Attendance, Event, Venue
from summitqa_bot.desk import Desk
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Reply
from summitqa_bot.settings import Settings
from summitqa_bot.slack.client import CallError, Identity, code_of, seconds_until_another_try
from summitqa_bot.slack.post import Post

log = logging.getLogger("summitqa_bot.slack")

REMEMBERED = 5000
NOTED_VIEW, AGENT, ASSISTANT = "slack view", "agent_view", "assistant_view"
# docs.slack.dev, the user object: a guest of either kind is restricted, and a stranger
# belongs to another workspace that shares the channel.
MANAGERS = ("is_admin", "is_owner", "is_primary_owner")
OUTSIDERS = ("is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_stranger")


class Front:
    """One workspace, in front of one desk."""

    def __init__(self, settings: Settings, desk: Desk, client: AsyncWebClient) -> None:
        self.settings = settings
        self.desk = desk
        self.client = client
        self.me = Identity(client)
        self.post = Post(client)
        self.attendance = Attendance("slack", desk, self._amend, self._noted)
        self._threads: OrderedDict[str, None] = OrderedDict()
        self._view: str | None = None

    def event(
        self,
        name: str,
        venue: Venue,
        user: str,
        team: str | None,
        channel: str | None = None,
        thread: str | None = None,
    ) -> Event:
        """Tell of what somebody did, by the name that every delivery of it bears."""
        return Event(name, venue, partial(self.actor, user, team, channel, thread))

    async def actor(
        self, user: str, team: str | None, channel: str | None, thread: str | None = None
    ) -> Actor:
        """Give the one who acts, without any right that Slack has not vouched for."""
        me = await self.me()
        return Actor(
            platform="slack",
            user=user,
            workspace=team or me.team,
            channel=channel,
            thread=thread,
            workspaces=frozenset({me.team}),
        )

    async def vouched(self, actor: Actor) -> Actor:
        """Ask Slack, now, who the actor is; whoever it does not vouch for is not trusted."""
        try:
            me, response = await self.me(), await self.client.users_info(user=actor.user)
            user: dict[str, Any] = response["user"]
        except (*CallError, KeyError) as error:
            log.warning("users.info failed (%s); the actor is not trusted", code_of(error))
            return replace(actor, manages=False, trusted=False)
        ours = user.get("team_id") == me.team
        manages = any(user.get(key) for key in MANAGERS)
        trusted = ours and not any(user.get(key) for key in OUTSIDERS)
        return replace(actor, manages=manages and trusted, trusted=trusted)

    async def takes_part(self, thread: str) -> bool:
        """Tell whether we have answered in this thread ("channel:ts"), before a restart too."""
        if thread not in self._threads and await self.desk.takes_part("slack", thread):
            self._remember(thread)
        return thread in self._threads

    async def saw(self, view: str) -> None:
        """Note of which kind the app is, which Slack tells by its events alone."""
        if view == self._view:
            return
        self._view = view
        try:
            await self.desk.note(NOTED_VIEW, view)
        except Exception:
            log.exception("the kind of the app could not be noted")

    async def _amend(self, message: str, reply: Reply) -> float:
        """Set one of our messages anew: give 0 where it now is or never will be, else seconds.

        After those it may be tried again.
        """
        try:
            await self.post.amend(message, reply)
        except CallError as error:
            log.info("a message could not be set anew (%s)", code_of(error))
            return seconds_until_another_try(error)
        return 0.0

    def _noted(self, actor: Actor, _: Reply, message: str) -> Actor:
        # A question without a thread of its own goes on in the one under its answer.
        thread = actor.thread or message.replace("/", ":")
        self._remember(thread)
        return replace(actor, thread=thread)

    def _remember(self, thread: str) -> None:
        self._threads[thread] = None
        self._threads.move_to_end(thread)
        while len(self._threads) > REMEMBERED:
            self._threads.popitem(last=False)
