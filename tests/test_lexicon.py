"""An inverted index of words: which sentences hold each, and what cannot be one is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from summitqa.folder.lexicon import Lexicon
from summitqa.folder.lines import Lines
from tests.fakes import dump_arrays

TEXTS = ["The red carpet was red.", "A tent.", "Red tents, red carpets, red.", "Who came?", "Red!"]


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon.build(TEXTS)


def found(lexicon: Lexicon, stem: str, first: int = 0, last: int = 5) -> list[tuple[int, int]]:
    rows, counts = lexicon.postings(stem, first, last)
    return list(zip(rows.tolist(), counts.tolist(), strict=True))


def test_each_word_is_found_in_its_sentences_as_often_as_it_is_said(lexicon):
    assert found(lexicon, "red") == [(0, 2), (2, 3), (4, 1)]
    assert found(lexicon, "carpet") == [(0, 1), (2, 1)]
    assert found(lexicon, "tent") == [(1, 1), (2, 1)]
    assert found(lexicon, "moon") == []
    assert lexicon.lengths.tolist() == [5, 2, 5, 2, 1]


def test_within_a_run_of_sentences(lexicon):
    red = [(0, 2), (2, 3), (4, 1)]
    for first in range(6):
        for last in range(first, 6):
            assert found(lexicon, "red", first, last) == [
                one for one in red if first <= one[0] < last
            ]


def test_what_is_found_is_not_copied(lexicon):
    rows, counts = lexicon.postings("red", 1, 3)
    assert np.shares_memory(rows, lexicon.sentences) and np.shares_memory(counts, lexicon.counts)


def test_stems_and_forms_are_in_order(lexicon):
    assert list(lexicon.forms) == sorted({
        "the", "red", "carpet", "was", "a", "tent", "tents", "carpets", "who", "came",
    })  # fmt: skip
    assert list(lexicon.vocabulary) == sorted(lexicon.vocabulary)
    assert {"red", "carpet", "tent"} <= set(lexicon.vocabulary)
    assert "tents" not in lexicon.vocabulary


def test_its_kinds_are_small(lexicon):
    kinds = {name: array.dtype for name, array in lexicon.arrays().items()}
    assert kinds == {
        "vocabulary": np.uint8, "forms": np.uint8, "starts": np.int64,
        "sentences": np.int32, "counts": np.int32, "lengths": np.int32,
    }  # fmt: skip


def test_it_comes_back_as_it_was(lexicon):
    read = Lexicon.load(dump_arrays(**lexicon.arrays()), 5, 0)
    assert list(read.vocabulary) == list(lexicon.vocabulary)
    assert list(read.forms) == list(lexicon.forms)
    assert all(
        np.array_equal(array, read.arrays()[name]) for name, array in lexicon.arrays().items()
    )


def test_of_nothing_there_is_nothing():
    empty = Lexicon.build([])
    assert found(empty, "red") == [] and len(empty.sentences) == len(empty.lengths) == 0


def put(name: str, place: Any, value: Any) -> Any:
    def change(lexicon: Lexicon) -> Lexicon:
        array = getattr(lexicon, name).copy()
        array[place] = value
        return replace(lexicon, **{name: array})

    return change


def to(name: str, make: Any) -> Any:
    return lambda lexicon: replace(lexicon, **{name: make(getattr(lexicon, name))})


WRONG = [
    put("starts", 0, 1), put("starts", -1, 1), put("starts", 1, 0), put("starts", 2, 1),
    to("starts", lambda a: a[:-1]), to("starts", lambda a: a.astype(float)),
    to("starts", lambda a: a.reshape(1, -1)),
    put("sentences", 0, -1), put("sentences", 0, 5), put("sentences", -1, 5),
    to("sentences", lambda a: a.astype(float)), to("sentences", lambda a: a[:-1]),
    put("counts", 0, 0), put("counts", -1, -1), to("counts", lambda a: a.astype(float)),
    to("counts", lambda a: a[:-1]), to("counts", lambda a: np.append(a, 1)),
    put("lengths", 0, 0), put("lengths", 4, 0), put("lengths", 4, -1),
    to("lengths", lambda a: a[:-1]), to("lengths", lambda a: a.astype(float)),
    to("lengths", lambda a: np.append(a, 1)), to("lengths", lambda a: a.reshape(-1, 1)),
    to("vocabulary", lambda lines: Lines.of([*lines, "zz"])),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_cannot_be_an_index_of_the_sentences_is_refused(lexicon, number):
    lexicon.check(5)
    with pytest.raises(ValueError, match="do not fit"):
        WRONG[number](lexicon).check(5)


def test_rows_of_both_kinds_must_be_flat(lexicon):
    wrong = replace(
        lexicon, sentences=lexicon.sentences.reshape(-1, 1), counts=lexicon.counts.reshape(-1, 1)
    )
    with pytest.raises(ValueError, match="do not fit"):
        wrong.check(5)


def test_headings_come_after_the_sentences_all_or_none(lexicon):
    lexicon.check(3, 2)
    lexicon.check(5, 2)
    wordless = put("lengths", 4, 0)(lexicon)
    wordless.check(3, 2)
    with pytest.raises(ValueError, match="do not fit"):
        put("lengths", 4, -1)(lexicon).check(3, 2)
    for sentences, headings in ((4, 0), (4, 2), (3, 1), (6, 0), (2, 2)):
        with pytest.raises(ValueError, match="do not fit"):
            lexicon.check(sentences, headings)


def test_what_is_read_is_checked(lexicon):
    raw = dump_arrays(**lexicon.arrays())
    with pytest.raises(ValueError, match="do not fit"):
        Lexicon.load(raw, 4, 0)
    Lexicon.load(raw, 3, 2)
