"""Events to four replicas, the primary of their database killed and a replica of it promoted."""

import asyncio
from pathlib import Path

from tests.cluster import Cluster, replicated
from tests.faults.common import Tally
from tests.fleet import Fleet, fleet

_SECONDS = 20.0


def run(folder: Path, quick: bool) -> Tally:
    with replicated() as cluster:
        return asyncio.run(_run(folder, cluster, 100 if quick else 500))


async def _run(folder: Path, cluster: Cluster, count: int) -> Tally:
    async with fleet(folder, cluster) as replicas:
        await replicas.start(4)
        asking = asyncio.create_task(replicas.load(count, every=_SECONDS / count))
        await asyncio.sleep(_SECONDS / 4)
        await asyncio.to_thread(cluster.fail_over, after=2)
        await replicas.all_answered(await asking)
        return tally(replicas)


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
        f"twice {sum(n > 1 for n in counts.values())}, read errors {len(replicas.others())}, "
        f"slowest ack {acks:.2f} s, slowest answer {max(replicas.waited(), default=0):.1f} s"
    )
    return made
