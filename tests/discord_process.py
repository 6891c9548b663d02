"""The Discord bot as a process of its own, in front of the small desk: for the wire tests."""

import asyncio
import logging
import os
import signal
import sys

from discord_desk import FakeDesk

from summitqa.errors import SummitQAError
from summitqa_bot.discord.app import run
from summitqa_bot.settings import Settings


async def main() -> None:
    serving = asyncio.create_task(
        run(
            Settings.from_env(os.environ),
            FakeDesk(slow=float(os.environ.get("SLOW", "0")), open={os.environ.get("OPEN")}),
        )
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        print("stopped", flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG)
    try:
        asyncio.run(main())
    except SummitQAError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
