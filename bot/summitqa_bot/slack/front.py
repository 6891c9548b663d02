"""What happens between an event from Slack and the desk: once each, in the right place."""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from summitqa_bot import strings
from summitqa_bot.desk import Desk
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Reply
from summitqa_bot.settings import Settings
from summitqa_bot.slack.client import CallError, Identity, code_of, seconds_until_another_try
from summitqa_bot.slack.post import Place, Post
from summitqa_bot.slack.text import Asked
from summitqa_bot.talk import Address

log = logging.getLogger("summitqa_bot.slack")

REMEMBERED = 5000
NOTED_VIEW, AGENT, ASSISTANT = "slack view", "agent_view", "assistant_view"
# docs.slack.dev, the user object: a guest of either kind is restricted, and a stranger
# belongs to another workspace that shares the channel.
MANAGERS = ("is_admin", "is_owner", "is_primary_owner")
OUTSIDERS = ("is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_stranger")
Value = TypeVar("Value")


@dataclass(slots=True)
class Exchange:
    """A question in a message and the message that answers it, so that an edit finds it."""

    question: str | None = None
    answer: str | None = None
    deleted: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Front:
    """Everything the listeners share: who acts, what runs, which threads we take part in."""

    def __init__(self, settings: Settings, desk: Desk, client: AsyncWebClient) -> None:
        self.settings = settings
        self.desk = desk
        self.client = client
        self.me = Identity(client)
        self.post = Post(client)
        self._exchanges: OrderedDict[str, Exchange] = OrderedDict()
        self._threads: OrderedDict[str, None] = OrderedDict()
        self._view: str | None = None
        self._running: dict[asyncio.Task[None], Place] = {}

    def start(self, event: str, place: Place, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job after the acknowledgement, once for each event, to an end the user sees."""
        task = asyncio.get_running_loop().create_task(self._run(event, place, job))
        # The loop holds tasks weakly; this also is what drain() waits for.
        self._running[task] = place
        task.add_done_callback(self._running.pop)

    async def drain(self, seconds: float) -> None:
        """Let what runs finish; tell the askers of what did not that it will not."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        left = dict(self._running)
        for task in left:
            task.cancel()
        stopping = Reply(strings.STOPPING, private=True)
        told = [asyncio.create_task(self._tell(place, stopping)) for place in left.values()]
        if told:
            _, late = await asyncio.wait(told, timeout=1)
            for task in late:
                task.cancel()
            await asyncio.gather(*left, *told, return_exceptions=True)

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

    async def answer(
        self,
        actor: Actor,
        place: Place,
        asked: Asked,
        message: str | None = None,
        to: Address | None = None,
    ) -> None:
        """Answer a question; one from a ``message`` again in place where it was edited.

        ``to`` tells to whom a message was put; a command or a form is always for us.
        """
        exchange = self._exchange(message) if message else Exchange()
        async with exchange.turn:
            if exchange.question == asked.question or exchange.deleted:
                return
            exchange.question = asked.question
            options: Any = {"article": asked.article, "private": asked.private}
            reply = (
                await self.desk.hear(actor, asked.question, to, **options)
                if to
                else await self.desk.ask(actor, asked.question, **options)
            )
            if reply is not None and not exchange.deleted:
                exchange.answer = await self._put(actor, place, reply, exchange.answer)

    def asked(self, message: str) -> Exchange | None:
        """Find what is known of a message that asked something."""
        return self._exchanges.get(message)

    async def takes_part(self, thread: str) -> bool:
        """Tell whether we have answered in this thread ("channel:ts"), before a restart too."""
        if thread not in self._threads and await self.desk.takes_part("slack", thread):
            _remember(self._threads, thread, None)
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

    async def amend(self, message: str, reply: Reply) -> float:
        """Set one of our messages anew: give 0 where it now is or never will be, else seconds.

        After those it may be tried again.
        """
        try:
            await self.post.amend(message, reply)
        except CallError as error:
            log.info("a message could not be set anew (%s)", code_of(error))
            return seconds_until_another_try(error)
        return 0.0

    async def share(self, actor: Actor, place: Place, reply: Reply) -> None:
        """Post a reply for all to see, and tell whoever shares it; the desk, where it stands."""
        message = None
        try:
            message = await self.post.say(place, reply, passing=False)
        finally:
            if message is None:
                await self.desk.not_posted(reply)
        if message is not None:
            await self._posted(actor, place, reply, message)
            await self._tell(place, Reply(strings.SHARED, private=True))

    async def _put(self, actor: Actor, place: Place, reply: Reply, old: str | None) -> str | None:
        if old and (place.direct or not reply.private):
            new = await self.post.change(old, place, reply)
        else:
            new = await self.post.say(place, reply)
        if new:
            await self._posted(actor, place, reply, new)
        return new or old

    async def _posted(self, actor: Actor, place: Place, reply: Reply, message: str) -> None:
        channel, _, ts = message.partition("/")
        thread = f"{channel}:{place.thread or ts}"
        _remember(self._threads, thread, None)
        # A question without a thread of its own goes on in the one under its answer.
        try:
            await self.desk.posted(reply, replace(actor, thread=actor.thread or thread), message)
        except Exception:
            log.exception("where the answer stands could not be remembered")

    def _exchange(self, message: str) -> Exchange:
        known = self._exchanges.get(message)
        return known or _remember(self._exchanges, message, Exchange())

    async def _run(self, event: str, place: Place, job: Callable[[], Awaitable[None]]) -> None:
        try:
            if await self._first_time(event):
                await job()
        except Exception:
            error = secrets.token_hex(4)
            log.exception("error %s", error)
            sentence = strings.TROUBLE.format(id=error)
            await self._tell(place, Reply(sentence, private=True))

    async def _first_time(self, event: str) -> bool:
        try:
            return await self.desk.first_time(f"slack:{event}")
        except Exception:
            # An answer given twice is the lesser harm than one that never comes.
            log.exception("whether event %s is new is not known", event)
            return True

    async def _tell(self, place: Place, reply: Reply) -> None:
        try:
            await self.post.whisper(place, reply)
        except Exception:
            log.exception("the asker could not be told")


def _remember(known: OrderedDict[str, Value], key: str, value: Value) -> Value:
    known[key] = value
    known.move_to_end(key)
    while len(known) > REMEMBERED:
        known.popitem(last=False)
    return value
