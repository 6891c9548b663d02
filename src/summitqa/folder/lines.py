"""Sorted lines of text, kept as the bytes they lie in: none is a string until it is looked at."""

import codecs
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

_AT_A_TIME = 1 << 20
_REMEMBERED = 64


class Lines(Sequence[str]):
    """Lines of UTF-8, ascending, each once; ValueError for anything else."""

    def __init__(self, raw: NDArray[np.uint8]) -> None:
        if raw.dtype != np.uint8 or raw.ndim != 1:
            raise ValueError("text is kept as bytes")
        self.raw = raw
        self._view = raw.data
        ends = np.flatnonzero(raw == ord("\n"))
        self._bounds = np.concatenate([[0], ends + 1, [len(raw) + 1]])
        self._known: dict[str, int | None] = {}
        self._check()

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Lines":
        """Keep entries, which are ascending and hold no line break."""
        return cls(np.frombuffer("\n".join(entries).encode(), np.uint8))

    def _check(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")()
        for start in range(0, len(self._view), _AT_A_TIME):
            decoder.decode(self._view[start : start + _AT_A_TIME])
        decoder.decode(b"", final=True)
        if not all(one < other for one, other in pairwise(map(self._line, range(len(self))))):
            raise ValueError("lines are ascending")

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, place: int, /) -> str: ...
    @overload
    def __getitem__(self, place: slice, /) -> list[str]: ...
    def __getitem__(self, place: int | slice, /) -> str | list[str]:
        if isinstance(place, int):
            return self._line(range(len(self))[place]).decode()
        first, last, step = place.indices(len(self))
        return [self[one] for one in range(first, last, step)]

    def __contains__(self, text: Any) -> bool:
        return isinstance(text, str) and self.find(text) is not None

    def find(self, text: str) -> int | None:
        """Give the place of a line, ``None`` where there is none that says this.

        A question asks for the same few words again and again: the latest are remembered.
        """
        if text in (known := self._known):
            return known[text]
        wanted = text.encode("utf-8", "surrogatepass")
        place = self._from(wanted)
        found = place if place < len(self) and self._line(place) == wanted else None
        self._known = {text: found} if len(known) >= _REMEMBERED else known | {text: found}
        return found

    def beginning(self, initial: str) -> list[str]:
        """Give the lines that begin with a character."""
        first, last = (
            self._from(one.encode("utf-8", "surrogatepass"))
            for one in (initial, chr(ord(initial) + 1))
        )
        return self[first:last]

    def _from(self, wanted: bytes) -> int:
        """Find the first line that is not below; UTF-8 is in the order of its characters."""
        return bisect_left(range(len(self)), wanted, key=self._line)

    def _line(self, place: int) -> bytes:
        return bytes(self._view[self._bounds[place] : self._bounds[place + 1] - 1])
