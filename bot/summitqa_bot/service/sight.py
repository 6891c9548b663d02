"""Whether the database is seen, and for how long it has been."""

import time
from dataclasses import dataclass

from summitqa_bot.state import events

# How often in a lease a replica that lives says so.
BEATS = 4


@dataclass(slots=True)
class Sight:
    """Since when the database is seen without a gap.

    After one, the claims of those who live are as old as it was long: they may renew them first.
    """

    since: float = float("inf")
    last: float = float("-inf")

    def seen(self) -> None:
        """Note that it has been reached."""
        if not self._unbroken():
            self.since = time.monotonic()
        self.last = time.monotonic()

    def is_steady(self) -> bool:
        """Tell whether it has been there for a lease."""
        return self._unbroken() and time.monotonic() - self.since >= events.LEASE_SECONDS

    def _unbroken(self) -> bool:
        return time.monotonic() - self.last <= events.LEASE_SECONDS / BEATS
