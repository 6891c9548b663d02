"""The bytes of a large file as they were when it was checked, whatever becomes of the file since.

A mapped file shows every later change, and one that was cut since kills the process that looks
(SIGBUS). So the file is read anew where it is needed, from the descriptor that was checked, and
each block is held to the digest it had then.
"""

import hashlib
import os
import weakref
from collections.abc import Callable

BLOCK = 4096
# Of each block's SHA-256: damage passes for none once in 10^19 times, for 0.2 % of the file's size.
_DIGEST = 8
_AT_A_TIME = 256 * BLOCK


class Paged:
    """Bytes that are sliced like ``bytes``; safe to use from many threads.

    ``sha256`` is that of the whole file, as it was read once to begin with. A slice raises
    ``failure()`` where the file no longer holds what it held then.
    """

    def __init__(self, descriptor: int, size: int, failure: Callable[[], Exception]) -> None:
        self._descriptor = os.dup(descriptor)
        weakref.finalize(self, os.close, self._descriptor)
        self._size = size
        self._failure = failure
        digests = []
        whole = hashlib.sha256()
        for start in range(0, size, _AT_A_TIME):
            raw = self._read(start, min(start + _AT_A_TIME, size))
            whole.update(raw)
            digests.append(_digests(raw))
        self._digests = b"".join(digests)
        self.sha256 = whole.hexdigest()

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> bytes:
        start, end, _ = span.indices(self._size)
        first, last = start // BLOCK, -(-end // BLOCK)
        raw = self._read(first * BLOCK, min(last * BLOCK, self._size))
        if _digests(raw) != self._digests[_DIGEST * first : _DIGEST * last]:
            raise self._failure()
        return raw[start - first * BLOCK : end - first * BLOCK]

    def _read(self, start: int, end: int) -> bytes:
        try:
            raw = os.pread(self._descriptor, max(0, end - start), start)
        except OSError as error:  # as a failing disk has it
            raise self._failure() from error
        if len(raw) != max(0, end - start):
            raise self._failure()
        return raw


def _digests(raw: bytes) -> bytes:
    view = memoryview(raw)
    blocks = (view[start : start + BLOCK] for start in range(0, len(raw), BLOCK))
    return b"".join(hashlib.sha256(block).digest()[:_DIGEST] for block in blocks)
