"""Where the ``summitqa`` command begins: importing all else takes long enough to be cut short."""

import os
import signal
from types import FrameType

_INTERRUPTED = 130  # as a shell has it: 128 and the signal's number


def main() -> None:
    """Import the command and run it; Ctrl-C ends it with 130 and not a word, however early."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        # An exception would not do: libraries turn it into another while they are imported.
        signal.signal(signal.SIGINT, _leave)
    try:
        from summitqa_bot.commands.cli import main as run

        signal.signal(signal.SIGINT, before)
        run()
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None


def _leave(_signal: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)
