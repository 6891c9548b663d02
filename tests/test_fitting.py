"""What weights are fitted by: it finds those that the data was made from."""

import numpy as np
import pytest

from training.fitting import fit_logistic


def test_a_logistic_fit_finds_the_weights_it_was_made_from():
    chance = np.random.default_rng(0)
    rows = chance.normal(size=(20_000, 1)) * 5
    true = (chance.uniform(size=20_000) < 1 / (1 + np.exp(-(0.4 * rows[:, 0] - 1)))).astype(float)
    weight = np.full(len(true), 1 / len(true))
    assert fit_logistic(rows, true, weight) == pytest.approx([0.4, -1], abs=0.06)
