"""What the listeners on Slack share: who acts in which workspace, what is attended, our threads."""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.attend import Attendance
from summitqa_bot.event import Event, Venue
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor, community_of
from summitqa_bot.settings import Settings
from summitqa_bot.slack.client import (
    LONGEST_WAIT,
    CallError,
    Identity,
    Me,
    code_of,
    seconds_until_another_try,
)
from summitqa_bot.slack.post import Post
from summitqa_bot.wording.reply import Reply

log = logging.getLogger("summitqa_bot.slack")

REMEMBERED = 5000
# Where the front of the workspace that an event is for stands in Bolt's context of it.
FRONT = "summitqa_front"
NOTED_VIEW, AGENT, ASSISTANT = "slack view", "agent_view", "assistant_view"
# docs.slack.dev, the user object: a guest of either kind is restricted, and a stranger
# belongs to another workspace that shares the channel.
MANAGERS = ("is_admin", "is_owner", "is_primary_owner")
OUTSIDERS = ("is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_stranger")


class Fronts:
    """Every workspace, in front of one desk, and what is one for all of them.

    ``home`` is the workspace of SLACK_BOT_TOKEN; ``look_up`` finds any other by its team's id,
    and without an id the only one there is. Without ``look_up`` all there is is the home.
    """

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self.settings = settings
        self.desk = desk
        self.attendance = Attendance("slack", desk, self._amend, self._noted)
        self.home: Front | None = None
        self.look_up: Callable[[str | None], Awaitable[Front | None]] | None = None
        self._threads: OrderedDict[str, None] = OrderedDict()
        self._view: str | None = None

    async def of(self, *teams: str) -> "Front | None":
        """Give the front of the first of these teams that has us.

        Raises one of CallError, DatabaseUnavailableError or SQLAlchemyError where nobody can tell.
        """
        if self.look_up is None or (self.home and (await self.home.me()).team in teams):
            return self.home
        for team in teams:
            if (front := await self.look_up(team)) is not None:
                return front
        return None

    async def takes_part(self, thread: str, community: str) -> bool:
        """Tell whether we have answered a community in this thread (``Front.thread``), ever."""
        if thread not in self._threads and await self.desk.takes_part("slack", thread, community):
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

    async def joined(self, team: str) -> None:
        """Tell the desk of a workspace that has us; that it cannot take it in stops nothing."""
        try:
            await self.desk.joined(community_of("slack", team))
        except Exception:
            log.exception("that %s has joined could not be noted", team)

    async def left(self, team: str) -> None:
        """Tell the desk of a workspace that has us no more."""
        try:
            await self.desk.left(community_of("slack", team))
        except Exception:
            log.exception("that %s has left could not be noted", team)

    async def _amend(self, message: str, reply: Reply) -> float:
        """Set one of our messages anew: give 0 where it now is or never will be, else seconds.

        After those it may be tried again.
        """
        try:
            front = await self._front_of(message)
            if front is not None:
                await front.post.amend(message, reply)
        except (SQLAlchemyError, DatabaseUnavailableError) as error:
            log.warning("whose message is to be set anew could not be read (%s)", error)
            return LONGEST_WAIT
        except CallError as error:
            log.info("a message could not be set anew (%s)", code_of(error))
            return seconds_until_another_try(error)
        return 0.0

    async def _front_of(self, message: str) -> "Front | None":
        """Find whose a message is; one that names no team is of the home, or of the only one."""
        team, slash, _ = message.rpartition("/")[0].rpartition("/")
        if slash:
            return await self.of(team)
        if self.home is None and self.look_up is not None:
            return await self.look_up(None)
        return self.home

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


class Front:
    """One workspace, in front of the desk that all share.

    ``team`` is empty for the home, whose channels, threads and messages bear the names that
    Slack gives them; those of any other are marked with its id, for a channel that two
    workspaces share has one name in both.
    """

    def __init__(
        self, fronts: Fronts, client: AsyncWebClient, *, team: str = "", me: Me | None = None
    ) -> None:
        self.fronts = fronts
        self.settings = fronts.settings
        self.desk = fronts.desk
        self.attendance = fronts.attendance
        self.client = client
        self.me = Identity(client, me)
        self.post = Post(client, team)
        self._team = team

    async def community(self) -> str:
        """Name the community that the workspace is."""
        return community_of("slack", (await self.me()).team)

    async def takes_part(self, channel: str, ts: str) -> bool:
        """Tell whether we have answered in the thread below a message, ever."""
        return await self.fronts.takes_part(self.thread(channel, ts), await self.community())

    async def conversation(self, message: str) -> str | None:
        """Give the conversation that one of our messages belongs to, named as we name both."""
        return await self.desk.conversation("slack", message, await self.community())

    def channel(self, channel: str | None) -> str | None:
        """Name a channel, so that it is no other workspace's."""
        return f"{self._team}:{channel}" if self._team and channel else channel

    def thread(self, channel: str | None, ts: str) -> str:
        """Name a thread by its first message."""
        return f"{self.channel(channel)}:{ts}"

    def message(self, channel: str | None, ts: str) -> str:
        """Name a message, as ``Post`` names ours."""
        return self.post.named(f"{channel}/{ts}")

    def event(
        self,
        name: str,
        venue: Venue,
        user: str,
        channel: str | None = None,
        thread: str | None = None,
    ) -> Event:
        """Tell of what somebody did, by the name that every delivery of it bears."""
        return Event(name, venue, partial(self.actor, user, channel, thread))

    async def actor(self, user: str, channel: str | None, thread: str | None = None) -> Actor:
        """Give the one who acts, without any right that Slack has not vouched for.

        ``channel`` is as Slack names it, ``thread`` as we do.
        """
        me = await self.me()
        return Actor(
            platform="slack",
            user=user,
            workspace=me.team,
            channel=self.channel(channel),
            thread=thread,
            # Whoever installs the app from a link becomes no admin of what all share by that.
            workspaces=frozenset() if self._team else frozenset({me.team}),
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
