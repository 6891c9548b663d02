"""Events to four replicas, the primary of their database killed and a replica of it promoted.

Once more with senders that were frozen before, where commits wait for them and where they do not:
that one is there to tell what asynchronous replication costs, and nothing is held to it.
"""

import asyncio
import time
from pathlib import Path

from tests.cluster import Cluster, replicated
from tests.faults.common import Tally
from tests.fleet import Fleet, fleet

# Between one event and the next.
_SECONDS = 0.04


def run(folder: Path, quick: bool) -> Tally:
    count = 40 if quick else 500
    with replicated() as cluster:
        made = asyncio.run(_run(folder / "killed", cluster, count, frozen=0))
        if quick:
            return made
        cluster.heal()
        frozen = asyncio.run(_run(folder / "frozen", cluster, count // 5, frozen=1))
    with replicated(synchronous=False) as cluster:
        lossy = asyncio.run(_run(folder / "lossy", cluster, count // 5, frozen=1))
    made.tried += frozen.tried
    made.lost += frozen.lost
    made.note += f"; senders frozen: {frozen.note}; the same, asynchronous: {lossy.note}"
    return made


async def _run(folder: Path, cluster: Cluster, count: int, *, frozen: float) -> Tally:
    """Kill the primary while it is asked; ``frozen`` seconds after its senders were frozen."""
    async with fleet(folder, cluster) as replicas:
        await replicas.start(4)
        asking = asyncio.create_task(replicas.load(count, every=_SECONDS))
        await asyncio.sleep(count * _SECONDS / 4)
        await asyncio.to_thread(_break, cluster, frozen)
        await replicas.all_answered(await asking)
        return tally(replicas)


def _break(cluster: Cluster, frozen: float) -> None:
    if not frozen:
        cluster.fail_over(after=2)
        return
    with cluster.primary.frozen(*cluster.senders):
        time.sleep(frozen)
        cluster.fail_over(after=2)


def tally(replicas: Fleet) -> Tally:
    """Hold each that was asked to one answer that quotes; tell how long the slowest took."""
    counts = replicas.answers()
    made = Tally(len(replicas.asked))
    for thread in replicas.asked:
        if counts[thread] != 1:
            made.lost.append(f"{thread} was answered {counts[thread]} times")
    made.lost += [f"said: {one[:80]}" for one in replicas.others()]
    acks = max(max(one.acks, default=0) for one in replicas.replicas)
    made.note = (
        f"{made.tried} events, {sum(n > 1 for n in counts.values())} twice, "
        f"{made.tried - len(counts)} never, {len(replicas.others())} read errors, slowest ack "
        f"{acks:.2f} s, slowest answer {max(replicas.waited(), default=0):.1f} s"
    )
    return made
