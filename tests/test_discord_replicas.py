"""The shards of one bot on several processes, against a stand-in of Discord on the loopback."""

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
        # Whichever came first may have begun with more than its share.
        await discord.until(lambda: len(discord.identified) >= COUNT, SECONDS)
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
        assert len(discord.identified) < before + COUNT
