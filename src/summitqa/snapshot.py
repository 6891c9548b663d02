"""The joint between ranking and storage: one immutable version of the shelf, for reading.

Whatever ranks, explains, spells or shows sees a *snapshot* and a *scope* of it, never how they are
kept. An engine numbers the passages of a version from 0 in the order of the shelf, and so the
sentences; those of an article lie in a row. Any call may raise IndexDamagedError where what is
kept is no longer what was checked.
"""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from summitqa.article import Article, Passage
from summitqa.encoder import Floats, Ints
from summitqa.errors import ArticleUnknownError


@dataclass(frozen=True, slots=True)
class Postings:
    """Where a stem stands in a scope, all int32.

    ``sentences``: (n,) those that hold it, ascending; ``passages``: (n,) the passage of each;
    ``counts``: (n,) how often it stands there; ``words``: (n,) how many words the sentence has;
    ``above``: (h,) the passages whose title or headings hold it, ascending.
    """

    sentences: Ints
    passages: Ints
    counts: Ints
    words: Ints
    above: Ints


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found: ``postings`` of each stem, in order, and the k sentences nearest.

    ``sentences`` and ``passages``: (k,) int32, the latter those of the former; ``cosines``: (k,)
    float32, of each sentence's vector and the question's, largest first.
    """

    postings: Sequence[Postings]
    sentences: Ints
    passages: Ints
    cosines: Floats


class Rows(Protocol):
    """The int8 vectors of t tokens: a slice of rows gives an (n, d) array, read when asked for."""

    def __getitem__(self, rows: slice, /) -> NDArray[np.int8]: ...


@dataclass(frozen=True, slots=True)
class Blocks:
    """The c passages that were asked for, with their s sentences and t tokens, all in order.

    ``passages``: (c,) numbers, ascending; ``firsts``: (c,) where each one's sentences begin among
    ``sentences``: (s,) numbers; ``words``: (s,) int32, how many each has; ``starts``: (s + 1,)
    where each one's tokens begin among ``tokens``, and their end; ``scales``: (t,) float32, what
    to multiply each token's int8 vector by.
    """

    passages: Ints
    firsts: Ints
    sentences: Ints
    words: Ints
    starts: NDArray[np.int64]
    tokens: Rows
    scales: Floats


class Scope(Protocol):
    """What one question searches: the whole shelf, or the passages of one article."""

    @property
    def first(self) -> int:
        """The number of the first passage; the others follow in a row."""

    @property
    def passages(self) -> int:
        """How many passages there are, at least one."""

    @property
    def mean_words(self) -> float:
        """How many words a sentence has on average, summed in float32."""

    def search(self, stems: Sequence[str], vector: Floats, count: int) -> Hits:
        """Look for stems, and for the ``count`` sentences nearest to a (d,) unit vector."""

    def holding(self, pieces: Ints) -> Ints:
        """Count, for each of (q,) vocabulary ids, the passages that hold it: (q,)."""

    def standing(self, stems: Sequence[str]) -> Ints:
        """Count, for each of n stems, the sentences that hold it and the passages under it: (n,).

        Under it is what its title or headings hold it.
        """

    def forms(self, initial: str) -> Sequence[str]:
        """Give the words that begin with a character, as they are spelt, folded, in order.

        They may be those of the whole shelf.
        """

    def read(self, passages: Ints) -> Blocks:
        """Give what (c,) passages of the scope, ascending and each once, consist of."""

    def cite(self, passages: Sequence[int]) -> list[tuple[Article, Passage]]:
        """Give passages with the articles that hold them."""


class Snapshot(Protocol):
    """One immutable version; may be used by many threads, hashed, and weakly referred to."""

    @property
    def version(self) -> str:
        """The version's id."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What it says of itself, as JSON has it.

        Among it ``model``, ``checksum`` (of the model), ``dimension``, ``built_at`` (ISO 8601),
        ``sources``, and counts: ``articles``, ``passages``, ``sentences``, ``bytes``.
        """

    @property
    def slugs(self) -> Sequence[str]:
        """The slug of each article, in the order of the shelf; one that is there is found soon."""

    @property
    def languages(self) -> Collection[str]:
        """The languages of its articles (ISO 639-1)."""

    @property
    def vocabulary(self) -> Container[str]:
        """The stems of all words on the shelf, those of titles and headings included."""

    def scope(self, article: str | None) -> Scope:
        """Give an article, by slug, or the whole shelf to search; ArticleUnknownError for none."""

    def article(self, slug: str) -> Article:
        """Give an article; ArticleUnknownError where the shelf has none of that slug."""

    def titles(self, typed: str, count: int) -> list[tuple[str, str]]:
        """Give (slug, title) of the first ``count`` articles that hold what was typed in either.

        Upper and lower case are one in titles, and white space around what was typed is left out.
        """


def status(snapshot: Snapshot) -> dict[str, Any]:
    """Give the ``status --json`` contract."""
    names = ("built_at", "model", "articles", "passages", "sentences", "bytes")
    return {"index_version": snapshot.version} | {name: snapshot.facts[name] for name in names}


def unknown_article(slug: str, slugs: Sequence[str]) -> ArticleUnknownError:
    """Make the error of a slug that is none of these."""
    shown = slugs[:6] if len(slugs) <= 6 else slugs[:5]
    more = f" and {len(slugs) - 5} more" if len(slugs) > 6 else ""
    return ArticleUnknownError(
        f"No article is called {slug!r}; the shelf has {', '.join(shown)}{more}."
    )
