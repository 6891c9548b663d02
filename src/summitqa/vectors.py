"""Arithmetic on vectors that indexing and answering share."""

import numpy as np

from summitqa.encoder import Floats


def unit(vectors: Floats) -> Floats:
    """Scale the last axis to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = vectors / np.maximum(lengths, np.float32(1e-9))
    return scaled
