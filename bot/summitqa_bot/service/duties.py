"""What one replica does for all of them: it holds a lease for each, by which the others let it be.

Where it is gone its leases run out, and whoever looks next goes on. On one machine all is ours.
"""

import logging
import time

from summitqa_bot.service.threads import Clerk
from summitqa_bot.state.leases import AWAY, THERE, Leases

log = logging.getLogger(__name__)

SECONDS = 15.0
"""For how long a duty is ours after we last said so."""
KEEP_SECONDS = 4.0


class Duties:
    """Those of this replica, each by a name."""

    def __init__(self, leases: Leases, clerk: Clerk) -> None:
        self._leases = leases
        self._clerk = clerk
        # Until when each is surely ours, by time.monotonic().
        self._ours: dict[str, float] = {}

    @property
    def shared(self) -> bool:
        """Whether there may be other replicas."""
        return self._leases.shared

    async def ours(self, name: str) -> bool:
        """Tell whether a duty is ours, from now on where it is nobody's.

        To be asked before is read what there is to be done.
        """
        now = time.monotonic()
        if self.still(name):
            return True
        taken: bool = await self._clerk(self._leases.take, name, SECONDS)
        if taken:
            self._ours[name] = now + SECONDS
        else:
            self._ours.pop(name, None)
        return taken

    def still(self, name: str) -> bool:
        """Tell whether a duty has been ours ever since we were told that it is.

        To be asked before each thing that may not be done twice: who was frozen may have lost it.
        """
        now = time.monotonic()
        return not self.shared or now < self._ours.get(name, now)

    async def keep(self) -> None:
        """Say that we are there, and that what is ours still is."""
        if self.shared:
            await self.ours(f"{THERE}{self._leases.holder}")
        now, names = time.monotonic(), list(self._ours)
        if names:
            kept = await self._clerk(self._leases.keep, names, SECONDS)
            for name in names:
                self._ours.pop(name, None)
            self._ours |= dict.fromkeys(kept, now + SECONDS)

    async def leave(self) -> None:
        """Leave all of it to the others, at once."""
        names, self._ours = list(self._ours), {}
        try:
            for name in names:
                await self._clerk(self._leases.free, name)
        except AWAY as error:  # they run out by themselves
            log.warning("leases could not be let go of (%s)", error)
