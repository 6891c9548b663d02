"""Nearest sentences, within a run of them."""

import faiss
import numpy as np
import pytest

from summitqa.encoder import unit
from summitqa.folder import nearest as module
from summitqa.folder.nearest import check_index, make_index, nearest


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


@pytest.fixture
def many(monkeypatch):
    """More sentences than are compared one by one."""
    monkeypatch.setattr(module, "FLAT_UP_TO", 1000)
    monkeypatch.setattr(module, "LISTS", 20)
    monkeypatch.setattr(module, "PROBED", 8)
    return unit(np.random.default_rng(0).standard_normal((3000, 32)).astype(np.float32))


def test_of_many_sentences_most_of_the_nearest_are_found_at_a_quarter_of_the_memory(many):
    index = make_index([many[:1000], many[1000:]], 32)
    check_index(index, 3000, 32)
    assert index.code_size == 32  # bytes a sentence, of 128
    found = [set(nearest(index, one, 20, 0, 3000)[0].tolist()) for one in many[:50]]
    exact = [set(np.argsort(-(many @ one))[:20].tolist()) for one in many[:50]]
    assert all(number in held for number, held in enumerate(found))
    assert np.mean([len(a & b) / 20 for a, b in zip(found, exact, strict=True)]) > 0.7


def test_of_many_sentences_one_article_is_searched_whole(many):
    index = make_index([many], 32)
    found, cosines = nearest(index, many[7], 100, 1000, 1100)
    assert sorted(found) == list(range(1000, 1100))
    assert np.abs(cosines - many[found] @ many[7]).mean() < 0.01


def test_what_recurs_at_a_fixed_distance_is_found_as_well(many, monkeypatch):
    monkeypatch.setattr(module, "PROBED", 2)
    chance = np.random.default_rng(1)
    topics = np.tile(unit(chance.standard_normal((40, 32)).astype(np.float32)), (80, 1))
    recurring = unit(topics + 0.1 * chance.standard_normal(topics.shape).astype(np.float32))
    index = make_index([recurring], 32)
    shares = []
    for one in recurring[:40]:
        found = nearest(index, one, 40, 0, len(recurring))[0]
        exact = np.argsort(-(recurring @ one))[:40]
        shares.append(len(set(found.tolist()) & set(exact.tolist())) / 40)
    assert np.mean(shares) > 0.9


def test_lists_that_hold_other_sentences_are_refused(many):
    index = make_index([many], 32)
    with pytest.raises(ValueError, match="manifest"):
        check_index(index, 2999, 32)
    code = np.zeros(32, np.uint8)
    index.invlists.update_entry(0, 0, 5000, faiss.swig_ptr(code))
    with pytest.raises(ValueError, match="in one list"):
        check_index(index, 3000, 32)
