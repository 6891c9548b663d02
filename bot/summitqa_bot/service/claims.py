"""The events that this replica sees to, and those of others that it goes on with.

Between replicas nothing is decided here: that is the database's, in ``state.events``.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.service.sight import BEATS, Sight
from summitqa_bot.service.threads import Clerk
from summitqa_bot.state import State, events
from summitqa_bot.state.events import PART, Heard, Parts, Payload, TakenOver
from summitqa_bot.strings.serving import DATABASE_AWAY

log = logging.getLogger(__name__)

# How often in a lease we look for what others have left.
LOOKS = 20
# How many are taken over at one look: the other replicas look, too.
AT_ONCE = 10
# How many are noted as done by one statement.
_NOTED_AT_ONCE = 1000


@dataclass(slots=True)
class _Claim:
    """A claim of ours: the task that works, since when it surely holds, whether that is over.

    ``payload`` is what was delivered; ``made`` is false until it is known that it is ours.
    """

    task: asyncio.Task[Any] | None
    payload: Payload | None
    since: float
    made: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Division:
    """How a platform divides its events among those that hear them.

    ``part`` gives the number of an event's part, ``parts`` which of them are heard here now.
    """

    part: Callable[[Payload], int]
    parts: Callable[[], Parts]


@dataclass(frozen=True, slots=True)
class _Platform:
    """How to see to an event as it was delivered, and which ones can be seen to here."""

    again: Callable[[Payload], Awaitable[None]]
    division: Division | None


class Claims:
    """Claims events for one replica, and keeps its claims while their work runs.

    Every event is named "platform:id". Errors of the database are raised.
    """

    def __init__(self, state: State, clerk: Clerk) -> None:
        self._state = state
        self._events = state.events
        self._leases = state.leases
        self._replica = state.replica
        self._clerk = clerk
        self._held: dict[str, _Claim] = {}
        self._platforms: dict[str, _Platform] = {}
        self._sight = Sight()
        self._others: dict[str, bool] = {}

    @property
    def shared(self) -> bool:
        """Whether there may be other replicas."""
        return self._events.shared

    async def take(self, event: str, payload: Payload | None) -> int:
        """Take an event on; give how many have tried it by now, 0 where it is not ours to see to.

        The task that asks is cancelled where another takes the event over, as when we were frozen
        for longer than a lease. Where the database cannot tell, which is raised, it is held as if
        it were ours: ``sure`` asks again.
        """
        if event in self._held:
            return 0
        payload = self._divided(event, payload)
        claim = self._held[event] = _Claim(asyncio.current_task(), payload, time.monotonic())
        return await self._made(event, claim)

    async def sure(self, event: str) -> bool:
        """Make sure that an event is still ours, as before something is shown; else TakenOver.

        It also counts as another's where that cannot be known, but another could have taken it
        over: if none has, it is seen to once the database is back. Tells whether nobody else can
        have tried it before us; what is not known even now is raised.
        """
        claim = self._held.get(event)
        if claim is None:
            raise TakenOver(event)
        if not claim.made:
            if not (tries := await self._made(event, claim)):
                raise TakenOver(event)
            return tries == 1
        if self.shared and time.monotonic() - claim.since > events.LEASE_SECONDS / 2:
            try:
                await self._renew([event])
            except DatabaseUnavailableError:
                stale = time.monotonic() - claim.since > events.LEASE_SECONDS
                if claim.payload is None or not stale or not self.others(_platform(event)):
                    raise
                self.settled(event)
            if event not in self._held:
                raise TakenOver(event)
        return True

    async def _made(self, event: str, claim: _Claim) -> int:
        if self._state.is_away:
            raise DatabaseUnavailableError(DATABASE_AWAY)
        tries = await self._clerk(self._events.claim, event, claim.payload)
        claim.made = tries > 0
        if not claim.made:
            self.settled(event)
        return tries

    def settled(self, event: str | None) -> None:
        """Let go of an event that is noted as done, or is not ours."""
        self._held.pop(event or "", None)

    async def done(self, event: str) -> None:
        """Have an event be seen through; where that cannot be noted now, ``keep`` tries on."""
        if (claim := self._held.get(event)) is not None:
            claim.over, claim.payload = True, None
            await self._end([event])

    async def withdraw(self, event: str) -> None:
        """Have nobody answer an event that is not done yet."""
        if self.shared:
            await self._clerk(self._events.withdraw, event)

    async def heard(self, platform: str, message: str) -> Heard | None:
        """Tell what is known of a message that asked something, as ``Events.heard`` does."""
        return await self._clerk(self._events.heard, platform, message)

    def serves(
        self,
        platform: str,
        again: Callable[[Payload], Awaitable[None]],
        division: Division | None = None,
    ) -> None:
        """Have events of a platform taken over, by ``again``: those of the parts heard here."""
        self._platforms[platform] = _Platform(again, division)

    async def leave(self, platform: str) -> None:
        """Serve a platform no more; ``others`` tells whether another replica does."""
        if self._platforms.pop(platform, None) is not None and self.shared:
            await self._clerk(self._leases.free, self._presence(platform))
            await self._clerk(self._look_around, platform)

    def others(self, platform: str) -> bool:
        """Tell whether another replica served a platform when that was last looked at."""
        return self._others.get(platform, False)

    def ours(self, held: Collection[str]) -> set[str]:
        """Give the events, of some, that others will take over once our claims are stale."""
        return {event for event in self._to_leave(held) if self._held[event].made}

    async def hand_back(self, held: Collection[str]) -> set[str]:
        """Leave events whose work has ended without a reply to others; give which those are.

        Also those that we were about to claim.
        """
        left = self._to_leave(held)
        if left:
            await self._clerk(self._events.release, left)
            for event in left:
                self.settled(event)
        return set(left)

    def _to_leave(self, held: Collection[str]) -> dict[str, Payload]:
        known = {event: self._held[event] for event in held if event in self._held}
        return {
            event: claim.payload
            for event, claim in known.items()
            if claim.payload is not None and not claim.over
        }

    def begin(self, every: Callable[[str, float, Callable[[], Awaitable[None]]], None]) -> None:
        """Begin what is to be done ``every`` so many seconds, where there may be others."""
        if self.shared:
            every("keep claims", events.LEASE_SECONDS / BEATS, self.keep)
            every("take over", events.LEASE_SECONDS / LOOKS, self.look)

    async def keep(self) -> None:
        """Keep our claims, and say that we are there, where the database can be reached."""
        with suppress(DatabaseUnavailableError):
            await self._keep()

    async def look(self) -> None:
        """Take over what others have left, where the database can be reached."""
        with suppress(DatabaseUnavailableError):
            await self._look()

    async def _keep(self) -> None:
        await self._end(self._over())
        old = time.monotonic() - events.LEASE_SECONDS / BEATS
        await self._renew(
            [event for event, claim in self._held.items() if claim.made and claim.since < old]
        )
        for platform in list(self._platforms):
            await self._clerk(self._leases.take, self._presence(platform), events.LEASE_SECONDS)
            await self._clerk(self._look_around, platform)
        if self._sight.is_steady() and (given_up := await self._clerk(self._events.give_up)):
            log.warning("%d events came to nothing, whichever replica tried them", given_up)

    def _over(self) -> list[str]:
        over = (event for event, claim in self._held.items() if claim.over)
        return list(islice(over, _NOTED_AT_ONCE))

    async def _look(self) -> None:
        for name, platform in list(self._platforms.items()):
            for payload in await self._abandoned(name, platform):
                log.info("went on with an event that another replica had left")
                # In a task, whose context is its own.
                await asyncio.create_task(_heard_again(platform, payload))
        # What was answered while the database was away may be delivered to another at any moment.
        await self._end(self._over())

    async def _abandoned(self, name: str, platform: _Platform) -> list[Payload]:
        parts = platform.division and platform.division.parts()
        # Asked once the database has answered: it may have been gone until then.
        may = self._sight.is_steady
        found = await self._clerk(self._events.abandoned, name, AT_ONCE, parts, may)
        self._sight.seen()
        return [payload for _, payload in found]

    def _divided(self, event: str, payload: Payload | None) -> Payload | None:
        """Have what was delivered tell its part, where there are any."""
        platform = self._platforms.get(_platform(event))
        if payload is None or platform is None or platform.division is None:
            return payload
        return {**payload, PART: platform.division.part(payload)}

    async def _renew(self, held: Collection[str]) -> None:
        if not held:
            return
        now = time.monotonic()
        gone = await self._clerk(self._events.renew, held)
        for event in held:
            claim = self._held.get(event)
            if claim is None or claim.over:
                continue
            claim.since = now
            if event in gone:
                self.settled(event)
                if claim.task is not None:
                    claim.task.cancel()

    async def _end(self, held: Collection[str]) -> None:
        if held and self.shared:
            await self._clerk(self._events.done, held)
        for event in held:
            self.settled(event)

    def _look_around(self, platform: str) -> None:
        there = self._leases.holders(_presence(platform))
        self._others[platform] = bool(there.keys() - {self._presence(platform)})

    def _presence(self, platform: str) -> str:
        return f"{_presence(platform)}{self._replica}"


async def _heard_again(platform: _Platform, payload: Payload) -> None:
    try:
        await platform.again(payload)
    except Exception:
        log.exception("an event of another replica could not be seen to")


def _platform(event: str) -> str:
    return event.partition(":")[0]


def _presence(platform: str) -> str:
    return f"serves:{platform}:"
