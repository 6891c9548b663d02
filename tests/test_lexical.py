"""Words: stems, stop words, the inverted index, BM25."""

import numpy as np
import pytest

from summitqa.folder.lexicon import Lexicon
from summitqa.lexical import bm25_parts, content_words, fold, inverse_frequency, words


def stems(text: str) -> list[str]:
    return [word.stem for word in content_words(words(text))]


def test_accents_case_and_kind_of_apostrophe_do_not_matter():
    assert fold("Zelenskýy") == "zelenskyy"
    assert stems("Putin’s Meetings") == stems("PUTIN'S meeting")


def test_a_word_knows_where_it_stands():
    text = "Did “Trump’s” team agree?"
    assert [text[word.start : word.end] for word in words(text)] == [
        "Did",
        "Trump’s",
        "team",
        "agree",
    ]


def test_a_question_is_about_its_content_words():
    assert stems("What did they say about the ceasefire?") == ["ceasefir"]


def test_a_question_of_nothing_but_stop_words_is_about_all_of_them():
    assert stems("who are you?") == ["who", "are", "you"]


def test_postings_are_those_of_the_sentences_asked_for():
    lexicon = Lexicon.build(["red carpet", "a red, red plane", "no carpet"])
    sentences, counts = lexicon.postings("red", 0, 3)
    assert sentences.tolist() == [0, 1]
    assert counts.tolist() == [1, 2]
    assert lexicon.postings("red", 1, 3)[0].tolist() == [1]
    assert not len(lexicon.postings("absent", 0, 3)[0])


def test_forms_are_the_words_as_spelt():
    assert tuple(Lexicon.build(["Meetings met"]).forms) == ("meetings", "met")


@pytest.mark.parametrize("spoilt", ["sentences", "counts", "lengths", "starts"])
def test_an_index_that_cannot_be_one_is_found_out(spoilt: str):
    lexicon = Lexicon.build(["red carpet", "red plane"])
    lexicon.check(2)
    getattr(lexicon, spoilt)[-1] = -3
    with pytest.raises(ValueError, match="do not fit"):
        lexicon.check(2)


def test_an_index_of_other_sentences_is_found_out():
    with pytest.raises(ValueError, match="do not fit"):
        Lexicon.build(["red carpet"]).check(2)


def test_headings_are_all_there_or_none_and_may_have_no_words():
    Lexicon.build(["red carpet"]).check(1, 2)
    Lexicon.build(["red carpet", "The summit", ""]).check(1, 2)
    for texts in (["red carpet", "The summit"], ["red carpet", "", "", ""], ["", "red", "carpet"]):
        with pytest.raises(ValueError, match="do not fit"):
            Lexicon.build(texts).check(1, 2)


def test_a_rarer_word_weighs_more_and_a_shorter_sentence_too():
    assert inverse_frequency(10, 1) > inverse_frequency(10, 9) > 0
    short, long = bm25_parts(np.array([1, 1]), np.array([5.0, 50.0], np.float32), 10.0)
    assert short > long


def test_what_a_word_is_worth_by_how_many_hold_it_is_as_published():
    """Of 10, 3 hold it: ln(1 + 7.5 / 3.5); that all hold it leaves it a little."""
    assert inverse_frequency(10, 3) == pytest.approx(1.14513, rel=1e-4)
    assert inverse_frequency(10, 10) == pytest.approx(0.04652, rel=1e-3)


@pytest.mark.parametrize(
    ("count", "length", "average", "worth"),
    [
        (1, 10, 10.0, 1),  # what all is measured by
        (1, 1, 1.0, 1),
        (1, 1, 0.5, 1),  # beside sentences without a word
        (0, 10, 10.0, 0),
        (3, 10, 10.0, 6.6 / 4.2),
        (1, 20, 10.0, 2.2 / 3.1),
        (10**6, 10, 10.0, 2.2),  # however often it is said
    ],
)
def test_what_saying_it_is_worth_by_how_often_and_among_how_many_words(
    count, length, average, worth
):
    found = bm25_parts(np.array([count]), np.array([length], np.float32), average)
    assert found.tolist() == pytest.approx([worth], rel=1e-4)
