"""Being a user without rights for a while: root reads and writes whatever its mode says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_NOBODY = 65534


@contextmanager
def nobody() -> Iterator[None]:
    """Act as nobody in particular; as ourselves where we are not root anyway."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if before == 0:
            os.seteuid(0)
