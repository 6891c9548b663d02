"""The three models: ranking, confidence, and whether there is an answer at all."""

from dataclasses import replace

import numpy as np
import pytest

from summitqa.answer import Band
from summitqa.evidence import LEADING, Evidence
from summitqa.ranking import CONSTANT, TOPIC, band, judge, lead_of, probability, weights


def evidence(similarity: list[float], bm25: list[float], total: int = 0) -> Evidence:
    count = len(similarity)
    places = np.arange(count, dtype=np.int32)
    return Evidence(
        passages=places,
        sentences=places,
        firsts=places,
        similarity=np.asarray(similarity, np.float32),
        bm25=np.asarray(bm25, np.float32),
        coverage=np.asarray(bm25, np.float32),
        lengths=np.full(count, 4.5, np.float32),
        headings=np.zeros(count, np.float32),
        cosine=max(similarity),
        nearness=0.5,
        total=total or count,
    )


def quotable(_: int) -> np.ndarray:
    return np.asarray([True])


def test_the_packaged_weights_say_how_they_were_fitted():
    assert weights().ranking[0] > 0
    for judges in (weights().with_reader, weights().alone):
        assert 0 < judges.threshold < 1
        assert CONSTANT in judges.confidence
        assert CONSTANT in judges.found
    assert 0 < weights().likely < weights().strong < 1


def test_more_evidence_ranks_first():
    judged = judge(evidence([0.2, 0.6, 0.4], [0.1, 0.9, 0.5]), quotable)
    assert judged.order.tolist() == [1, 2, 0]


def test_equal_passages_keep_the_order_of_the_article():
    assert judge(evidence([0.5, 0.5], [0.5, 0.5]), quotable).order.tolist() == [0, 1]


def test_a_rival_as_good_lowers_the_confidence():
    alone = judge(evidence([0.7, 0.1], [1.0, 0.0]), quotable)
    rival = judge(evidence([0.7, 0.7], [1.0, 1.0]), quotable)
    assert rival.signals["lead"] == pytest.approx(0, abs=1e-5)
    assert rival.confidence < alone.confidence


def test_what_the_reader_thinks_well_of_comes_first_and_is_surer():
    asked = evidence([0.5, 0.48], [0.5, 0.5])
    unread = judge(asked, quotable)
    for odds, first in ((4.0, 1), (-6.0, 0)):
        judged = judge(asked, quotable, lambda one, odds=odds: odds if one else -1.0)
        assert judged.order[0] == first
    well = judge(asked, quotable, lambda _: 4.0)
    ill = judge(asked, quotable, lambda _: -6.0)
    assert well.confidence > unread.confidence > ill.confidence


def test_what_is_far_from_everything_is_not_found():
    assert judge(evidence([0.7], [1.0]), quotable).found
    assert not judge(evidence([0.02, 0.01], [0.0, 0.0]), quotable).found


def test_each_passage_has_a_probability_the_first_the_most():
    judged = judge(evidence([0.2, 0.6, 0.4], [0.1, 0.9, 0.5]), quotable)
    shares = judged.probabilities[judged.order]
    assert shares[0] == pytest.approx(judged.confidence)
    assert list(shares) == sorted(shares, reverse=True)


def test_a_lead_is_the_log_odds_of_the_softmax():
    scores = np.asarray([1.0, 3.0, 0.5], np.float32)
    share = np.exp(3.0) / np.exp(scores).sum()
    assert lead_of(scores) == pytest.approx(np.log(share / (1 - share)), rel=1e-5)


def test_bands_are_cut_on_the_confidence():
    assert band(0.99) is Band.STRONG
    assert band((weights().strong + weights().likely) / 2) is Band.LIKELY
    assert band(0.0) is Band.WEAK


def test_a_first_passage_without_a_rival_is_as_far_ahead_as_any():
    assert lead_of(np.asarray([5.0], np.float32)) == pytest.approx(6)
    assert lead_of(np.asarray([50.0, 0.0], np.float32)) == pytest.approx(6)
    assert lead_of(np.asarray([5.5, 0.0], np.float32)) == pytest.approx(5.5)


