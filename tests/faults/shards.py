"""Twelve shards on three replicas: one is killed, and one comes in its place.

The intervals are those of use, so that this takes minutes.
"""

import asyncio
import time
from pathlib import Path

from discord_replicas import COUNT, Replicas, running
from discord_rest import APP

from tests import postgres
from tests.faults.common import Tally, require

# What Discord asks for between two that identify.
INTERVAL = 5.0
_LONGEST = 300.0
_QUICKER = 25
_QUICK = {
    "INTERVAL_SECONDS": 0.22, "LEASE_SECONDS": 4.0, "CLOSING_SECONDS": 1.0, "BEAT_SECONDS": 0.1,
}  # fmt: skip


def run(folder: Path, quick: bool) -> Tally:
    with postgres.serving(folder / "pg") as fresh:
        return asyncio.run(_run(folder, fresh(), quick))


async def _run(folder: Path, url: str, quick: bool) -> Tally:
    tally, said = Tally(), []
    least = INTERVAL / _QUICKER if quick else INTERVAL
    async with running(folder, url, 3, _QUICK if quick else {}, told=False) as replicas:
        said.append(f"all {COUNT} heard after {await _whole(replicas):.0f} s")
        replicas.bots[2].process.kill()
        await replicas.discord.until(lambda: not replicas.whole, _LONGEST)
        said.append(f"again {await _whole(replicas):.0f} s after a kill")
        before = len(replicas.discord.identified)
        await replicas.add()
        await replicas.discord.until(
            lambda: len(replicas.discord.identified) >= before + COUNT // 3, _LONGEST
        )
        await _whole(replicas)
        gap, count = replicas.least_gap, len(replicas.discord.identified)
        tally.attempt("least gap", lambda: require(gap >= least, f"{gap:.2f} s"))
        for shard in range(COUNT):
            tally.attempt(
                f"shard {shard}", lambda: require(replicas.whole, "heard by not just one")
            )
        said.append(f"least gap of {count} that identified: {gap:.2f} s")
        await replicas.discord.say(f"<@{APP}> Who is there?")
        await replicas.discord.until(replicas.discord.shown)
    tally.note = "; ".join(said)
    return tally


async def _whole(replicas: Replicas) -> float:
    began = time.monotonic()
    await replicas.discord.until(lambda: replicas.whole, _LONGEST)
    return time.monotonic() - began
