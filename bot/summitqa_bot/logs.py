"""What is logged, and where the trace of an unforeseen error goes: no secret in either."""

import json
import logging
import tempfile
import threading
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from summitqa_bot import redact
from summitqa_bot.private import make_private
from summitqa_bot.settings import Settings

log = logging.getLogger(__name__)


EVENT: ContextVar[str] = ContextVar("EVENT", default="")
"""The id of the exchange that is attended, on every line of it; empty outside of one."""


class _Text(logging.Formatter):
    """A line for people; a traceback stands below it."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(event)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        record.event = f" [{EVENT.get()}]" if EVENT.get() else ""
        return redact.blank(super().format(record), self._secrets)


class _Json(logging.Formatter):
    """An object a line, its traceback within it."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        trace = record.exc_text or (
            self.formatException(record.exc_info) if record.exc_info else ""
        )
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            # Blanked before what JSON escapes: a secret may hold a quote.
            "message": redact.blank(record.getMessage(), self._secrets),
            "event": EVENT.get(),
            "trace": redact.blank(trace, self._secrets),
        }
        return json.dumps({name: value for name, value in told.items() if value})


def configure_logging(chosen: Settings) -> None:
    """Log to standard error, no secret ever in it."""
    handler = logging.StreamHandler()
    form = _Json if chosen.log_format == "json" else _Text
    handler.setFormatter(form(chosen.secrets))
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
