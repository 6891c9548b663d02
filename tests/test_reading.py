"""Which sentences are read, and what the reader's verdict changes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from summitqa.evidence import Evidence
from summitqa.reading import PASSAGES, Reading, ReadingWeights, lacking, read
from summitqa.retrieval import LONGEST_BESIDE, quoted

WEIGHTS = ReadingWeights(
    sentence=10.0, odds=1.0, unread=-1.0, again=0.0, reach=4.0, most=6, close=0.5
)


def evidence(similarity: Sequence[Sequence[float]]) -> Evidence:
    """Passages of sentences so similar."""
    flat = [one for passage in similarity for one in passage]
    counts = [len(passage) for passage in similarity]
    nothing = np.zeros(len(counts), np.float32)
    return Evidence(
        passages=np.arange(len(counts), dtype=np.int32),
        sentences=np.arange(len(flat), dtype=np.int32),
        firsts=(np.cumsum(counts) - counts).astype(np.int32),
        similarity=np.asarray(flat, np.float32),
        bm25=np.zeros(len(flat), np.float32),
        coverage=nothing,
        headings=nothing,
        lengths=nothing,
        cosine=0.5,
        nearness=0.5,
        total=len(counts),
    )


def reading(
    similarity: Sequence[Sequence[float]],
    scores: Sequence[float],
    odds: dict[int, float],
    weights: ReadingWeights = WEIGHTS,
    unquotable: tuple[tuple[int, int], ...] = (),
) -> Reading:
    """Read, the reader thinking as ``odds`` says of each sentence, and ill of all others."""

    def quotable(place: int) -> np.ndarray:
        count = len(similarity[place])
        return np.asarray([(place, one) not in unquotable for one in range(count)])

    asked = evidence(similarity)
    given = np.asarray(scores, np.float32)
    return read(asked, given, quotable, lambda one: odds.get(one, -5.0), weights)


def test_the_reader_brings_a_passage_to_the_front():
    found = reading([[0.5], [0.5]], [2.0, 1.0], {0: -3.0, 1: 2.0})
    assert found.scores.tolist() == pytest.approx([-1.0, 3.0])
    assert found.read.tolist() == [0, 1]


def test_what_cannot_overtake_is_not_read():
    found = reading([[0.5], [0.5]], [6.0, 0.0], {0: 1.0})
    assert found.read.tolist() == [0]
    assert found.scores.tolist() == pytest.approx([7.0, -1.0])


def test_a_poor_verdict_on_the_first_makes_others_worth_reading():
    assert reading([[0.5], [0.5]], [6.0, 3.0], {0: -5.0, 1: 1.0}).read.tolist() == [0, 1]


def test_what_can_just_draw_level_is_read():
    assert reading([[0.5], [0.5]], [6.0, 2.0], {0: 0.0}).read.tolist() == [0, 1]
    assert reading([[0.5], [0.5]], [6.0, 1.5], {0: 0.0}).read.tolist() == [0]


def test_a_verdict_counts_by_its_weight():
    weights = replace(WEIGHTS, odds=2.0)
    found = reading([[0.5], [0.5], [0.5]], [6.0, 1.0, -5.0], {0: -3.0, 1: 0.25}, weights)
    assert found.read.tolist() == [0, 1]
    assert found.scores.tolist() == pytest.approx([0.0, 1.5, -7.0])


def test_no_more_than_most_are_read_and_the_most_promising_first():
    asked: list[float] = []

    def odds_of(sentence: int) -> float:
        asked.append(sentence)
        return -5.0

    many = evidence([[0.5 - 0.01 * place] for place in range(8)])
    scores = np.linspace(0, -1, 8, dtype=np.float32)
    weights = replace(WEIGHTS, most=3, reach=100.0)
    read(many, scores, lambda _: np.asarray([True]), odds_of, weights)
    assert asked == [0, 1, 2]


def test_a_sentence_of_the_first_passage_is_read_before_a_passage_far_behind():
    found = reading([[0.5, 0.45], [0.5]], [2.0, 0.0], {}, replace(WEIGHTS, most=2))
    assert found.read.tolist() == [0, 1]


def test_another_passage_has_its_turn_before_a_second_sentence_of_the_first():
    weights = replace(WEIGHTS, most=2, again=2.0)
    found = reading([[0.5, 0.45], [0.5]], [2.0, 1.0], {}, weights)
    assert found.read.tolist() == [0, 2]
    assert reading([[0.5, 0.45], [0.5]], [2.0, -1.0], {}, weights).read.tolist() == [0, 1]


def test_a_second_sentence_counts_as_much_once_it_is_read():
    given = ([[0.5, 0.45]], [2.0], {0: -3.0, 1: 2.0})
    late = reading(*given, replace(WEIGHTS, again=1.0))
    assert late.values.tolist() == reading(*given).values.tolist()


def test_a_passage_is_worth_its_best_sentence_read_or_not():
    found = reading([[0.5, 0.49]], [2.0], {0: -4.0}, replace(WEIGHTS, most=1))
    assert found.scores.tolist() == pytest.approx([2.0 - 0.1 - 1.0])
    assert int(np.argmax(found.values)) == 1


def test_a_question_is_never_read_before_what_may_be_quoted():
    found = reading([[0.9, 0.2]], [2.0], {1: 1.0}, replace(WEIGHTS, most=1), unquotable=((0, 0),))
    assert found.read.tolist() == [1]
    assert int(np.argmax(found.values)) == 1


def test_without_a_reader_the_scores_stay_what_they_are():
    scores = np.asarray([1.0, 2.0], np.float32)
    found = read(
        evidence([[0.5], [0.4, 0.5]]), scores, lambda place: np.ones(place + 1, bool), None, WEIGHTS
    )
    assert found.scores.tolist() == [1.0, 2.0]
    assert found.values.tolist() == pytest.approx([1.0, 1.0, 2.0])
    assert not len(found.read)


def test_passages_far_behind_keep_their_order():
    scores = [float(-place) for place in range(PASSAGES + 3)]
    found = reading([[0.5]] * len(scores), scores, {})
    last = found.scores[PASSAGES:]
    assert list(last) == sorted(last, reverse=True)
    assert np.isneginf(found.values[PASSAGES:]).all()


def test_a_passage_far_behind_is_worth_what_one_is_that_was_not_read():
    scores = [float(-place) for place in range(PASSAGES + 1)]
    found = reading([[0.5]] * len(scores), scores, {}, replace(WEIGHTS, odds=2.0, unread=-4.0))
    assert found.scores[PASSAGES] == pytest.approx(-PASSAGES - 8.0)


def test_a_sentence_of_a_passage_far_behind_is_weighed_as_one_in_front():
    asked = evidence([[0.5], [0.5, 0.3]])
    values = lacking(asked, 1, np.asarray([True, True]), WEIGHTS.sentence)
    assert values.tolist() == pytest.approx([0.0, -2.0])
    assert quoted(values, WEIGHTS.close, [80, 80]) == (0, 0)


@pytest.mark.parametrize(
    ("values", "span"),
    [
        ([1.0], (0, 0)),
        ([1.0, 0.2, 0.9], (0, 0)),
        ([0.2, 1.0, 0.8], (1, 2)),
        ([0.9, 1.0, 0.8], (0, 1)),
        ([-np.inf, 1.0], (1, 1)),
    ],
)
def test_a_neighbour_as_good_is_quoted_too(values: list[float], span: tuple[int, int]):
    assert quoted(np.asarray(values, np.float32), 0.5, [80] * len(values)) == span


def test_a_long_neighbour_is_not_quoted_beside_the_best():
    values = np.asarray([0.9, 1.0, 0.8], np.float32)
    assert quoted(values, 0.5, [LONGEST_BESIDE + 1, 2000, 80]) == (1, 2)
    assert quoted(values, 0.5, [LONGEST_BESIDE + 1, 2000, 900]) == (1, 1)
