"""What a disk refuses, and what somebody else holds, as the sentences for it."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from summitqa.errors import DiskFullError, IndexBusyError, InputError, SummitQAError
from summitqa.files import FULL
from summitqa_bot.strings import saving as said


class BackupBusyError(IndexBusyError):
    """Somebody else is writing the same backup, or restoring into the same folder."""

    def __init__(self, sentence: str) -> None:
        SummitQAError.__init__(self, sentence)


def take(descriptor: int, busy: str) -> None:
    """Take what is open for oneself alone; BackupBusyError of ``busy`` where another has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BackupBusyError(busy) from None


@contextmanager
def refusals(folder: Path, refused: Callable[[str], str]) -> Iterator[None]:
    """Turn what the system refuses into an InputError, no room in ``folder`` into DiskFullError.

    ``refused`` makes the sentence of the system's reason.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFullError(said.NO_ROOM.format(folder=folder)) from error
        raise InputError(refused(error.strerror or str(error))) from error
