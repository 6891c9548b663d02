"""The life of an event, written once: acknowledged, seen once, answered, edited, let go at a stop.

A platform's folder turns what it hears into an ``Event`` and what is to be done into a ``Work``;
where answers go there it says by a ``Venue``. All that is known of a message by its id is a
string, so that what one process has shown another may set anew.
"""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot import strings
from summitqa_bot.claiming import Claiming
from summitqa_bot.event import Event, Exchange
from summitqa_bot.logs import EVENT
from summitqa_bot.service.amending import Amend
from summitqa_bot.service.claims import Division
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state.events import OLDEST_SECONDS, Payload, TakenOver
from summitqa_bot.wording.reply import Reply

Work = Callable[[Actor], Awaitable[Reply | None]]
"""What is to be done for whoever acts; None where there is nothing to show."""
Noted = Callable[[Actor, Reply, str], Actor]
"""Takes in which message shows a reply; gives the actor, in the conversation it now is part of."""

_Do = Callable[[Event, Exchange], Awaitable[None]]

SHARE = "share"
# How many of the latest questions in messages may be edited.
REMEMBERED = 5000
# What a stop may take: for what runs to finish, and for those who wait to be told. Together with
# what a platform needs to close its connection, they stay under the 5 seconds promised.
FINISHING_SECONDS = 2.0
LAST_WORDS_SECONDS = 1.0
# How long what was called off may take to end, where another replica is to go on with it.
ENDING_SECONDS = 0.5