def test_of_more_passages_than_the_models_know_the_most_they_know_count():
    for total, known in ((2, 10), (10, 10), (11, 11), (255, 255), (256, 256), (100_000, 256)):
        judged = judge(evidence([0.7, 0.1], [1.0, 0.0], total), quotable)
        assert judged.signals["passages"] == pytest.approx(np.log(known))


def test_what_a_reader_has_seen_has_judges_of_its_own():
    asked = evidence([0.7, 0.1], [1.0, 0.0])
    for judges, odds_of in ((weights().alone, None), (weights().with_reader, lambda _: 2.0)):
        judged = judge(asked, quotable, odds_of)
        assert judged.on_topic == probability(judges.found, judged.signals)
        told = {**judged.signals, TOPIC: np.log(judged.on_topic)}
        assert judged.confidence == probability(judges.confidence, told)
        assert judged.found == (judged.on_topic >= judges.threshold)


@pytest.mark.parametrize("odds_of", [None, lambda _: 0.0])
def test_what_is_off_the_topic_is_hardly_answered(odds_of):
    near, off = (
        judge(replace(evidence([0.5, 0.4], [0.3, 0.2], 50), cosine=cosine), quotable, odds_of)
        for cosine in (0.6, 0.0)
    )
    assert off.on_topic < near.on_topic
    assert off.confidence < near.confidence


def test_the_odds_are_those_of_the_quoted_sentence_and_the_best_of_any():
    asked = evidence([0.5, 0.48], [0.5, 0.5])
    unread = weights().reading.unread
    assert judge(asked, quotable).signals["odds"] == pytest.approx(unread)
    assert judge(asked, quotable).signals["best odds"] == 0
    judged = judge(asked, quotable, lambda one: 3.0 if one else -2.0)
    assert (judged.signals["odds"], judged.signals["best odds"]) == (3, 3)


ASKED = evidence([0.2, 0.6, 0.4], [0.1, 0.9, 0.5])


def test_what_only_asks_gives_its_place_to_what_answers_it():
    plain = judge(ASKED, quotable)
    judged = judge(ASKED, quotable, answer_of={1: 0}.get)
    assert judged.order.tolist() == [0, 2]
    assert judged.scores.tolist() == [plain.scores[1], -np.inf, plain.scores[2]]
    assert judged.features[0].tolist() == plain.features[1].tolist()


def test_what_answers_keeps_its_own_place_where_that_is_the_better():
    plain = judge(ASKED, quotable)
    judged = judge(ASKED, quotable, answer_of={2: 1}.get)
    assert judged.order.tolist() == [1, 0]
    assert judged.scores.tolist() == [plain.scores[0], plain.scores[1], -np.inf]
    assert judged.features[1].tolist() == plain.features[1].tolist()


def test_what_says_nothing_is_left_out_and_where_all_do_nothing_is_found():
    judged = judge(ASKED, lambda place: np.asarray([place != 1]))
    assert judged.order.tolist() == [2, 0]
    silent = judge(ASKED, lambda _: np.asarray([False]))
    assert silent.order.tolist() == [1, 2, 0]
    assert not silent.found
    assert silent.confidence == 0


def test_so_many_of_the_best_are_asked_whether_they_ask_and_the_silent_are_not_counted():
    many = evidence(np.linspace(0.9, 0.1, LEADING + 9).tolist(), [0.5] * (LEADING + 9))
    for silent in (0, 3):
        seen: list[int] = []
        judge(
            many,
            lambda place, silent=silent: np.asarray([place >= silent]),
            answer_of=lambda place, seen=seen: seen.append(place),
        )
        assert seen == [*range(LEADING + silent)]


def test_a_logistic_model_adds_what_each_signal_counts_to_its_constant():
    model = {CONSTANT: 2.0, "lead": -1.0}
    assert probability(model, {"lead": 2.0, "odds": 9.0}) == 0.5
    assert probability(model, {"lead": 3.0}) == pytest.approx(1 / (1 + np.e))


def test_a_confidence_at_a_cut_belongs_to_the_better_band():
    assert band(weights().strong) is Band.STRONG
    assert band(weights().likely) is Band.LIKELY
