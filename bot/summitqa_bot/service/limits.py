"""How often one person, one channel and one community may ask, or press a button."""

import asyncio
import logging
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from summitqa.counting import counted
from summitqa_bot import strings
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.threads import Clerk
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.state.leases import AWAY
from summitqa_bot.state.limits import Limits, Window

log = logging.getLogger(__name__)

# How long a question waits to be counted beside those of other replicas.
SHARED_SECONDS = 1.0
_REMEMBERED = 10_000
_DAY, _HOUR = 24 * 3600, 3600
_PERSON, _CHANNEL, _COMMUNITY = "person", "channel", "community"


class Limiter:
    """A sliding window for each key. It is lost at a restart, which harms nobody."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str) -> int:
        """Count one question of ``key``; give 0, or the whole seconds until it may ask again.

        A question that has to wait is not counted.
        """
        now = self._clock()
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)
        while times and times[0] <= now - self._rate.seconds:
            times.popleft()
        if len(times) >= self._rate.count:
            return _seconds(times[0] + self._rate.seconds - now)
        times.append(now)
        return 0


class Quota:
    """A count for each key and day, which begins with its first question; lost at a restart, too.

    Two numbers a key, however many the questions: a window that slides holds each of them.
    """

    def __init__(self, count: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._clock = clock
        self._days: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait(self, key: str) -> int:
        """Count one question of ``key``; give 0, or the whole hours until it may ask again."""
        now = self._clock()
        began, count = self._days.get(key, (now, 0))
        if now - began >= _DAY:
            began, count = now, 0
        if count >= self._count:
            return _hours(began + _DAY - now)
        self._days[key] = (began, count + 1)
        self._days.move_to_end(key)
        while len(self._days) > _REMEMBERED:
            self._days.popitem(last=False)
        return 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """That somebody asks too much, in a sentence; ``seconds`` until they may again, 0: unknown."""

    said: str
    seconds: int = 0


class RateLimits:
    """The limits of the settings, for persons, for channels and for communities."""

    def __init__(self, settings: Settings) -> None:
        self._counted: dict[str, Limiter | Quota] = {
            _PERSON: Limiter(settings.user_limit),
            _CHANNEL: Limiter(settings.channel_limit),
            _COMMUNITY: Quota(settings.shelf_questions),
        }

    def refusal(self, actor: Actor, *, asks: bool = True) -> Refusal | None:
        """Count what somebody asks or presses; refuse it where it is too much.

        A press is none of the questions that a community has in a day.
        """
        for kind, key in _keys(actor, asks=asks):
            wait = self._counted[kind].wait(key)
            if wait:
                return _refused(kind, wait)
        return None


class SharedLimits:
    """The same limits, counted by the database for all replicas."""

    def __init__(self, settings: Settings, limits: Limits, hashed: Callable[[str], str]) -> None:
        self._limits = limits
        self._hashed = hashed
        self._rates = {_PERSON: settings.user_limit, _CHANNEL: settings.channel_limit}
        self._rates[_COMMUNITY] = Rate(settings.shelf_questions, _DAY)

    def refusal(self, actor: Actor, *, asks: bool = True) -> Refusal | None:
        """Do as ``RateLimits.refusal``; raises what ``Limits.wait`` raises."""
        keys = list(_keys(actor, asks=asks))
        left = self._limits.wait([self._window(*one) for one in keys])
        kind, _ = keys[len(left) - 1]
        if not left[-1]:
            return None
        return _refused(kind, _hours(left[-1]) if kind == _COMMUNITY else _seconds(left[-1]))

    def _window(self, kind: str, key: str) -> Window:
        rate = self._rates[kind]
        hashed = self._hashed(f"{kind}:{key}")[:32]
        return Window(hashed, rate.count, rate.seconds, slides=kind != _COMMUNITY)


class Limiting:
    """Who asks too much: of all replicas together, and of this one where they cannot be asked."""

    def __init__(self, settings: Settings, state: State, clerk: Clerk) -> None:
        self._here = RateLimits(settings)
        self._everywhere = SharedLimits(settings, state.limits, state.hashed)
        self._state = state
        self._clerk = clerk

    async def refusal(self, actor: Actor, *, asks: bool = True) -> Refusal | None:
        """Do as ``RateLimits.refusal``."""
        if self._state.limits.shared and not self._state.is_away:
            try:
                async with asyncio.timeout(SHARED_SECONDS):
                    refused: Refusal | None = await self._clerk(
                        partial(self._everywhere.refusal, actor, asks=asks)
                    )
                    return refused
            except (TimeoutError, *AWAY) as error:
                log.info("a question is counted here alone (%s)", type(error).__name__)
        return self._here.refusal(actor, asks=asks)


def _keys(actor: Actor, *, asks: bool) -> Iterator[tuple[str, str]]:
    """Give what is counted, by its kind: in turn, until there is too much of one."""
    yield _PERSON, f"{actor.platform}:{actor.user}"
    if actor.channel is not None:
        # A channel that two communities share has one name in both.
        yield _CHANNEL, f"{actor.platform}:{actor.workspace}:{actor.channel}"
    if asks:
        yield _COMMUNITY, actor.community


def _refused(kind: str, wait: int) -> Refusal:
    if kind == _COMMUNITY:
        told = strings.TOO_MANY_TODAY.format(hours=counted(wait, *strings.HOURS))
        return Refusal(told, wait * _HOUR)
    said = strings.TOO_FAST if kind == _PERSON else strings.TOO_FAST_CHANNEL
    return Refusal(said.format(seconds=wait), wait)


def _seconds(left: float) -> int:
    return max(1, round(left + 0.5))


def _hours(left: float) -> int:
    return max(1, math.ceil(left / _HOUR))
