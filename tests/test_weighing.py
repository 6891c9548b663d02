"""What words in common are worth, by sentence and by passage."""

import numpy as np
import pytest

from summitqa.lexical import inverse_frequency
from summitqa.snapshot import Postings
from summitqa.weighing import Term, Words, along, together, weigh_words


def ints(*numbers: int) -> np.ndarray:
    return np.asarray(numbers, np.int32)


# Sentences 10 to 14 of passages 5 to 7, all of ten words. Passage 8 stands under "toll" alone.
TOLL = Postings(
    sentences=ints(10, 13, 14),
    counts=ints(1, 3, 1),
    words=ints(10, 10, 10),
    passages=ints(5, 7, 7),
    above=ints(7, 8),
)
CART = Postings(
    sentences=ints(11, 12), counts=ints(1, 1), words=ints(10, 10), passages=ints(5, 6), above=ints()
)
RARE, COMMON = float(inverse_frequency(9, 0)), float(inverse_frequency(9, 2))


def terms(*postings: Postings) -> list[Term]:
    """Weigh stems in a scope of nine passages and ten words to a sentence."""
    return [Term.of(one, 9, 10.0) for one in postings]


@pytest.fixture
def found() -> Words:
    return weigh_words(terms(TOLL, CART))


def test_a_sentence_is_worth_its_words_by_how_often_it_says_them(found):
    assert found.sentences.tolist() == [10, 11, 12, 13, 14]
    assert found.holders.tolist() == [5, 5, 6, 7, 7]
    # Both stand in two of nine passages; three times is worth 6.6 / 4.2 of once.
    expected = [1 / 2, 1 / 2, 1 / 2, 6.6 / 4.2 / 2, 1 / 2]
    assert found.bm25.tolist() == pytest.approx(expected, rel=1e-5)


def test_a_passage_is_worth_the_share_of_the_words_in_it_or_above_it(found):
    assert found.passages.tolist() == [5, 6, 7, 8]
    assert found.coverage.tolist() == pytest.approx([1, 1 / 2, 1 / 2, 1 / 2])
    # "toll" stands above two passages of nine, as it stands in two.
    assert found.headings.tolist() == pytest.approx([0, 0, 1 / 2, 1 / 2])


def test_what_nothing_holds_counts_among_what_was_looked_for():
    nothing = Postings(ints(), ints(), ints(), ints(), ints())
    found = weigh_words(terms(CART, nothing))
    assert found.bm25.tolist() == pytest.approx([COMMON / (COMMON + RARE)] * 2)
    for postings in ([], [nothing]):
        found = weigh_words(terms(*postings))
        assert not any(map(len, (found.sentences, found.bm25, found.passages, found.coverage)))


@pytest.mark.parametrize("passages", [[], [5], [6, 8], [5, 7], [1, 5, 6, 7, 8, 9]])
def test_in_some_passages_words_are_worth_what_they_are_in_all(found, passages):
    some = weigh_words([one.among(ints(*passages)) for one in terms(TOLL, CART)])
    kept = np.isin(found.holders, passages)
    assert some.sentences.tolist() == found.sentences[kept].tolist()
    assert some.holders.tolist() == found.holders[kept].tolist()
    assert some.bm25.tolist() == found.bm25[kept].tolist()
    kept = np.isin(found.passages, passages)
    assert some.passages.tolist() == found.passages[kept].tolist()
    assert some.coverage.tolist() == found.coverage[kept].tolist()
    assert some.headings.tolist() == found.headings[kept].tolist()


def test_a_number_that_is_not_known_is_worth_nothing():
    known, worth = ints(3, 5, 9), np.asarray([0.3, 0.5, 0.9], np.float32)
    assert along(known, worth, ints(9, 1, 5, 4, 12)).tolist() == pytest.approx([0.9, 0, 0.5, 0, 0])
    assert along(ints(), worth[:0], ints(1, 2)).tolist() == [0, 0]


def test_runs_are_put_together_and_know_their_places():
    numbers, places = together([ints(70, 72), ints(), ints(72, 75, 71)])
    assert numbers.tolist() == [70, 71, 72, 75]
    assert [one.tolist() for one in places] == [[0, 2], [], [2, 3, 1]]
    numbers, places = together([ints(), ints()])
    assert (len(numbers), [len(one) for one in places]) == (0, [0, 0])


@pytest.mark.parametrize("span", [40, 400, 40_000])
def test_few_of_many_numbers_are_put_together_as_many_of_few_are(span):
    chance = np.random.default_rng(0)
    runs = [chance.choice(span, size, replace=False).astype(np.int32) + 7 for size in (30, 0, 9)]
    numbers, places = together(runs)
    assert numbers.tolist() == sorted({*runs[0].tolist(), *runs[2].tolist()})
    for run, place in zip(runs, places, strict=True):
        np.testing.assert_array_equal(numbers[place], run)
    assert numbers.dtype == np.int32
