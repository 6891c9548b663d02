"""The three models: ranking, confidence, and whether there is an answer at all."""

import numpy as np
import pytest

from summitqa.answer import Band
from summitqa.evidence import Evidence
from summitqa.ranking import CONSTANT, band, judge, lead_of, weights


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
