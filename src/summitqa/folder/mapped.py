"""A large file mapped into memory: the system pages in what is looked at, and nothing is held.

A mapping shows every later change of the file, and one that was cut since kills the process that
looks (SIGBUS). So the file is checked whole when it is opened, by the very descriptor that is
mapped, and before it is looked at again the system is asked whether it is still as it was then.
"""

import hashlib
import mmap
import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

_AT_A_TIME = 1 << 20
_State = tuple[int, int, int, int]


class Mapped:
    """The bytes of a file, as ``view``; safe to use from many threads.

    ``check`` is to be called before they are looked at. ``sha256`` is that of the file as it was
    read to begin with; ``failure()`` is raised where it is no longer that.
    """

    def __init__(self, descriptor: int, size: int, failure: Callable[[], Exception]) -> None:
        self._descriptor = os.dup(descriptor)
        weakref.finalize(self, os.close, self._descriptor)
        self._size = size
        self._failure = failure
        self._lock = threading.Lock()
        self._good = self._state()
        self._bad: _State | None = None
        self.sha256 = self._digest()
        if self._state() != self._good:
            raise failure()
        self.view = memoryview(mmap.mmap(self._descriptor, size, access=mmap.ACCESS_READ))

    def __len__(self) -> int:
        return self._size

    @property
    def path(self) -> str | None:
        """A path that leads to this very file, whatever has its name; ``None`` where none does."""
        found = (Path(folder, str(self._descriptor)) for folder in ("/proc/self/fd", "/dev/fd"))
        return next((str(path) for path in found if path.exists()), None)

    def check(self) -> None:
        """Raise ``failure()`` where the file is not what it was: about a microsecond.

        One that was only touched, moved or removed is read whole once more, and good again.
        """
        state = self._state()
        if state == self._good:
            return
        with self._lock:
            if state == self._good:
                return
            if state == self._bad or state[0] != self._size or self._digest() != self.sha256:
                self._bad = state
                raise self._failure()
            self._good = state

    def _state(self) -> _State:
        try:
            found = os.fstat(self._descriptor)
        except OSError as error:
            raise self._failure() from error
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino

    def _digest(self) -> str:
        digest = hashlib.sha256()
        try:
            for start in range(0, self._size, _AT_A_TIME):
                digest.update(os.pread(self._descriptor, _AT_A_TIME, start))
        except OSError as error:  # as a failing disk has it
            raise self._failure() from error
        return digest.hexdigest()
