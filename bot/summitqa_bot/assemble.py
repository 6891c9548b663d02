"""Put the parts together: settings, encoder, index, library, state, desk."""

import asyncio
import logging
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from summitqa.encoder import Encoder
from summitqa.errors import IndexBusyError, SettingsError
from summitqa.library import Library, current_version
from summitqa.model import ENCODER, READER, Model, load_encoder, load_reader
from summitqa.reader import Reader
from summitqa.settings import OFF, Settings
from summitqa_bot import redact
from summitqa_bot.desk import Desk
from summitqa_bot.state import State, files
from summitqa_index.build import Job, Progress, Report, build, has_index
from summitqa_index.lock import holder

log = logging.getLogger(__name__)

# What a stop may take is 5 seconds; those who fear for their work are given nearly all of it.
STOP_SECONDS = 4.7

Tell = Callable[[Progress], None]
Serve = Callable[[Settings, Desk], Awaitable[None]]

_TRY_AGAIN_SECONDS = 0.5


def settings() -> Settings:
    """Read settings from the environment."""
    return Settings.from_env(os.environ)


def existing() -> Path:
    """Give the data folder; IndexMissingError where there is none, for its name may be a slip."""
    home = settings().home
    if not home.is_dir():
        current_version(home)
    return home


def _make_home(chosen: Settings) -> None:
    try:
        chosen.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"SUMMITQA_HOME is {str(chosen.home)!r}, but expects a folder that can be made "
            f"and written ({error.strerror})."
        ) from error


def open_encoder(chosen: Settings, tell: Tell) -> Encoder:
    """Load the encoder, telling where that takes its one long export."""
    _make_home(chosen)
    with _preparing(Model(ENCODER, chosen.model, chosen.home), tell):
        return load_encoder(chosen.home, chosen.model)


def open_reader(chosen: Settings, tell: Tell) -> Reader | None:
    """Load the reader, if there is to be one, telling where that takes its one long export."""
    if chosen.reader == OFF:
        return None
    with _preparing(Model(READER, chosen.reader, chosen.home), tell):
        return load_reader(chosen.home, chosen.reader)


@contextmanager
def _preparing(model: Model, tell: Tell) -> Iterator[None]:
    if model.is_ready:
        yield
        return
    log.info("preparing the model %s, once; this takes a minute or so", model.name)
    tell(Progress("model", 0, 1))
    yield
    tell(Progress("model", 1, 1))


def open_library(chosen: Settings, tell: Tell) -> tuple[Library, Encoder, Report | None]:
    """Open the index in use, building it from the sources first where there is none."""
    encoder, reader = open_encoder(chosen, tell), open_reader(chosen, tell)
    first = Job(chosen, encoder, f"the first start of process {os.getpid()}", tell)
    report = _first_build(first)
    return Library(chosen.home, encoder, reader), encoder, report


def _first_build(job: Job) -> Report | None:
    """Build where there is no index, or wait for whoever does; should they fail it is our turn."""
    home, waiting = job.settings.home, False
    while not has_index(home):
        try:
            return build(job)
        except IndexBusyError:
            if not waiting:
                log.warning("the first index is being built, %s; waiting for it", holder(home))
            waiting = True
            time.sleep(_TRY_AGAIN_SECONDS)
    return None


def run_bot(chosen: Settings, serve: Serve, tell: Tell) -> None:
    """Serve one platform until SIGTERM or Ctrl-C, then end cleanly."""
    configure_logging(chosen)
    log_strays()
    # Until the loop takes over: a container's first process is not ended by default.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    library, encoder, _ = open_library(chosen, tell)
    state = State(chosen.home, chosen.database_url)
    asyncio.run(_serve(chosen, Desk(chosen, library, state, encoder), serve))
    _leave_if_stuck()


async def _serve(chosen: Settings, desk: Desk, serve: Serve) -> None:
    task = asyncio.create_task(_served(chosen, desk, serve))

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


async def _served(chosen: Settings, desk: Desk, serve: Serve) -> None:
    await desk.start()
    try:
        await serve(chosen, desk)
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


class _WithoutSecrets(logging.Formatter):
    """Blanks every secret in the finished line, tracebacks included."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return redact.blank(super().format(record), self._secrets)


def configure_logging(chosen: Settings) -> None:
    """Log to standard error, no secret ever in it."""
    handler = logging.StreamHandler()
    handler.setFormatter(_WithoutSecrets(chosen.secrets))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(chosen.log_level.upper())
    for chatty in ("sqlalchemy", "discord", "slack_bolt", "slack_sdk", "aiohttp.access", "asyncio"):
        logging.getLogger(chatty).setLevel(max(root.level, logging.WARNING))


def log_strays() -> None:
    """Send to the log what would go past it: warnings, threads that fail, its own faults."""
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    threading.excepthook = lambda given: log.error("a thread failed", exc_info=given.exc_value)


def keep_trace(error_id: str, error: Exception) -> Path:
    """Write the traceback of an unforeseen error to a file, its secrets blanked; give its path."""
    text = redact.blank("".join(traceback.format_exception(error)), redact.secrets())
    path = Path(tempfile.gettempdir()) / f"summitqa-error-{error_id}.txt"
    files.make_private(path)
    path.write_text(text, "utf-8")
    return path
