"""How often one person, one channel and one community may ask, or press a button."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from summitqa.counting import counted
from summitqa_bot import strings
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings

_REMEMBERED = 10_000
_DAY, _HOUR = 24 * 3600, 3600


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
            return max(1, round(times[0] + self._rate.seconds - now + 0.5))
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
            return max(1, math.ceil((began + _DAY - now) / _HOUR))
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
        self._users = Limiter(settings.user_limit)
        self._channels = Limiter(settings.channel_limit)
        self._communities = Quota(settings.shelf_questions)

    def refusal(self, actor: Actor, *, asks: bool = True) -> Refusal | None:
        """Count what somebody asks or presses; refuse it where it is too much.

        A press is none of the questions that a community has in a day.
        """
        seconds = self._users.wait(f"{actor.platform}:{actor.user}")
        if seconds:
            return Refusal(strings.TOO_FAST.format(seconds=seconds), seconds)
        if actor.channel is not None:
            # A channel that two communities share has one name in both.
            here = f"{actor.platform}:{actor.workspace}:{actor.channel}"
            seconds = self._channels.wait(here)
            if seconds:
                return Refusal(strings.TOO_FAST_CHANNEL.format(seconds=seconds), seconds)
        hours = self._communities.wait(actor.community) if asks else 0
        if hours:
            told = strings.TOO_MANY_TODAY.format(hours=counted(hours, *strings.HOURS))
            return Refusal(told, hours * _HOUR)
        return None
