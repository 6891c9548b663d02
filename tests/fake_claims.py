"""What stands in for the claims of a desk: an event is seen once, by the desk's own memory."""

from typing import Protocol


class Seeing(Protocol):
    seen: set[str]


class FakeClaims:
    """Those of one process alone; ``desk.seen`` are the events that it has seen."""

    shared = False

    def __init__(self, desk: Seeing) -> None:
        self.desk = desk

    async def take(self, event, payload):
        known, _ = event in self.desk.seen, self.desk.seen.add(event)
        return int(not known)

    async def sure(self, event):
        return True

    def settled(self, event):
        pass

    async def done(self, event):
        pass

    async def withdraw(self, event):
        pass

    async def heard(self, platform, message):
        return None

    async def leave(self, platform):
        pass

    def others(self, platform):
        return False

    def serves(self, platform, again, division):
        pass
