"""One immutable version whose rows are in PostgreSQL, for reading."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from sqlalchemy import Engine

from summitqa.article import Article
from summitqa.errors import IndexDamagedError
from summitqa.postgres.articles import named
from summitqa.postgres.held import Held, sound
from summitqa.postgres.known import Known
from summitqa.postgres.reads import Reads
from summitqa.postgres.scope import PostgresScope
from summitqa.snapshot import unknown_article

_AT_A_TIME = 1000
_SHORTLY = 0.1


@dataclass(frozen=True, eq=False)
class PostgresSnapshot:
    """An open version, which is a snapshot."""

    held: Held

    @classmethod
    def open(
        cls, engine: Engine, shelf: str, version: str, seconds: float = 10
    ) -> "PostgresSnapshot":
        """Open a version of a shelf, waiting ``seconds`` for a replica that is behind to show it.

        Raises IndexDamagedError where it does not, or the rows are not what was written, and
        DatabaseUnavailableError.
        """
        reads, until = Reads(engine), time.monotonic() + seconds
        while (held := Held.open(reads, shelf, version)) is None:
            if time.monotonic() > until:
                raise IndexDamagedError(
                    f"The database that is read from has no rows of the index {version}."
                )
            time.sleep(_SHORTLY)
        return cls(held)

    @property
    def version(self) -> str:
        """The version's id."""
        return self.held.version

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the version said of itself when it was written, but for its paths of headings."""
        return self.held.facts

    @property
    def languages(self) -> frozenset[str]:
        """The languages of its articles."""
        return self.held.languages

    @property
    def vocabulary(self) -> Known:
        """The stems of all words."""
        return self.held.stems

    @property
    def slugs(self) -> "Slugs":
        """The slug of each article."""
        return Slugs(self.held)

    def scope(self, article: str | None) -> PostgresScope:
        """Give an article or the whole shelf to search."""
        firsts = self.held.firsts
        if article is None:
            return PostgresScope(self.held, 0, int(firsts[-1]), self.held.whole)
        number = self._number(article)
        first, last = firsts[number : number + 2].tolist()
        return PostgresScope(self.held, first, last, self.held.extent(number))

    def article(self, slug: str) -> Article:
        """Give an article by its slug."""
        number = self._number(slug)
        return self.held.articles([number])[number]

    def titles(self, typed: str, count: int) -> list[tuple[str, str]]:
        """Give (slug, title) of the articles whose title or slug holds what was typed."""
        wanted = typed.casefold().strip().encode("utf-8", "surrogatepass")
        found = self.held.ask(self.held.queries.titles, wanted, count)
        with sound(self.version):
            return [named(record) for (record,) in found]

    def _number(self, slug: str) -> int:
        number = self.held.slugs.find(slug)
        if number is None:
            raise unknown_article(slug, self.slugs)
        return number


class Slugs(Sequence[str]):
    """The slugs of a version's articles, in the order of the shelf."""

    def __init__(self, held: Held) -> None:
        self._held = held

    def __len__(self) -> int:
        return len(self._held.firsts) - 1

    @overload
    def __getitem__(self, number: int, /) -> str: ...
    @overload
    def __getitem__(self, number: slice, /) -> list[str]: ...
    def __getitem__(self, number: int | slice, /) -> str | list[str]:
        chosen = range(len(self))[number]
        if isinstance(chosen, int):
            return self._between(chosen, chosen + 1)[0]
        if not chosen:
            return []
        low, high = min(chosen), max(chosen)
        found = self._between(low, high + 1)
        return [found[one - low] for one in chosen]

    def __contains__(self, slug: object) -> bool:
        return slug in self._held.slugs

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _AT_A_TIME):
            yield from self._between(start, min(start + _AT_A_TIME, len(self)))

    def _between(self, first: int, last: int) -> list[str]:
        found = self._held.ask(self._held.queries.records, first, last)
        with sound(self._held.version):
            if len(found) != last - first:
                raise LookupError("an article is missing")
            return [named(record)[0] for (record,) in found]
