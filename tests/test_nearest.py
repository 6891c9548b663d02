"""Nearest sentences, within a run of them."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from summitqa.encoder import unit
from summitqa.folder import nearest as module
from summitqa.folder.mapped import Mapped
from summitqa.folder.nearest import check_index, dump_index, load_index, make_index, nearest


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
    # None there is, one too many, one before the first, and one that is in a list already.
    for wrong in (5000, 3000, -1, int(faiss.rev_swig_ptr(index.invlists.get_ids(1), 1)[0])):
        index.invlists.update_entry(0, 0, wrong, faiss.swig_ptr(code))
        with pytest.raises(ValueError, match="in one list"):
            check_index(index, 3000, 32)


def test_a_list_that_counts_from_the_end_is_refused(many):
    index = make_index([many], 32)
    lists = index.invlists
    number, place = next(
        (number, ids.tolist().index(2999))
        for number in range(lists.nlist)
        if (size := lists.list_size(number))
        and 2999 in (ids := faiss.rev_swig_ptr(lists.get_ids(number), size))
    )
    lists.update_entry(number, place, -1, faiss.swig_ptr(np.zeros(32, np.uint8)))
    with pytest.raises(ValueError, match="in one list"):
        check_index(index, 3000, 32)


def test_where_fewer_are_looked_through_than_asked_for_there_are_fewer(many, monkeypatch):
    monkeypatch.setattr(module, "PROBED", 1)
    found, cosines = nearest(make_index([many], 32), many[0], 2000, 0, 3000)
    assert 0 < len(found) < 2000 and found.min() >= 0 and len(cosines) == len(found)


def test_a_run_in_the_middle_of_many_is_kept_to(many):
    found = nearest(make_index([many], 32), many[0], 500, 1000, 2000)[0]
    assert len(found) == 500 and found.min() >= 1000 and found.max() < 2000


def kept(index, folder: Path) -> list[bytes | Mapped]:
    """Give an index as it is held and as it is mapped."""
    raw = dump_index(index)
    (folder / "f").write_bytes(raw)
    with (folder / "f").open("rb") as file:
        return [raw, Mapped(file.fileno(), len(raw), lambda: ValueError("changed"))]


@pytest.mark.parametrize("led", [True, False])
@pytest.mark.parametrize("count", [10, 3000])
def test_what_was_written_is_read_held_or_mapped(many, tmp_path, monkeypatch, count, led):
    if not led:  # as where no path leads to an open file
        monkeypatch.setattr(Mapped, "path", None)
    index = make_index([many[:count]], 32)
    wanted = nearest(index, many[3], 5, 0, count)[0].tolist()
    for raw in kept(index, tmp_path):
        read = load_index(raw, count, 32)
        assert nearest(read, many[3], 5, 0, count)[0].tolist() == wanted
        with pytest.raises(ValueError, match="manifest"):
            load_index(raw, count + 1, 32)


def test_only_what_is_held_in_memory_is_taken_from_it(many, tmp_path, monkeypatch):
    held, mapped = kept(make_index([many[:10]], 32), tmp_path)
    monkeypatch.setattr(faiss, "deserialize_index", None)
    load_index(mapped, 10, 32)
    with pytest.raises(TypeError):
        load_index(held, 10, 32)


def test_another_kind_is_refused_held_or_mapped(tmp_path):
    other = faiss.IndexHNSWFlat(8, 4)
    other.add(np.eye(8, dtype=np.float32))
    for raw in kept(other, tmp_path):
        with pytest.raises(ValueError, match="another kind of index"):
            load_index(raw, 8, 8)
