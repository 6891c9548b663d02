"""The shards of one bot on several processes, against a stand-in of Discord on the loopback."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from discord_replicas import COUNT, running, server_of
from discord_rest import APP

INTERVAL = 0.3
HASTE = {
    "INTERVAL_SECONDS": INTERVAL, "LEASE_SECONDS": 4.0, "CLOSING_SECONDS": 1.0, "BEAT_SECONDS": 0.1,
}  # fmt: skip
SECONDS = 60


async def test_each_is_served_once_whoever_dies_and_comes_back(
    tmp_path: Path, postgres_databases: Callable[[], str]
) -> None:
    async with running(tmp_path, postgres_databases(), 3, HASTE) as replicas:
        discord = replicas.discord
        await discord.until(lambda: replicas.whole, SECONDS)
        assert replicas.least_gap >= INTERVAL
        assert len(discord.sent("PUT", "/commands$")) == 1

        before = len(discord.identified)
        replicas.bots[2].process.kill()
        await discord.until(lambda: not replicas.whole, SECONDS)
        await discord.until(lambda: replicas.whole, SECONDS)
        moved = sorted({one["shard"][0] for one in discord.identified[before:]})
        assert moved
        for shard in moved:
            await discord.say(f"<@{APP}> Shard {shard}?", guild_id=server_of(shard))
        await discord.until(lambda: len(discord.shown()) == len(moved))

        before = len(discord.identified)
        await replicas.add()
        await discord.until(lambda: len(discord.identified) >= before + COUNT // 3, SECONDS)
        await discord.until(lambda: replicas.whole, SECONDS)
        assert replicas.least_gap >= INTERVAL
        assert len(discord.sent("PUT", "/commands$")) == 1


async def test_one_that_was_frozen_for_longer_than_its_leases_lets_go_before_it_goes_on(
    tmp_path: Path, postgres_databases: Callable[[], str]
) -> None:
    async with running(tmp_path, postgres_databases(), 2, HASTE) as replicas:
        discord, frozen = replicas.discord, replicas.bots[1]
        await discord.until(lambda: replicas.whole, SECONDS)
        os.kill(frozen.process.pid, signal.SIGSTOP)
        try:
            # Its connections are open still, on which nobody hears anything.
            await discord.until(
                lambda: any(len(lines) == 2 for lines in discord.listening.values()), SECONDS
            )
        finally:
            os.kill(frozen.process.pid, signal.SIGCONT)
        await discord.until(lambda: replicas.whole, SECONDS)
        await discord.until(lambda: "its lease could not be kept" in frozen.output, SECONDS)
        assert replicas.least_gap >= INTERVAL
