"""The three models: ranking, confidence, and whether there is an answer at all."""

import numpy as np
import pytest

from summitqa.answer import Band
from summitqa.evidence import Evidence
from summitqa.ranking import band, found_features, judge, lead_of, probability, weights


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
        total=total or count,
    )


def test_the_packaged_weights_say_how_they_were_fitted():
    assert weights().ranking[0] > 0
    assert 0 < weights().threshold < 1
    assert 0 < weights().likely < weights().strong < 1


def test_more_evidence_ranks_first():
    judged = judge(evidence([0.2, 0.6, 0.4], [0.1, 0.9, 0.5]))
    assert judged.order.tolist() == [1, 2, 0]


def test_equal_passages_keep_the_order_of_the_article():
    assert judge(evidence([0.5, 0.5], [0.5, 0.5])).order.tolist() == [0, 1]


def test_a_rival_as_good_halves_the_confidence():
    alone = judge(evidence([0.7, 0.1], [1.0, 0.0]))
    rival = judge(evidence([0.7, 0.7], [1.0, 1.0]))
    assert rival.lead == pytest.approx(0, abs=1e-5)
    assert rival.confidence < 0.6 < alone.confidence


def test_the_only_passage_is_right_as_surely_as_there_is_an_answer():
    judged = judge(evidence([0.7], [1.0]))
    assert judged.confidence == pytest.approx(judged.answerable, abs=0.02)


def test_the_confidence_is_at_most_that_there_is_an_answer():
    judged = judge(evidence([0.05, 0.01], [0.0, 0.0]))
    assert not judged.found
    assert judged.confidence <= judged.answerable < weights().threshold


def test_the_best_of_many_needs_to_be_better():
    few, many = evidence([0.4], [0.4]), evidence([0.4], [0.4], total=500)
    model, scores = weights().found, np.asarray([5.0], np.float32)
    assert probability(model, found_features(many, scores)) < probability(
        model, found_features(few, scores)
    )


def test_a_lead_is_the_log_odds_of_the_softmax():
    scores = np.asarray([1.0, 3.0, 0.5], np.float32)
    share = np.exp(3.0) / np.exp(scores).sum()
    assert lead_of(scores) == pytest.approx(np.log(share / (1 - share)), rel=1e-5)


def test_bands_are_cut_on_the_confidence():
    assert band(0.99) is Band.STRONG
    assert band((weights().strong + weights().likely) / 2) is Band.LIKELY
    assert band(0.0) is Band.WEAK
