"""What a version says of its articles: a line of JSON each, parsed when it is looked at."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from summitqa.folder.paged import Paged

_AT_A_TIME = 1 << 20
_APART = b"\xff"  # in no UTF-8

Record = dict[str, Any]


class Records(Sequence[Record]):
    """The record of each article, by its number; ValueError and the like where one is none.

    All are looked at once to begin with. What is kept of each then is where its line lies and a
    digest of its slug: 20 bytes, where the record itself takes a kilobyte.
    """

    def __init__(self, raw: bytes | Paged) -> None:
        self._raw = raw
        self._names: tuple[bytes, NDArray[np.int64]] | None = None
        bounds, digests, ends = [0], [], [0]
        languages = set()
        for line in _lines(raw):
            record = json.loads(line)
            _check(record)
            bounds.append(bounds[-1] + len(line))
            digests.append(_digest(record["slug"]))
            languages.add(record["language"])
            start, end = record["bytes"]
            if start != ends[-1]:
                raise ValueError("texts do not lie end to end")
            ends.append(end)
        self._bounds = np.asarray(bounds, np.int64)
        self._order = np.argsort(np.asarray(digests, np.uint64), kind="stable").astype(np.int32)
        self._digests = np.asarray(digests, np.uint64)[self._order]
        self.languages = frozenset(languages)
        self.ends = np.asarray(ends, np.int64)
        """Where the texts of the (A,) articles end, in bytes, which lie end to end; 0 before."""

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, number: int, /) -> Record: ...
    @overload
    def __getitem__(self, number: slice, /) -> list[Record]: ...
    def __getitem__(self, number: int | slice, /) -> Record | list[Record]:
        if isinstance(number, slice):
            return [self[one] for one in range(len(self))[number]]
        place = range(len(self))[number]
        found: Record = json.loads(
            self._raw[int(self._bounds[place]) : int(self._bounds[place + 1])]
        )
        return found

    def number(self, slug: str) -> int | None:
        """Give the number of an article by its slug, ``None`` where there is none."""
        digest = np.uint64(_digest(slug))
        first, last = (np.searchsorted(self._digests, digest, side) for side in ("left", "right"))
        numbers = self._order[first:last].tolist()
        return next((one for one in numbers if self[one]["slug"] == slug), None)

    def holding(self, wanted: str) -> Iterator[int]:
        """Give the articles whose slug, or title in small letters, holds a text, in order."""
        names, bounds = self._names = self._names or self._named()
        needle = wanted.encode("utf-8", "surrogatepass")
        number, place = -1, names.find(needle)
        while place >= 0 and number + 1 < len(self):
            number = int(np.searchsorted(bounds, place, side="right")) - 1
            yield number
            place = names.find(needle, int(bounds[number + 1]))

    def _named(self) -> tuple[bytes, NDArray[np.int64]]:
        """Give all titles and slugs one after the other, and where those of each begin."""
        names = [
            _APART.join(
                one.encode("utf-8", "surrogatepass")
                for one in (record["title"].casefold(), record["slug"], "")
            )
            for record in map(json.loads, _lines(self._raw))
        ]
        return b"".join(names), np.cumsum([0, *map(len, names)])


class Slugs(Sequence[str]):
    """The slugs of records, in their order."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, number: int, /) -> str: ...
    @overload
    def __getitem__(self, number: slice, /) -> list[str]: ...
    def __getitem__(self, number: int | slice, /) -> str | list[str]:
        if isinstance(number, slice):
            return [str(record["slug"]) for record in self._records[number]]
        return str(self._records[number]["slug"])

    def __contains__(self, slug: object) -> bool:
        return isinstance(slug, str) and self._records.number(slug) is not None


def published(record: Record) -> date | None:
    """Give the day of a record."""
    return date.fromisoformat(record["published"]) if record["published"] else None


def _check(record: Record) -> None:
    """Raise what using a record later would."""
    kinds = {"slug": str, "title": str, "language": str}
    kinds |= {name: str for name in ("url", "credit") if record[name] is not None}
    for name, kind in kinds.items():
        if not isinstance(record[name], kind):
            raise TypeError(name)
    published(record)


def _digest(slug: str) -> int:
    raw = slug.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest())


def _lines(raw: bytes | Paged) -> Iterator[bytes]:
    """Give the lines with their ends, some at a time."""
    rest = b""
    for start in range(0, len(raw), _AT_A_TIME):
        *whole, rest = (rest + raw[start : start + _AT_A_TIME]).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest
