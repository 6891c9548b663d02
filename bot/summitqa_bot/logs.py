"""What is logged, and where the trace of an unforeseen error goes: no secret in either."""

import logging
import tempfile
import threading
import traceback
from pathlib import Path

from summitqa_bot import redact
from summitqa_bot.private import make_private
from summitqa_bot.settings import Settings

log = logging.getLogger(__name__)


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
    for chatty in (
        "sqlalchemy",
        "discord",
        "slack_bolt",
        "slack_sdk",
        "aiohttp.access",
        "asyncio",
        "aiosqlite",
    ):
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
    make_private(path)
    path.write_text(text, "utf-8")
    return path
