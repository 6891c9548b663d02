"""Taking turns: Slack takes about one message a second in each channel, and tells when to wait."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

# docs.slack.dev, Rate limits: posting messages.
SECONDS = 1.0
_REMEMBERED = 5000


@dataclass(slots=True)
class _Queue:
    """Who waits to post in a channel, and when the next may."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    waiting: int = 0


class Pace:
    """Gives out turns to post, first come first served in each channel."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, _Queue] = OrderedDict()

    async def turn(self, channel: str) -> None:
        """Wait until a message may be posted in the channel."""
        queue = self._queue(channel)
        queue.waiting += 1
        try:
            async with queue.turn:
                while True:  # for it may have been put off meanwhile
                    if (seconds := queue.free_at - self._now()) <= 0:
                        break
                    await asyncio.sleep(seconds)
                queue.free_at = self._now() + SECONDS
        finally:
            queue.waiting -= 1

    def hold(self, channel: str, seconds: float) -> None:
        """Let nobody post in the channel for so long."""
        queue = self._queue(channel)
        queue.free_at = max(queue.free_at, self._now() + seconds)

    def wait(self, channel: str) -> float:
        """Give how many seconds somebody who comes now would wait."""
        queue = self._queue(channel)
        return max(0.0, queue.free_at - self._now()) + queue.waiting * SECONDS

    def _queue(self, channel: str) -> _Queue:
        queue = self._queues.setdefault(channel, _Queue())
        self._queues.move_to_end(channel)
        while len(self._queues) > _REMEMBERED:
            self._queues.popitem(last=False)
        return queue

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
