"""Where the vectors of a passage come from: an earlier version, an interrupted build, the model."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from summitqa.article import Article, Passage
from summitqa.encoder import Encoder
from summitqa.folder.store import Store
from summitqa_index.journal import Journal
from summitqa_index.vectors import PassageVectors, embed, key_of, keys_of, stored
from summitqa_index.writer import Writer

_BATCH = 64

Step = Callable[[int, int], None]


def fill(
    writer: Writer,
    articles: Sequence[Article],
    encoder: Encoder,
    before: Iterable[Store | None],
    journal: Journal,
    step: Step,
    check: Callable[[], None],
) -> tuple[int, int]:
    """Give the writer every passage's vectors; how many were taken from before, how many made.

    ``step`` is called with (done, total) before each batch and at the end, ``check`` before each
    passage: a batch may take longer than a stop. Both may raise.
    """
    known = _known(before, encoder.checksum)
    total = sum(len(article.passages) for article in articles)
    flat = ((article, passage) for article in articles for passage in article.passages)

    def vectors_of(item: tuple[Article, Passage]) -> tuple[bytes, PassageVectors, bool]:
        check()
        key = key_of(*item, encoder.checksum)
        if key in known:
            return key, stored(*known[key]), True
        kept = journal.get(key, len(item[1].sentences), encoder.dimension)
        if kept is not None:
            return key, kept, True
        vectors = embed(encoder, *item)
        journal.add(key, vectors)
        return key, vectors, False

    done = reused = 0
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for batch in _batches(flat):
            step(done, total)
            for key, vectors, taken in pool.map(vectors_of, batch):
                writer.add_passage(key, vectors)
                reused += taken
            journal.flush()
            done += len(batch)
    step(total, total)
    return reused, total - reused


def _known(stores: Iterable[Store | None], checksum: str) -> dict[bytes, tuple[Store, int]]:
    """Give the passages whose vectors can be taken from earlier versions, by content key."""
    return {
        key: (store, row)
        for store in stores
        if store is not None and store.facts["checksum"] == checksum
        for row, key in enumerate(keys_of(store))
    }


def _batches(items: Iterable[tuple[Article, Passage]]) -> Iterator[list[tuple[Article, Passage]]]:
    """Group lazily, so that the vectors of a whole shelf never stand in memory at once."""
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
