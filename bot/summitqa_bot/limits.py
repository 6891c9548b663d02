"""How often one person, and one channel, may ask, or press a button."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from summitqa_bot import strings
from summitqa_bot.permissions import Actor
from summitqa_bot.settings import Rate, Settings

_REMEMBERED = 10_000


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


class RateLimits:
    """The limits of the settings, for persons and for channels."""

    def __init__(self, settings: Settings) -> None:
        self._users = Limiter(settings.user_limit)
        self._channels = Limiter(settings.channel_limit)

    def refusal(self, actor: Actor) -> str | None:
        """Count what somebody asks or presses; give the sentence where it is too much."""
        seconds = self._users.wait(f"{actor.platform}:{actor.user}")
        if seconds:
            return strings.TOO_FAST.format(seconds=seconds)
        if actor.channel is not None:
            seconds = self._channels.wait(f"{actor.platform}:{actor.channel}")
            if seconds:
                return strings.TOO_FAST_CHANNEL.format(seconds=seconds)
        return None
