"""Serve: put the desk together, and end cleanly when told to."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.assemble import Tell, open_library
from summitqa_bot.front_ends import FrontEnd, serve_all
from summitqa_bot.health import Health
from summitqa_bot.logs import configure_logging, log_strays
from summitqa_bot.metrics import Counting
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import SEARCHED, Settings
from summitqa_bot.state import State

log = logging.getLogger(__name__)

# What a stop may take is 5 seconds; those who fear for their work are given nearly all of it.
STOP_SECONDS = 4.7


def run_bot(chosen: Settings, front_ends: Sequence[FrontEnd], tell: Tell) -> None:
    """Serve all of these until SIGTERM or Ctrl-C, then end cleanly.

    Raises what the last of them ended with, where none is left.
    """
    configure_logging(chosen)
    log_strays()
    # Until the loop takes over: a container's first process is not ended by default.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # Whatever the terminal is about, the bot opens the shelves that its communities ask.
    chosen = replace(chosen, shelf=HOUSE)
    library, encoder, _ = open_library(chosen, tell)
    state = State(chosen.home, chosen.database_url)
    if chosen.database_search < SEARCHED and (lacking := state.overviews.lacks_rows()):
        log.warning("%s", lacking)
    desk = Desk(chosen, library, state, encoder)
    logging.getLogger().addHandler(Counting(desk.metrics))
    platforms, read_url = [one.platform for one in front_ends], chosen.database_read_url
    followed = partial(assemble.followed, chosen)
    health = Health(desk.metrics, chosen.folder, state, platforms, read_url, followed)
    asyncio.run(_serve(chosen, desk, front_ends, health))
    _leave_if_stuck()


async def _serve(
    chosen: Settings, desk: Desk, front_ends: Sequence[FrontEnd], health: Health
) -> None:
    task = asyncio.create_task(_served(chosen, desk, front_ends, health))

    def stop() -> None:
        _leave_by(STOP_SECONDS)
        desk.call_off()
        task.cancel()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    try:
        await task
    except asyncio.CancelledError:
        log.info("stopped")


async def _served(
    chosen: Settings, desk: Desk, front_ends: Sequence[FrontEnd], health: Health
) -> None:
    await desk.start()
    try:
        async with health.serving(chosen.health):
            await serve_all(front_ends, chosen, desk)
    finally:
        await desk.close()


def _leave_by(seconds: float) -> None:
    """Leave when the time of a stop is up, whatever still runs.

    That is as good as a kill, which neither the index nor the database minds.
    """
    timer = threading.Timer(seconds, _leave)
    timer.daemon = True
    timer.start()


def _leave_if_stuck() -> None:
    """Leave at once where a worker thread still computes: its answer has nobody to go to."""
    waiting = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if any(not thread.daemon for thread in waiting):
        _leave()


def _leave() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    logging.shutdown()
    os._exit(0)
