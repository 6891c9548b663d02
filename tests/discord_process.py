"""The Discord bot as a process of its own, in front of the small desk: for the wire tests."""

import asyncio
import json
import logging
import os
import signal
import sys

from discord_desk import FakeDesk

from summitqa.errors import SummitQAError
from summitqa_bot.discord import gate, shards
from summitqa_bot.discord.app import run
from summitqa_bot.service.chores import Chores
from summitqa_bot.service.duties import Duties
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, events


async def main() -> None:
    settings = Settings.from_env(os.environ)
    state = State(settings.home, settings.database_url) if settings.database_url else None
    slow, opened = float(os.environ.get("SLOW", "0")), {os.environ.get("OPEN")}
    for name, seconds in json.loads(os.environ.get("HASTE", "{}")).items():
        setattr(gate if hasattr(gate, name) else shards, name, seconds)
    events.LEASE_SECONDS = float(os.environ.get("CLAIMED", events.LEASE_SECONDS))
    desk = FakeDesk(slow=slow, open=opened, state=state)
    chores = Chores(Duties(state.leases, asyncio.to_thread)) if state else None
    if chores:
        desk.claims.begin(chores.begin)
    serving = asyncio.create_task(run(settings, desk))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        print("stopped", flush=True)
    finally:
        if chores:
            await chores.end()


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG)
    try:
        asyncio.run(main())
    except SummitQAError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
