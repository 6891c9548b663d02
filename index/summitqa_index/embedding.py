"""Where the vectors of a passage come from: an earlier version, an interrupted build, the model."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from summitqa.article import Article, Passage
from summitqa.encoder import Encoder
from summitqa_index.journal import Journal
from summitqa_index.publisher import Publisher
from summitqa_index.vectors import PassageVectors, embed, key_of

_BATCH = 64

Step = Callable[[int, int], None]
Keyed = tuple[bytes, Article, Passage]


class Embedding:
    """The vectors of all passages of some articles, and how many were taken from before."""

    def __init__(
        self, articles: Sequence[Article], encoder: Encoder, publisher: Publisher, journal: Journal
    ) -> None:
        self._articles, self._encoder = articles, encoder
        self._publisher, self._journal = publisher, journal
        self.total = sum(len(article.passages) for article in articles)
        self.reused = 0

    def run(
        self, step: Step, check: Callable[[], None]
    ) -> Generator[tuple[bytes, PassageVectors], None, None]:
        """Give each passage's key and vectors, in order; close it where not all are taken.

        ``step`` is called with (done, total) before each batch and at the end, ``check`` before
        each passage: a batch may take longer than a stop. Both may raise.
        """

        def vectors_of(item: Keyed, known: PassageVectors | None) -> tuple[PassageVectors, bool]:
            check()
            return self._vectors(item, known)

        known, done = self._publisher.known(), 0
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            for batch in _batches(self._keyed()):
                step(done, self.total)
                keys = [key for key, _, _ in batch]
                found = pool.map(vectors_of, batch, map(known(keys).get, keys))
                for key, (vectors, taken) in zip(keys, found, strict=True):
                    yield key, vectors
                    self.reused += taken
                self._journal.flush()
                done += len(batch)
        step(self.total, self.total)

    def _keyed(self) -> Iterator[Keyed]:
        for article in self._articles:
            for passage in article.passages:
                yield key_of(article, passage, self._encoder.checksum), article, passage

    def _vectors(self, item: Keyed, known: PassageVectors | None) -> tuple[PassageVectors, bool]:
        """Take a passage's vectors from before, or make them; tell whether they were taken."""
        if known is not None:
            return known, True
        key, article, passage = item
        kept = self._journal.get(key, len(passage.sentences), self._encoder.dimension)
        if kept is not None:
            return kept, True
        vectors = embed(self._encoder, article, passage)
        self._journal.add(key, vectors)
        return vectors, False


def _batches(items: Iterable[Keyed]) -> Iterator[list[Keyed]]:
    """Group lazily, so that the vectors of a whole shelf never stand in memory at once."""
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
