"""Runs of numbers."""

from typing import Any

import numpy as np

from summitqa.encoder import Ints


def runs(starts: Any, ends: Any) -> Ints:
    """Concatenate the ranges ``starts[i]:ends[i]``."""
    counts = ends - starts
    offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    found: Ints = np.arange(counts.sum()) + offsets
    return found
