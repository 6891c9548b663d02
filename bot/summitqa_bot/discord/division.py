"""How the shards of one bot are divided among replicas: by leases alone, whose names tell all.

The number of shards stands in each name: while it is being raised, those of the old number are
served beside those of the new, so that no server goes unheard.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

PREFIX = "discord:"
_NAME = re.compile(r"discord:(\d+):(?:shard:(\d+)|replica:[^:]+:(\d+))")


def shard_lease(count: int, shard: int) -> str:
    """Name the lease of one of so many shards."""
    return f"{PREFIX}{count}:shard:{shard}"


def replica_lease(count: int, replica: str, most: int) -> str:
    """Name the lease by which a replica says that it serves up to ``most`` of so many shards."""
    return f"{PREFIX}{count}:replica:{replica}:{most}"


def bucket_lease(bucket: int) -> str:
    """Name the lease of those shards that may not identify at the same time."""
    return f"{PREFIX}identify:{bucket}"


def counts(leases: Mapping[str, tuple[str, float]]) -> frozenset[int]:
    """Give the numbers of shards that replicas serve now: one, save while that is being changed."""
    found = map(_NAME.fullmatch, leases)
    return frozenset(int(match[1]) for match in found if match is not None)


def unheld(leases: Mapping[str, tuple[str, float]]) -> int:
    """Count the shards that nobody holds, though there are replicas to serve them."""
    divisions = [Division.read(count, leases) for count in counts(leases)]
    return sum(len(one.free) for one in divisions if one.most)


@dataclass(frozen=True, slots=True)
class Division:
    """Who has what of ``count`` shards at a moment.

    ``held``: which replica holds a shard; ``most``: how many each replica takes at most.
    """

    count: int
    held: Mapping[int, str]
    most: Mapping[str, int]

    @classmethod
    def read(cls, count: int, leases: Mapping[str, tuple[str, float]]) -> Self:
        """Take it from the leases whose names begin with ``PREFIX``."""
        held, most = {}, {}
        for name, (holder, _) in leases.items():
            match = _NAME.fullmatch(name)
            if match is None or int(match[1]) != count:
                continue
            if match[2] is not None:
                held[int(match[2])] = holder
            else:
                most[holder] = int(match[3])
        return cls(count, held, most)

    @property
    def free(self) -> list[int]:
        """Those that nobody holds."""
        return [shard for shard in range(self.count) if shard not in self.held]

    @property
    def share(self) -> int:
        """How many each replica has where all have as many."""
        return -(-self.count // max(1, len(self.most)))

    def of(self, replica: str) -> list[int]:
        """Give those that a replica holds."""
        return sorted(shard for shard, holder in self.held.items() if holder == replica)

    def takes(self, replica: str) -> bool:
        """Tell whether a replica takes one more: up to its share, then what nobody else wants."""
        has = len(self.of(replica))
        if has >= self.most.get(replica, 0):
            return False
        return has < self.share or not self._others_want(replica)

    def gives(self, replica: str) -> int | None:
        """Give the shard that a replica gives up, as others have too few and none is free."""
        mine = self.of(replica)
        if self.free or len(mine) <= self.share or not self._others_want(replica):
            return None
        return mine[-1]

    def _others_want(self, replica: str) -> bool:
        has = Counter(self.held.values())
        return any(
            has[one] < min(self.share, most) for one, most in self.most.items() if one != replica
        )
