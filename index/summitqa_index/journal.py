"""What a build has embedded so far, so that one that was interrupted goes on where it was.

``HOME/embedding.journal``: a record a passage, each with a digest of its own. It is appended to,
and removed once a version holds the vectors. Nothing of it is used unverified, and nothing fails
for want of it.
"""

import hashlib
import logging
import os
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from summitqa_index.vectors import PassageVectors

log = logging.getLogger(__name__)

JOURNAL = "embedding.journal"
_HEAD = struct.Struct("<16sIII")  # key, tokens, dimension, sentences
_DIGEST = 16
_MOST = 1 << 24  # tokens of a passage
_VOCABULARY = 1 << 21  # pieces; the largest vocabularies have some hundred thousand
_LONG = 1e6  # the length of a vector


class Journal:
    """The journal of a data folder, opened under the builders' lock; close it."""

    def __init__(self, home: Path) -> None:
        self._path = home / JOURNAL
        self._lock = threading.Lock()
        self._places: dict[bytes, tuple[int, int]] = {}
        self._file: BinaryIO | None = None
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            self._file = os.fdopen(os.open(self._path, flags, 0o600), "r+b")
            self._scan(self._file)
        except OSError as error:
            self._give_up(error)

    def get(self, key: bytes, sentences: int, dimension: int) -> PassageVectors | None:
        """Give the vectors of a passage by its content key, if they are there, whole.

        ``sentences`` and ``dimension`` are what they must have.
        """
        place = self._places.get(key)
        if place is None:
            return None
        with self._lock:
            if (file := self._file) is None:
                return None
            file.seek(place[0])
            raw = file.read(place[1])
        found = _parse(raw) if raw[: len(key)] == key else None
        if found is None or (len(found.firsts), found.tokens.shape[1]) != (sentences, dimension):
            return None
        return found

    def add(self, key: bytes, vectors: PassageVectors) -> None:
        """Append the vectors of a passage."""
        self._write(_record(key, vectors))

    def flush(self) -> None:
        """Hand what was added to the system, so that it outlives this process."""
        self._write(b"")

    def remove(self) -> None:
        """Remove it: a version holds what it held, or its room is needed."""
        try:
            self.close()
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s", self._path, error.strerror)

    def close(self) -> None:
        """Let go of the file."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # what a full disk could not take at the end
                file.close()

    def _scan(self, file: BinaryIO) -> None:
        """Find the whole records, and cut off what was half written."""
        start, end = 0, os.fstat(file.fileno()).st_size
        while (size := _size(file.read(_HEAD.size))) and start + size <= end:
            file.seek(start)
            raw = file.read(size)
            if _parse(raw) is None:
                break
            self._places[raw[:16]] = (start, size)
            start += size
        file.truncate(start)

    def _write(self, raw: bytes) -> None:
        try:
            with self._lock:
                if (file := self._file) is None:  # another thread has given up meanwhile
                    return
                file.seek(0, os.SEEK_END)
                file.write(raw)
                if not raw:
                    file.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """Go on without: its room may be what the version itself needs."""
        log.warning("an interrupted build could not go on where it was: %s", error.strerror)
        self.remove()


def _size(head: bytes) -> int:
    """Give how many bytes a record takes, by its head; 0 where that is none."""
    if len(head) < _HEAD.size:
        return 0
    _, tokens, dimension, sentences = _HEAD.unpack(head)
    if not (0 < tokens < _MOST and 0 < dimension < 1 << 16 and 0 < sentences <= tokens):
        return 0
    return int(_HEAD.size + tokens * (dimension + 12) + 4 * sentences + _DIGEST)


def _record(key: bytes, vectors: PassageVectors) -> bytes:
    tokens, dimension = vectors.tokens.shape
    arrays = (
        vectors.pieces.astype("<i4"),
        vectors.tokens,
        vectors.scales.astype("<f4"),
        vectors.norms.astype("<f4"),
        vectors.firsts.astype("<i4"),
    )
    head = _HEAD.pack(key, tokens, dimension, len(vectors.firsts))
    body = head + b"".join(array.tobytes() for array in arrays)
    return body + hashlib.blake2b(body, digest_size=_DIGEST).digest()


def _parse(raw: bytes) -> PassageVectors | None:
    """Take a record apart; ``None`` where it is not what was written."""
    body, digest = raw[:-_DIGEST], raw[-_DIGEST:]
    if _size(raw[: _HEAD.size]) != len(raw):
        return None
    if hashlib.blake2b(body, digest_size=_DIGEST).digest() != digest:
        return None
    _, tokens, dimension, sentences = _HEAD.unpack_from(body)
    place = _HEAD.size

    def take(kind: str, count: int) -> np.ndarray:
        nonlocal place
        found = np.frombuffer(body, kind, count, place)
        place += found.nbytes
        return found

    found = PassageVectors(
        pieces=take("<i4", tokens),
        tokens=take("i1", tokens * dimension).reshape(tokens, dimension),
        scales=take("<f4", tokens),
        norms=take("<f4", tokens),
        firsts=take("<i4", sentences),
    )
    return found if _sound(found) else None


def _sound(vectors: PassageVectors) -> bool:
    """Tell whether these can be the vectors of a passage, whoever wrote them."""
    firsts, pieces, numbers = vectors.firsts, vectors.pieces, (vectors.scales, vectors.norms)
    return bool(
        firsts[0] == 0
        and (np.diff(firsts, append=len(pieces)) > 0).all()
        and ((pieces >= 0) & (pieces < _VOCABULARY)).all()
        and all(((one >= 0) & (one < _LONG)).all() for one in numbers)  # NaN is neither
    )
