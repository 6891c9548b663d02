"""The int8 vectors of tokens, in rows, wherever they are kept."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summitqa.folder.paged import Paged


class Tokens:
    """The int8 vectors of a shelf's tokens, in rows; a slice of them gives an (n, d) array.

    Raises IndexDamagedError where they are read from a file that has changed since.
    """

    def __init__(self, raw: bytes | Paged, dimension: int) -> None:
        if len(raw) % dimension:
            raise ValueError("the last row is cut")
        self._raw = memoryview(raw) if isinstance(raw, bytes) else raw
        self._dimension = dimension

    def __len__(self) -> int:
        return len(self._raw) // self._dimension

    def __getitem__(self, rows: slice, /) -> NDArray[np.int8]:
        start, end, _ = rows.indices(len(self))
        raw = self._raw[start * self._dimension : end * self._dimension]
        return np.frombuffer(raw, np.int8).reshape(-1, self._dimension)


@dataclass(frozen=True, slots=True)
class Runs:
    """Some runs of rows as if they were one: ``tokens[starts[i]:ends[i]]``, end to end.

    ``places``: where each run begins among them, and the end of all.
    """

    tokens: Tokens
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    places: NDArray[np.int64]

    @classmethod
    def of(cls, tokens: Tokens, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> "Runs":
        """Take runs in their order."""
        return cls(tokens, starts, ends, np.concatenate([[0], np.cumsum(ends - starts)]))

    def __getitem__(self, rows: slice, /) -> NDArray[np.int8]:
        start, end, _ = rows.indices(int(self.places[-1]))
        run = int(np.searchsorted(self.places, start, side="right")) - 1
        parts = []
        while start < end:
            upto = min(end, int(self.places[run + 1]))
            shift = int(self.starts[run] - self.places[run])
            parts.append(self.tokens[start + shift : upto + shift])
            start, run = upto, run + 1
        return parts[0] if len(parts) == 1 else np.concatenate(parts or [self.tokens[:0]])