class Attendance:
    """Sees every event of one platform through to a reply or a sentence, whatever goes wrong."""

    def __init__(self, platform: str, desk: Desk, amend: Amend, noted: Noted) -> None:
        self._platform = platform
        self._desk = desk
        self._metrics = desk.metrics
        self._noted = noted
        # The platform's own, whose filters keep its secrets out of a traceback.
        self.log = logging.getLogger(f"summitqa_bot.{platform}")
        self._claims = Claiming(platform, desk.claims, self.log)
        self._exchanges: OrderedDict[str, Exchange] = OrderedDict()
        self._running: dict[asyncio.Task[None], tuple[Event, Exchange]] = {}
        desk.amends(platform, amend)

    def takes_over(
        self,
        again: Callable[[Payload], Awaitable[None]],
        division: Division | None = None,
    ) -> None:
        """Go on, until ``drain``, with what replicas that are gone have left.

        ``again`` hears what was delivered (``DELIVERED``) as if it were now; ``division`` tells
        what can be answered from here, where that is not all.
        """
        self._claims.serves(again, division)

    def attend(self, event: Event, work: Work) -> asyncio.Task[None]:
        """Do a work and show what comes of it, in a task of its own."""
        return self._begin(event, Exchange(), partial(self._answer, work=work))

    def press(self, event: Event, component: str, work: Work) -> asyncio.Task[None]:
        """Do what a button says; only an answer that is shared is ever shown to others."""
        if component.partition(":")[0] == SHARE:
            return self._begin(event, Exchange(), partial(self._share, work=work))

        async def aside(actor: Actor) -> Reply | None:
            reply = await work(actor)
            return reply and replace(reply, private=True)

        return self.attend(event, aside)

    def hear(
        self, event: Event, message: str, question: str, work: Work
    ) -> asyncio.Task[None] | None:
        """Answer a message, in place of the earlier answer where it was edited.

        None where there is nothing to do: platforms also tell of an edit that changed no word,
        such as of a link's preview that was added. The event of a message's first words bears the
        message's id.
        """
        exchange = self._exchange(message)
        if exchange.question == question or exchange.deleted:
            return None
        exchange.question = question
        return self._begin(event, exchange, partial(self._answer, work=work))

    async def revised(self, message: str) -> bool:
        """Tell whether a message that was edited has asked something, be it of another replica.

        If so, it may be heard. What another may be about to answer is waited for, and called off
        where that takes long.
        """
        known = self._exchanges.get(message)
        if known is not None and (known.turn.locked() or not self._claims.shared):
            return True
        found = await self._claims.heard(message)
        if found is None:
            return known is not None
        known = self._exchange(message)
        known.question = found.question or known.question
        known.answer = found.answer or known.answer
        return True

    async def answer_to(self, message: str) -> str | None:
        """Give the id of the message that answers another, if one does."""
        known = self._exchanges.get(message)
        if known is not None and known.answer is not None:
            return known.answer
        return await self._claims.answer_to(message)

    async def deleted(self, message: str, at: float | None = None) -> None:
        """Say nothing to a question that was deleted before its answer.

        ``at`` is when it was written, as Unix has it: of what is too old to be answered the
        database is not told.
        """
        exchange = self._exchanges.get(message)
        if exchange is not None:
            exchange.deleted = True
        if at is None or time.time() - at < OLDEST_SECONDS:
            await self._claims.withdraw(message)

    async def settled(self) -> None:
        """Wait until what runs now has ended."""
        if self._running:
            await asyncio.wait(set(self._running))

    async def drain(self) -> None:
        """Let what runs finish for a moment; leave the rest to another replica.

        Where there is none, tell the askers that nothing will come of it.
        """
        leaving = asyncio.create_task(self._claims.leave())
        if self._running:
            await asyncio.wait(self._running, timeout=FINISHING_SECONDS)
        others, left = await leaving, dict(self._running)
        for task in left:
            task.cancel()
        if others and left:
            ended, _ = await asyncio.wait(left, timeout=ENDING_SECONDS)
            handed = await self._claims.hand_back([left[task][0] for task in ended])
            left = {task: one for task, one in left.items() if one[0] not in handed}
        # Who has edited a question waits for one answer, not for two.
        waiting = {exchange: event for event, exchange in left.values()}
        told = [
            asyncio.create_task(self._tell(event, strings.STOPPING, exchange.answer))
            for exchange, event in waiting.items()
        ]
        if told:
            _, late = await asyncio.wait({*left, *told}, timeout=LAST_WORDS_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*told, return_exceptions=True)

    def _begin(self, event: Event, exchange: Exchange, do: _Do) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._see_through(event, exchange, do))
        # The loop holds tasks weakly; this also is what drain() waits for.
        self._running[task] = (event, exchange)
        task.add_done_callback(self._running.pop)
        return task

    async def _see_through(self, event: Event, exchange: Exchange, do: _Do) -> None:
        EVENT.set(exchange.id)
        async with exchange.turn:
            try:
                await self._acknowledge(event)
                event = await self._claims.take(event)
                await do(event, exchange)
            except TakenOver:
                self._claims.let_go(event)
                exchange.question = None  # Should it come back to us, it is heard as a new one.
                return
            except asyncio.CancelledError:
                exchange.question = None
                raise
            except DatabaseUnavailableError as error:
                self.log.warning("nothing came of it: %s", error)
                await self._tell(event, str(error), exchange.answer)
            except Exception:
                name = secrets.token_hex(4)
                self.log.exception("error %s", name)
                await self._tell(event, strings.TROUBLE.format(id=name), exchange.answer)
            await self._claims.done(event)

    async def _acknowledge(self, event: Event) -> None:
        taken = await event.venue.ack()
        if taken is not None:
            self._metrics.acked(self._platform, event.at, taken=taken)
        if taken:
            self.log.info("acknowledged after %d ms", _since(event.at))

    async def _show(self, event: Event, reply: Reply, instead: str | None = None) -> str | None:
        began = time.monotonic()
        first = await self._claims.sure(event) and not event.again
        if not first and instead is None:
            instead = await event.venue.earlier(reply)
        message = await event.venue.show(reply, instead)
        self._metrics.took("showing", began)
        if reply.ref is not None:
            self._metrics.took("whole", event.at)
        anew = " anew" if message and message == instead else ""
        self.log.info("shown%s after %d ms", anew, _since(event.at))
        return message

    async def _answer(self, event: Event, exchange: Exchange, *, work: Work) -> None:
        if exchange.deleted:
            return
        actor = replace(await _actor(event), origin=exchange.message)
        reply = await work(actor)
        if reply is None or exchange.deleted:
            return
        message = await self._show(event, reply, exchange.answer)
        if message is not None:
            exchange.answer = message
            await self._note(actor, reply, message)

    async def _share(self, event: Event, _: Exchange, *, work: Work) -> None:
        """Post a reply for all to see, and tell whoever shares it; the desk, where it stands."""
        actor = await _actor(event)
        reply = await work(actor)
        if reply is None:
            return
        message, ours = None, not reply.private
        try:
            message = await self._show(event, reply)
        except TakenOver:
            ours = False
            raise
        finally:
            if message is None and ours:
                await self._desk.not_posted(reply)
        if message is not None:
            await self._note(actor, reply, message)
            if not reply.private:
                await self._tell(event, strings.SHARED)

    async def _note(self, actor: Actor, reply: Reply, message: str) -> None:
        """Note where an answer stands; it is out already, whatever goes wrong here."""
        try:
            await self._desk.posted(reply, self._noted(actor, reply, message), message)
        except Exception:
            self.log.exception("where an answer stands could not be noted")

    async def _tell(self, event: Event, sentence: str, instead: str | None = None) -> None:
        try:
            await event.venue.tell(Reply(sentence, private=True), instead)
        except Exception:
            self.log.exception("the asker could not be told")

    def _exchange(self, message: str) -> Exchange:
        known = self._exchanges.setdefault(message, Exchange(message))
        while len(self._exchanges) > REMEMBERED:
            self._exchanges.popitem(last=False)
        return known


async def _actor(event: Event) -> Actor:
    return replace(await event.actor(), event=event.claim, at=event.at)


def _since(at: float) -> float:
    """Give the milliseconds since a moment of ``time.monotonic``."""
    return (time.monotonic() - at) * 1000
