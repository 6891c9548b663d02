"""How articles, passages, sentences and tokens lie within one another; what cannot be is refused."""

from typing import Any

import numpy as np
import pytest

from summitqa.folder import tables as module
from summitqa.folder.tables import Tables, holds
from tests.fakes import dump_arrays

# Two articles; three passages, of two, one and two sentences; eight tokens.
RIGHT: dict[str, Any] = {
    "articles": np.array([0, 2, 3], np.int32),
    "passages": np.array([0, 2, 3, 5], np.int32),
    "sentences": np.array([0, 2, 3, 5, 6, 8], np.int64),
    "passage_spans": np.array([[0, 20], [22, 30], [0, 15]], np.int32),
    "sentence_spans": np.array([[0, 9], [10, 20], [22, 30], [0, 5], [6, 15]], np.int32),
    "pages": np.zeros(3, np.int32),
    "headings": np.array([0, 1, 0], np.int32),
    "keys": np.zeros((3, 16), np.uint8),
    "pieces": np.array([0, 1, 2, 3, 4, 0, 1, 4], np.int32),
    "scales": np.ones(8, np.float32),
    "norms": np.ones(8, np.float32),
    "frequencies": np.ones(5, np.int32),
}
LENGTHS = np.array([30, 15])


def load(**changes: Any) -> Tables:
    return Tables.load(dump_arrays(**(RIGHT | changes)))


def put(name: str, place: Any, value: Any) -> dict[str, Any]:
    array = RIGHT[name].copy()
    array[place] = value
    return {name: array}


@pytest.fixture(params=[1, 2, 1 << 18], autouse=True)
def pieces(request: pytest.FixtureRequest, monkeypatch) -> None:
    """However few rows are looked at at a time."""
    monkeypatch.setattr(module, "_AT_A_TIME", request.param)


def test_what_fits_is_read_and_who_owns_each_sentence_follows():
    tables = load()
    tables.fit(LENGTHS, 2)
    assert tables.owners.tolist() == [0, 0, 1, 2, 2] and tables.owners.dtype == np.int32
    assert all(np.array_equal(getattr(tables, name), array) for name, array in RIGHT.items())


def test_one_article_is_enough_and_none_is_not():
    assert load(articles=np.array([0, 3], np.int32)).owners.tolist() == [0, 0, 1, 2, 2]
    starts = {"articles", "passages", "sentences"}
    none = {name: array[: name in starts] for name, array in RIGHT.items()}
    with pytest.raises(ValueError, match="runs begin at 0"):
        load(**none)


WRONG = [
    put("articles", 0, 1), put("articles", 1, 0), put("articles", 1, 3), put("articles", -1, 4),
    put("articles", -1, 2),
    {"articles": np.array([0], np.int32)},
    {"articles": RIGHT["articles"].reshape(1, 3)},
    {"articles": RIGHT["articles"].astype(float)},
    put("passages", 0, 1), put("passages", 1, 3), put("passages", -1, 6), put("passages", 2, 2),
    {"passages": np.array([0, 2, 5], np.int32)},
    {"passages": RIGHT["passages"].astype(np.float32)},
    put("sentences", 0, 1), put("sentences", 1, 3), put("sentences", -1, 9),
    put("sentences", -1, 7),
    {"sentences": np.array([0, 2, 3, 8], np.int64)},
    {"sentences": RIGHT["sentences"].astype(float)},
    put("passage_spans", (0, 0), -1), put("passage_spans", (2, 0), -1),
    put("passage_spans", (1, 1), 22),
    put("passage_spans", (0, 0), 1), put("passage_spans", (2, 1), 14),
    {"passage_spans": RIGHT["passage_spans"].astype(float)},
    {"passage_spans": RIGHT["passage_spans"].reshape(-1)},
    put("sentence_spans", (0, 1), 0), put("sentence_spans", (4, 1), 16),
    put("sentence_spans", (2, 0), 21), put("sentence_spans", (3, 0), -1),
    {"sentence_spans": RIGHT["sentence_spans"].astype(float)},
    {"sentence_spans": np.zeros((5, 3), np.int32)},
    {"pages": np.zeros(2, np.int32)}, {"pages": np.zeros(3)},
    {"headings": np.zeros(4, np.int32)}, {"headings": np.zeros(3)},
    {"keys": np.zeros((3, 15), np.uint8)}, {"keys": np.zeros((3, 16), np.int8)},
    {"keys": np.zeros((2, 16), np.uint8)},
    {"pieces": RIGHT["pieces"][:-1]}, {"pieces": RIGHT["pieces"].astype(float)},
    {"pieces": RIGHT["pieces"].reshape(2, 4)},
    put("pieces", 7, 5), put("pieces", 7, -1), put("pieces", 0, -1),
    {"scales": np.ones(7, np.float32)}, {"scales": np.ones(8, np.float64)},
    put("scales", 0, np.nan), put("scales", 7, np.inf),
    {"norms": np.ones(9, np.float32)}, {"norms": np.ones(8, np.float64)},
    put("norms", 0, np.inf), put("norms", 7, np.nan),
    {"frequencies": np.ones(5)}, {"frequencies": np.ones((5, 1), np.int32)},
]  # fmt: skip


@pytest.mark.parametrize(
    "changes", WRONG, ids=[f"{next(iter(w))} {n}" for n, w in enumerate(WRONG)]
)
def test_what_cannot_be_is_refused(changes):
    with pytest.raises(ValueError, match="do not hold together"):
        load(**changes)


@pytest.mark.parametrize(
    ("lengths", "headings"),
    [([29, 15], 2), ([30, 14], 2), ([30], 2), ([30, 15, 1], 2), ([30, 15], 1), ([30, 15], 0)],
)
def test_passages_that_do_not_fit_their_texts_or_headings_are_refused(lengths, headings):
    with pytest.raises(ValueError, match="do not hold together"):
        load().fit(np.asarray(lengths), headings)


def test_a_negative_heading_is_refused():
    with pytest.raises(ValueError, match="in their range"):
        load(**put("headings", 2, -1)).fit(LENGTHS, 2)


def test_texts_may_go_on_behind_their_last_passage():
    load().fit(LENGTHS + 1, 9)


def test_all_rows_must_pass_a_test_and_none_do():
    assert holds(np.arange(5), lambda part: part >= 0)
    assert not holds(np.arange(5), lambda part: part < 4)
    assert not holds(np.arange(5), lambda part: part > 0)
    assert holds(np.zeros(0), lambda part: part > 0)
