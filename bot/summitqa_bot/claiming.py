"""The claims of one platform's events, where the database may be out of reach.

What cannot be known then stops nothing: an answer given twice is the lesser harm than one that
never comes. It is asked for again before anything is shown, and that it was shown is noted once
the database is back.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.event import Event
from summitqa_bot.service.claims import Claims, Division
from summitqa_bot.state.events import Heard, Payload, TakenOver

# What asking for other replicas, or leaving them what was begun, may take of a stop's time.
HANDING_SECONDS = 1.0
# How long an edit waits for another replica to answer what was edited.
ANSWERED_SECONDS = 2.0
# Of two that know not whose an event is and answer at one moment, one is first by chance within so
# long, and is found by the other.
APART_SECONDS = 2.0
_AGAIN_SECONDS = 0.1


class Claiming:
    """Claims by the ids of one platform's events and messages; errors go to its log."""

    def __init__(self, platform: str, claims: Claims, log: logging.Logger) -> None:
        self._platform = platform
        self._claims = claims
        self.log = log

    @property
    def shared(self) -> bool:
        """Whether there may be other replicas."""
        return self._claims.shared

    def serves(
        self, again: Callable[[Payload], Awaitable[None]], division: Division | None
    ) -> None:
        """Have events taken over, as ``Claims.serves`` does."""
        self._claims.serves(self._platform, again, division)

    async def take(self, event: Event) -> Event:
        """Claim an event for the task that runs; TakenOver where it is not ours to see to."""
        name = self._name(event.id)
        try:
            tries = await self._claims.take(name, event.payload)
        except DatabaseUnavailableError as error:
            self.log.warning("whether event %s is new is not known: %s", event.id, error)
            tries = 1
        except Exception:
            self.log.exception("whether event %s is new is not known", event.id)
            tries = 1
        if not tries:
            raise TakenOver(name)
        return replace(event, claim=name, again=tries > 1)

    async def sure(self, event: Event) -> bool:
        """Raise TakenOver where an event is not ours any more; tell whether that is known."""
        if event.claim is None:
            return False
        try:
            return await self._claims.sure(event.claim)
        except TakenOver:
            raise
        except DatabaseUnavailableError as error:
            self.log.warning("whether event %s is still ours is not known: %s", event.id, error)
        except Exception:
            self.log.exception("whether event %s is still ours is not known", event.id)
        if self._claims.others(self._platform):
            await asyncio.sleep(random.uniform(0, APART_SECONDS))  # noqa: S311 - no secret
        return False

    def let_go(self, event: Event) -> None:
        """Let go of an event that is another's."""
        if event.claim is not None:
            self._claims.settled(event.claim)

    async def done(self, event: Event) -> None:
        """Have an event be seen through."""
        if event.claim is None:
            return
        try:
            await self._claims.done(event.claim)
        except DatabaseUnavailableError as error:
            self.log.warning("that event %s is done is to be noted later: %s", event.id, error)
        except Exception:
            self.log.exception("that event %s is done could not be noted", event.id)

    async def heard(self, message: str) -> Heard | None:
        """Tell what is known of a message that asked something, once it is answered.

        What another replica is about to answer is waited for, and withdrawn where that takes long.
        """
        give_up = time.monotonic() + ANSWERED_SECONDS
        try:
            while found := await self._claims.heard(self._platform, message):
                if not found.open or time.monotonic() > give_up:
                    break
                await asyncio.sleep(_AGAIN_SECONDS)
            if found and found.open:
                await self._claims.withdraw(self._name(message))
        except Exception:
            self.log.exception("whether a message has asked something is not known")
            return None
        return found

    async def answer_to(self, message: str) -> str | None:
        """Give the id of the message that answers another, if one does."""
        try:
            found = await self._claims.heard(self._platform, message)
        except Exception:
            self.log.exception("what answers a message is not known")
            return None
        return None if found is None else found.answer

    async def withdraw(self, message: str) -> None:
        """Have nobody answer a message."""
        try:
            await self._claims.withdraw(self._name(message))
        except Exception:
            self.log.exception("that a question was deleted could not be noted")

    async def leave(self) -> bool:
        """Take no more over; tell whether there is another replica to take over from us."""
        try:
            async with asyncio.timeout(HANDING_SECONDS):
                await self._claims.leave(self._platform)
        except TimeoutError:
            self.log.warning("that we leave could not be noted in time")
        except Exception:
            self.log.exception("that we leave could not be noted")
        return self._claims.others(self._platform)

    async def hand_back(self, ended: Sequence[Event]) -> list[Event]:
        """Leave events, whose work has ended without a reply, to others; give which were ours."""
        names = [self._name(one.id) for one in ended]
        ours = self._claims.ours(names)
        try:
            async with asyncio.timeout(HANDING_SECONDS):
                ours = await self._claims.hand_back(names)
        except TimeoutError:
            self.log.warning("what was begun is left to others once its lease is over")
        except Exception:
            self.log.exception("what was begun is left to others once its lease is over")
        return [one for one in ended if self._name(one.id) in ours]

    def _name(self, event: str) -> str:
        return f"{self._platform}:{event}"
