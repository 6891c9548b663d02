"""FAISS: sentence vectors to the sentences nearest to a question."""

from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np

from summitqa.encoder import Floats, Ints

# faiss.omp is a process-wide setting; one thread, as a question is too small to share.
faiss.omp_set_num_threads(1)


def make_index(batches: Sequence[Any], dimension: int) -> Any:
    """Index sentence vectors, given in batches of (n, d), by inner product."""
    index = faiss.IndexFlatIP(dimension)
    for batch in batches:
        index.add(np.ascontiguousarray(batch, np.float32))
    return index


def nearest(index: Any, vector: Floats, count: int, first: int, last: int) -> tuple[Ints, Floats]:
    """Give the sentences of ``first:last`` nearest to a (d,) unit vector, and their cosines."""
    run = faiss.IDSelectorRange(first, last)
    parameters = faiss.SearchParameters(sel=run)  # type: ignore[call-arg]  # its stubs know no keyword
    scores, found = index.search(vector.reshape(1, -1), min(count, last - first), params=parameters)
    kept = found[0] >= 0
    return found[0][kept].astype(np.int32), scores[0][kept]
