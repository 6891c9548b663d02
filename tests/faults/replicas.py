"""What becomes of replicas: killed with a question, cut off, slowed down, replaced one by one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from summitqa_bot.state.events import LEASE_SECONDS
from tests.cluster import Cluster, replicated
from tests.faults.common import Tally
from tests.faults.failover import tally
from tests.fleet import SLOW_QUESTION, Fleet, fleet
from tests.proxy import proxied

_Fault = Callable[[Fleet, bool], Awaitable[str]]
# What the whole of a takeover may take beyond the lease.
_BEYOND = 1.0


def _lease(quick: bool) -> float:
    return 2.0 if quick else LEASE_SECONDS


def run(folder: Path, quick: bool) -> Tally:
    whole, notes = Tally(), []
    with replicated() as cluster:
        for name, fault in list(_FAULTS.items())[: 3 if quick else None]:
            found, note = asyncio.run(_run(folder / name, cluster, fault, quick))
            whole.tried += found.tried
            whole.lost += found.lost
            notes.append(f"{name}: {found.note}{note}")
    whole.note = "; ".join(notes)
    return whole


async def _run(folder: Path, cluster: Cluster, fault: _Fault, quick: bool) -> tuple[Tally, str]:
    async with fleet(folder, cluster, LEASE=str(_lease(quick))) as replicas:
        note = await fault(replicas, quick)
        return tally(replicas), f", {note}" if note else ""


async def _killed(replicas: Fleet, quick: bool) -> str:
    """Kill one that has taken a question on, again and again; tell when another has answered."""
    lease = _lease(quick)
    await replicas.start(2)
    # One that has just come does not know yet whether others are only late.
    await asyncio.sleep(lease + _BEYOND)
    took = []
    for _ in range(1 if quick else 10):
        (doomed,) = await replicas.start(1, SLOW="600")
        asked = await replicas.ask(doomed, SLOW_QUESTION)
        await doomed.begun()
        doomed.kill()
        killed = time.monotonic()
        await replicas.answered([asked])
        took.append(replicas.server.answered[asked] - killed)
    await replicas.settled()
    if not quick and max(took) > lease + _BEYOND:
        raise AssertionError(f"taken over after {max(took):.1f} s")
    return f"taken over after {min(took):.1f} to {max(took):.1f} s, the lease being {lease}"


async def _cut_off(replicas: Fleet, quick: bool) -> str:
    """Cut one off from the database for a while, each time in the midst of a question."""
    lease = _lease(quick)
    with proxied(replicas.cluster.primary.port) as way:
        (lonely,) = await replicas.start(1, ports=[way.port], SLOW=str(2 * lease))
        await replicas.start(2)
        await asyncio.sleep(lease + _BEYOND)
        for times, part in enumerate(("cut", "freeze")[: 1 if quick else 2], 1):
            # Another one each time: what was computed once is remembered.
            asked = await replicas.ask(lonely, f"{SLOW_QUESTION} {times}")
            await lonely.begun(times)
            getattr(way, part)()
            await replicas.answered([asked])
            # Until it has come to its own answer, which nobody is to see.
            await asyncio.sleep(2 * lease)
            way.mend()
            # Whoever asks while it still looks for the database is told so.
            await asyncio.sleep(lease)
            await replicas.all_answered([await replicas.ask(lonely)])
    return ""


async def _slow(replicas: Fleet, quick: bool) -> str:
    """Have each piece of what the database is told and tells take a tenth of a second."""
    with proxied(replicas.cluster.primary.port) as way:
        await replicas.start(2, ports=[way.port])
        way.delay = 0.1
        await replicas.all_answered(await replicas.load(2 if quick else 20, every=1.0))
    return ""


async def _replaced(replicas: Fleet, quick: bool) -> str:
    """Replace four replicas one after the other while they are asked."""
    await replicas.start(4)
    asking = asyncio.create_task(replicas.load(40 if quick else 500, every=0.05))
    for old in list(replicas.replicas):
        await replicas.start(1)
        await old.stop()
    await replicas.all_answered(await asking)
    return ""


_FAULTS: dict[str, _Fault] = {
    "killed": _killed,
    "cut off": _cut_off,
    "replaced": _replaced,
    "slow": _slow,
}
