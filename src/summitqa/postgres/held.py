"""What is held of a version whose rows are in the database: little, however large the shelf is."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from summitqa.article import Article
from summitqa.encoder import Ints
from summitqa.errors import IndexDamagedError
from summitqa.postgres.articles import Kept, article_of
from summitqa.postgres.known import Known
from summitqa.postgres.queries import OPENED, THERE, Queries
from summitqa.postgres.reads import Found, Reads


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many passages hold each vocabulary id: ``pieces``, ascending, and ``passages``, (n,)."""

    pieces: Ints
    passages: Ints

    @classmethod
    def load(cls, raw: bytes) -> "Frequencies":
        """Read ids, then passages; ValueError where it is something else."""
        pieces, passages = np.frombuffer(raw, "<i4").reshape(2, -1)
        if not len(pieces):
            raise ValueError("no passage holds a token")
        return cls(pieces, passages)

    def of(self, pieces: Ints) -> Ints:
        """Give those of (q,) ids."""
        places = np.minimum(np.searchsorted(self.pieces, pieces), len(self.pieces) - 1)
        found: Ints = np.where(self.pieces[places] == pieces, self.passages[places], 0)
        return found


@dataclass(frozen=True, slots=True)
class Extent:
    """What a scope is counted by: its sentences ``first:last``, and their mean words."""

    first: int
    last: int
    mean_words: float
    frequencies: Frequencies


@dataclass(frozen=True, eq=False)
class Held:
    """An opened version; see ``rows.VERSION``."""

    reads: Reads
    queries: Queries
    version: str
    number: int
    own: bool
    facts: Mapping[str, Any]
    firsts: Ints
    whole: Extent
    stems: Known
    slugs: Known
    languages: frozenset[str]
    kept: Kept = field(default_factory=Kept)

    @classmethod
    def open(cls, reads: Reads, shelf: str, version: str) -> "Held | None":
        """Open a version, ``None`` where the database has none of that id (yet)."""
        if reads((THERE, ())) == [[(False,)]]:
            return None
        (found,) = reads((OPENED, (shelf, version)))
        if not found:
            return None
        with sound(version):
            number, own, sentences, mean_words, *raw = found[0]
            facts, firsts, frequencies, stems, slugs, languages = raw
            whole = Extent(0, sentences, mean_words, Frequencies.load(frequencies))
            return cls(
                reads, Queries.of(number, own), version, number, own, json.loads(facts),
                np.frombuffer(firsts, "<i4"), whole, Known.load(stems), Known.load(slugs),
                frozenset(json.loads(languages)),
            )  # fmt: skip

    def ask(self, query: str, *values: Any) -> Found:
        """Put one query about the version, whose number comes first among the values."""
        (found,) = self.reads((query, (self.number, *values)))
        return found

    def articles(self, numbers: Sequence[int]) -> dict[int, Article]:
        """Give articles by their numbers, asking for those that are not kept, at once."""
        found = self.kept.among(numbers)
        missing = [one for one in dict.fromkeys(numbers) if one not in found]
        if missing:
            found |= self.made(self.ask(self.queries.articles, missing))
        if len(found) < len(set(numbers)):
            raise damaged(self.version)
        return found

    def made(self, rows: Found) -> dict[int, Article]:
        """Make articles from their rows, and keep them."""
        with sound(self.version):
            articles = {number: article_of(*row) for number, *row in rows}
        self.kept.add(articles)
        return articles

    def homes(self, passages: Any) -> list[int]:
        """Give the number of the article that holds each passage."""
        # Of another type they would have all of the firsts copied to theirs.
        sought = np.asarray(passages, self.firsts.dtype)
        found: list[int] = (np.searchsorted(self.firsts, sought, side="right") - 1).tolist()
        return found

    def extent(self, number: int) -> Extent:
        """Give what an article's scope is counted by."""
        found = self.ask(self.queries.scope, number)
        with sound(self.version):
            ((first, count, mean_words, frequencies),) = found
            return Extent(first, first + count, mean_words, Frequencies.load(frequencies))


def damaged(version: str) -> IndexDamagedError:
    """Make the error of rows that are not what was written."""
    return IndexDamagedError(
        f"The index {version} is damaged: its rows in the database are not what was written. Run "
        "`summitqa rollback` to go back to the version before, or `summitqa index` to build it "
        "anew."
    )


@contextmanager
def sound(version: str) -> Iterator[None]:
    """Turn whatever goes wrong with what rows hold into the error that says so."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise damaged(version) from error
