"""Texts that have a number, known by their digests: 12 bytes each, wherever the texts are.

So whoever opened a version tells what is on it, and how often, without asking the database.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summitqa.encoder import Ints


@dataclass(frozen=True, slots=True)
class Known:
    """``digests``: (n,) uint64, ascending; ``numbers``: (n,) that of each text.

    Of 64 bits each, two of a hundred million texts are alike once in 4,000 shelves.
    """

    digests: NDArray[np.uint64]
    numbers: Ints

    @classmethod
    def of(cls, texts: Iterable[str], numbers: Ints) -> "Known":
        """Know texts, each once, by their numbers."""
        digests = np.fromiter((_digest(one) for one in texts), np.uint64)
        order = np.argsort(digests, kind="stable")
        return cls(digests[order], numbers[order].astype(np.int32))

    @classmethod
    def load(cls, raw: bytes) -> "Known":
        """Read what ``dump`` gave; ValueError where it is something else."""
        count, rest = divmod(len(raw), 12)
        known = cls(np.frombuffer(raw, "<u8", count), np.frombuffer(raw, "<i4", count, 8 * count))
        if rest or (known.digests[1:] < known.digests[:-1]).any():
            raise ValueError("digests are ascending, each with a number")
        return known

    def dump(self) -> bytes:
        """Give the bytes: digests, then numbers."""
        return self.digests.astype("<u8").tobytes() + self.numbers.astype("<i4").tobytes()

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.find(text) is not None

    def find(self, text: str) -> int | None:
        """Give a text's number, ``None`` where it is not known."""
        digest = np.uint64(_digest(text))
        place = int(np.searchsorted(self.digests, digest))
        there = place < len(self.digests) and self.digests[place] == digest
        return int(self.numbers[place]) if there else None


def _digest(text: str) -> int:
    raw = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "little")
