"""A run of a version's passages, searched in the database; what is found is weighed here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from summitqa.article import Article, Passage
from summitqa.encoder import Floats, Ints
from summitqa.postgres.held import Extent, Held, damaged, sound
from summitqa.postgres.queries import PROBED, SPARE
from summitqa.postgres.reads import Asked, Found
from summitqa.postgres.rows import ABOVE, PART, probes
from summitqa.postgres.vectors import Vector
from summitqa.runs import runs
from summitqa.snapshot import Blocks, Hits, Postings

_NONE = np.zeros(0, np.int32)
_NOWHERE = Postings(_NONE, _NONE, _NONE, _NONE, _NONE)


@dataclass(frozen=True, slots=True)
class PostgresScope:
    """Passages ``first:last`` of a version: those of one article, or all.

    It remembers what one question asked for already: it goes with the question.
    """

    held: Held
    first: int
    last: int
    extent: Extent
    _postings: dict[str, Postings] = field(default_factory=dict)
    _articles: dict[int, Article] = field(default_factory=dict)

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self.last - self.first

    @property
    def mean_words(self) -> float:
        """How many words a sentence has on average."""
        return self.extent.mean_words

    @property
    def _whole(self) -> bool:
        return self.extent is self.held.whole

    def search(self, stems: Sequence[str], vector: Floats, count: int) -> Hits:
        """Look for stems, and for the sentences nearest to a vector, in one round trip."""
        missing = self._missing(stems)
        near = self._near(vector, count)
        asked = [*near, *self._looked_up(missing)]
        found = self.held.reads(*asked)
        self._remember(missing, found[len(near) :])
        with sound(self.held.version):
            sentences, passages, cosines = (
                np.frombuffer(raw or b"", kind)
                for raw, kind in zip(found[len(near) - 1][0], (">i4", ">i4", ">f4"), strict=True)
            )
            order = np.lexsort((sentences, -cosines))
            postings = [self._postings.get(stem, _NOWHERE) for stem in stems]
            return Hits(
                postings,
                sentences[order].astype(np.int32),
                passages[order].astype(np.int32),
                cosines[order].astype(np.float32),
            )

    def _near(self, vector: Floats, count: int) -> list[Asked]:
        queries = self.held.queries
        values = {
            "number": self.held.number,
            "first": self.extent.first,
            "last": self.extent.last,
            "half": Vector.of(vector, ">f2"),
            "single": Vector.of(vector, ">f4"),
            "count": count,
            "spare": SPARE,
        }
        if self._whole and self.held.own:
            return [(PROBED, (str(probes(self.extent.last)),)), (queries.listed, values)]
        return [(queries.exact, values)]

    def _missing(self, stems: Sequence[str]) -> list[str]:
        """Give the stems that are on the shelf and whose postings are not here yet."""
        known = self.held.stems
        return [one for one in dict.fromkeys(stems) if one in known and one not in self._postings]

    def _looked_up(self, stems: Sequence[str]) -> list[Asked]:
        if not stems:
            return []
        raw = [one.encode("utf-8", "surrogatepass") for one in stems]
        parts = (ABOVE, self.extent.first // PART, (self.extent.last - 1) // PART)
        return [(self.held.queries.postings, (self.held.number, raw, *parts))]

    def _remember(self, stems: Sequence[str], found: list[Found]) -> None:
        bodies: dict[bytes, dict[int, bytes]] = {}
        for stem, part, body in (row for rows in found for row in rows):
            bodies.setdefault(stem, {})[part] = body
        with sound(self.held.version):
            for stem in stems:
                parts = bodies.get(stem.encode("utf-8", "surrogatepass"), {})
                self._postings[stem] = self._read_postings(parts)

    def _read_postings(self, parts: dict[int, bytes]) -> Postings:
        """Read the parts of a stem: its postings, cut to the scope, and what stands under it."""
        above = self._above(parts.pop(ABOVE, b""))
        tables = [np.frombuffer(body, "<i4").reshape(4, -1) for _, body in sorted(parts.items())]
        table = np.concatenate(tables or [np.zeros((4, 0), np.int32)], axis=1)
        if not self._whole:
            bounds = np.asarray((self.extent.first, self.extent.last), table.dtype)
            first, last = np.searchsorted(table[0], bounds)
            table = table[:, first:last]
        sentences, passages, counts, words = table
        return Postings(sentences, passages, counts, words, above)

    def _above(self, body: bytes) -> Ints:
        if not body:
            return _NONE
        starts, ends = np.clip(np.frombuffer(body, "<i4").reshape(2, -1), self.first, self.last)
        return runs(starts, ends).astype(np.int32)

    def holding(self, pieces: Ints) -> Ints:
        """Count the passages that hold each vocabulary id."""
        return self.extent.frequencies.of(pieces)

    def standing(self, stems: Sequence[str]) -> Ints:
        """Count the sentences that hold each stem and the passages under it."""
        if self._whole:
            return np.asarray([self.held.stems.find(one) or 0 for one in stems], np.int32)
        missing = self._missing(stems)
        if missing:
            self._remember(missing, self.held.reads(*self._looked_up(missing)))
        found = [self._postings.get(stem, _NOWHERE) for stem in stems]
        return np.asarray([len(one.sentences) + len(one.above) for one in found], np.int32)

    def forms(self, initial: str) -> Sequence[str]:
        """Give the words of the shelf that begin with a character."""
        raw = initial.encode("utf-8", "surrogatepass")
        found = self.held.ask(self.held.queries.forms, raw)
        with sound(self.held.version):
            return found[0][0].decode().split("\n") if found else []

    def read(self, passages: Ints) -> Blocks:
        """Give what passages consist of; their articles, which are cited next, come with them."""
        numbers = list(dict.fromkeys(self.held.homes(passages)))
        self._articles.update(self.held.kept.among(numbers))
        missing = [one for one in numbers if one not in self._articles]
        number, queries = self.held.number, self.held.queries
        asked = [(queries.passages, (number, passages.tolist()))]
        if missing:
            asked.append((queries.articles, (number, missing)))
        rows, *others = self.held.reads(*asked)
        for found in others:
            self._articles.update(self.held.made(found))
        if len(rows) != len(passages):
            raise damaged(self.held.version)
        with sound(self.held.version):
            return _blocks(passages, rows, self.held.facts["dimension"])

    def cite(self, passages: Sequence[int]) -> list[tuple[Article, Passage]]:
        """Give passages with their articles."""
        numbers = self.held.homes(passages)
        missing = [one for one in numbers if one not in self._articles]
        self._articles.update(self.held.articles(missing))
        firsts = self.held.firsts[numbers].tolist()
        with sound(self.held.version):
            return [
                (self._articles[number], self._articles[number].passages[passage - first])
                for passage, number, first in zip(passages, numbers, firsts, strict=True)
            ]


def _blocks(passages: Ints, rows: Found, dimension: int) -> Blocks:
    firsts, *columns = zip(*rows, strict=True)
    words, counts, scales, tokens = (b"".join(column) for column in columns)
    sizes = np.asarray([len(one) // 4 for one in columns[0]])
    begins = np.asarray(firsts)
    counted = np.frombuffer(counts, "<i4")
    vectors = np.frombuffer(tokens, np.int8).reshape(-1, dimension)
    blocks = Blocks(
        passages=passages,
        firsts=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32),
        sentences=runs(begins, begins + sizes).astype(np.int32),
        words=np.frombuffer(words, "<i4"),
        starts=np.concatenate([[0], np.cumsum(counted, dtype=np.int64)]),
        tokens=vectors,
        scales=np.frombuffer(scales, "<f4"),
    )
    if not len(blocks.words) == len(counted) == len(blocks.sentences) or not (
        len(blocks.scales) == len(vectors) == blocks.starts[-1]
    ):
        raise ValueError("a passage's arrays do not fit one another")
    return blocks
