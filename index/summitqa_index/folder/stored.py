"""The vectors of passages as an earlier version holds them."""

from collections.abc import Iterator

import numpy as np

from summitqa.folder.store import Store
from summitqa_index.vectors import PassageVectors


def keys_of(store: Store) -> Iterator[bytes]:
    """Give the key of each passage of an earlier version."""
    return (key.tobytes() for key in store.tables.keys)


def stored(store: Store, row: int) -> PassageVectors:
    """Give the vectors of a passage as an earlier version holds them."""
    tables = store.tables
    bounds = tables.sentences[tables.passages[row] : tables.passages[row + 1] + 1]
    first, last = int(bounds[0]), int(bounds[-1])
    return PassageVectors(
        tables.pieces[first:last],
        store.tokens[first:last],
        tables.scales[first:last],
        tables.norms[first:last],
        (bounds[:-1] - first).astype(np.int32),
    )
