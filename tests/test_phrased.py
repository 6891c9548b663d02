"""What was made of taught questions is kept beside them, and used for those alone."""

import logging
from pathlib import Path

import numpy as np
import pytest

from summitqa.errors import GateError
from summitqa.lessons import Lessons, lessons_of
from summitqa.library import Library
from summitqa.phrased import VECTORS
from summitqa.taught import QUESTIONS, Pair, teach, unteach
from tests.fakes import CountingEncoder, index, library, write

MANY, FEW = 40, 5
RULES = "\n\n".join(f"Rule {number} is about the thing {number}." for number in range(MANY))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    index(tmp_path / "home", write(tmp_path / "shelf", {"rules.txt": RULES}))
    return tmp_path / "home"


def question(number: int) -> str:
    return f"Which rule tells of number {number}?"


def pair(home: Path, number: int) -> Pair:
    return Pair.of(question(number), library(home).store.article("rules"), number + 1)


def learn(home: Path, count: int) -> None:
    """Teach so many at once, as an editor of the file would."""
    lines = [pair(home, number).dump() for number in range(count)]
    (home / QUESTIONS).write_text("\n".join(lines), "utf-8")


def opened(home: Path, encoder: CountingEncoder | None = None) -> tuple[Lessons, list[str]]:
    """Open the shelf anew; give what it was taught, and what had to be encoded for it."""
    used = encoder or CountingEncoder()
    return Library(home, used).lessons, used.texts


def test_a_shelf_that_is_opened_again_encodes_no_taught_question_anew(home):
    learn(home, MANY)
    first, encoded = opened(home)
    assert sorted(encoded) == sorted(question(number) for number in range(MANY))
    second, encoded = opened(home)
    assert encoded == []
    assert np.array_equal(first.vectors, second.vectors)
    for one, two in zip(first.phrasings, second.phrasings, strict=True):
        assert np.array_equal(one.vectors, two.vectors)
        assert (one.text, one.content, one.kinds) == (two.text, two.content, two.kinds)


def test_few_are_sooner_encoded_than_kept(home):
    learn(home, FEW)
    assert len(opened(home)[1]) == len(opened(home)[1]) == FEW
    assert not (home / VECTORS).exists()


def test_of_a_question_that_was_taken_back_nothing_is_kept(home):
    learn(home, MANY)
    asked = library(home)
    kept = (home / VECTORS).read_bytes()
    unteach(home, question(7), "rules")
    asked.refresh()
    assert len((home / VECTORS).read_bytes()) < len(kept)
    assert opened(home)[1] == []


def test_where_nothing_is_taught_any_more_nothing_is_kept(home):
    learn(home, MANY)
    opened(home)
    (home / QUESTIONS).write_text("damaged")
    opened(home)
    assert (home / VECTORS).exists()
    (home / QUESTIONS).unlink()
    opened(home)
    assert not (home / VECTORS).exists()


def test_a_new_question_is_encoded_by_itself_and_found_in_the_version_by_itself(home, monkeypatch):
    learn(home, MANY)
    encoder = CountingEncoder()
    asked = Library(home, encoder)
    encoder.texts.clear()
    looked_for: list[str] = []
    really = lessons_of.__globals__["places_of"]

    def places_of(pairs, shelf):
        looked_for.extend(one.question for one in pairs)
        return really(pairs, shelf)

    monkeypatch.setitem(lessons_of.__globals__, "places_of", places_of)
    teach(home, Pair.of("And the last?", asked.store.article("rules"), MANY))
    asked.refresh()
    assert encoder.texts == looked_for == ["And the last?"]
    assert asked.lessons.places[-1].number == MANY


def test_a_new_version_that_is_held_to_what_was_taught_encodes_it_once_and_asks_none(
    home, tmp_path
):
    learn(home, FEW)
    shelf = write(tmp_path / "shelf", {"more.txt": "There is more."})
    encoder = CountingEncoder()
    index(home, shelf, encoder=encoder)
    assert [encoder.texts.count(question(number)) for number in range(FEW)] == [1] * FEW


def test_of_what_was_taught_a_question_is_lost_with_its_text(home, tmp_path):
    learn(home, FEW)
    shelf = write(tmp_path / "shelf", {"rules.txt": RULES.replace("the thing 3.", "nothing.")})
    with pytest.raises(GateError) as raised:
        index(home, shelf)
    assert raised.value.lost == (question(3),)


def test_what_another_model_made_is_not_used(home):
    learn(home, MANY)
    first, _ = opened(home)

    class Other(CountingEncoder):
        checksum = "another"

    other = Other()
    store = library(home).store
    assert lessons_of(home, store, other).pairs == first.pairs
    assert len(other.texts) == MANY


@pytest.mark.parametrize("place", [0, 70, 500, -1])
def test_what_was_damaged_is_made_anew(home, place):
    learn(home, MANY)
    opened(home)
    raw = bytearray((home / VECTORS).read_bytes())
    raw[place] ^= 1
    (home / VECTORS).write_bytes(raw)
    assert len(opened(home)[1]) == MANY
    assert opened(home)[1] == []


def test_where_nothing_can_be_kept_all_is_found_all_the_same(home, caplog):
    learn(home, MANY)
    (home / VECTORS).mkdir()
    caplog.set_level(logging.WARNING)
    lessons, encoded = opened(home)
    assert len(lessons.pairs) == len(encoded) == MANY
    assert "cannot be kept" in caplog.text
    assert "Which rule" not in caplog.text
