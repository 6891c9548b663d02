"""Files that nobody else may read."""

import os
from pathlib import Path

_OWNER_ALONE = 0o600


def make_private(path: Path) -> None:
    """Make a file that its owner alone may read and write, whatever the umask; keep its content.

    SQLite gives the files it puts beside a database the mode of the database.
    """
    if path.exists():
        # Not opened: to close it again would let go of the locks that SQLite holds in this process.
        path.chmod(_OWNER_ALONE)
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    os.fchmod(descriptor, _OWNER_ALONE)
    os.close(descriptor)
