"""Nearest sentences, within a run of them."""

import numpy as np

from summitqa.nearest import make_index, nearest
from summitqa.vectors import unit


def test_only_sentences_of_the_run_are_found_best_first():
    vectors = unit(np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32))
    index = make_index([vectors[:30], vectors[30:]], 8)
    found, cosines = nearest(index, vectors[20], 5, 10, 40)
    assert found[0] == 20
    assert ((found >= 10) & (found < 40)).all()
    assert (np.diff(cosines) <= 0).all()


def test_fewer_than_asked_for_are_all():
    vectors = np.eye(4, dtype=np.float32)
    assert sorted(nearest(make_index([vectors], 4), vectors[0], 9, 1, 4)[0]) == [1, 2, 3]
