"""Which of the passages that were found are worth a reader's time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.answer import FLOOR, Answer, Band, Match
from summitqa.article import Article, Citation, Passage, Sentence

likelihoods = st.floats(0, 1, allow_nan=False)


def answer(probabilities: list[float], *, found: bool = True, band: Band = Band.LIKELY) -> Answer:
    text = "A line. " * len(probabilities)
    passages = tuple(
        Passage(place + 1, 8 * place, 8 * place + 7, (Sentence(8 * place, 8 * place + 7),))
        for place in range(len(probabilities))
    )
    article = Article("a", "A", text, passages)
    matches = tuple(
        Match(Citation(article, passage, passage.sentences[0]), -passage.number, probability)
        for passage, probability in zip(passages, probabilities, strict=True)
    )
    confidence = probabilities[0] if probabilities else 0.0
    return Answer("What?", found, confidence, band, "v1", matches)


def shown(probabilities: list[float], most: int = 3) -> list[float]:
    return [one.probability for one in answer(probabilities).worth_showing(most)]


@pytest.mark.parametrize(
    ("found", "worth"),
    [
        ([0.97, 0.02, 0.01], [0.97]),  # nearly certain
        ([0.95, 0.2, 0.1], [0.95]),  # … and what is not likely beside it is noise
        ([0.9, 0.5, 0.1], [0.9, 0.5]),  # two that both may answer
        ([0.4, 0.38, 0.1], [0.4, 0.38]),  # one as likely as the other
        ([0.3, 0.14, 0.14], [0.3]),
        ([0.05, 0.05, 0.05], [0.05]),  # the closest is shown, however far
        ([], []),
    ],
)
def test_a_further_passage_is_shown_where_it_may_well_answer(found, worth):
    assert shown(found) == worth


@given(st.lists(likelihoods, min_size=1, max_size=12), st.integers(1, 10))
def test_the_first_is_always_shown_the_others_in_order_and_only_likely_ones(found, most):
    worth = shown(found, most)
    assert worth[0] == found[0]
    assert len(worth) <= most
    assert all(one >= FLOOR for one in worth[1:])
    rest = iter(found)
    assert all(one in rest for one in worth)


def test_of_what_was_not_found_the_nearest_are_worth_showing_as_such():
    assert len(answer([0.1, 0.01, 0.01, 0.01], found=False).worth_showing(3)) == 3


@pytest.mark.parametrize(
    ("found", "band", "more"),
    [
        ([0.95, 0.1, 0.02], Band.STRONG, False),  # the answer, and noise
        ([0.95, 0.2, 0.02], Band.STRONG, True),  # … and one that may say more of it
        ([0.95, 0.9, 0.9, 0.1], Band.STRONG, False),  # what may is shown beside it
        ([0.95, 0.9, 0.9, 0.8], Band.STRONG, True),
        ([0.6, 0.02, 0.01], Band.LIKELY, True),  # if this is not the answer, where is it?
        ([0.1, 0.02, 0.01], Band.WEAK, True),
        ([0.6, 0.5, 0.4], Band.LIKELY, False),  # all are shown
        ([0.1], Band.WEAK, False),
    ],
)
def test_more_is_offered_where_it_may_help_a_reader(found, band, more):
    assert answer(found, band=band).more_beside(3) is more


def test_the_contract_gives_all_passages_each_with_its_probability():
    told = answer([0.97, 0.02, 0.00004]).to_json()
    assert [one["probability"] for one in told["passages"]] == [0.97, 0.02, 0.0]
