"""A question is cleaned, refused where it is none, and encoded once."""

import pytest

from summitqa.encoder import Encoder
from summitqa.errors import QuestionError
from summitqa.lexical import words
from summitqa.question import MAX_CHARACTERS, Question, clean_question


@pytest.mark.parametrize("text", ["", "   ", "🎉🎉", "?!", "\u200b\u202e", "…"])
def test_what_holds_no_word_is_asked_to_be_put_in_words(text: str):
    with pytest.raises(QuestionError, match="no question"):
        clean_question(text)


def test_one_word_is_asked_to_be_put_as_a_question():
    with pytest.raises(QuestionError, match="“Putin” is a single word"):
        clean_question(" Putin ")


def test_one_word_in_a_conversation_is_a_question():
    assert clean_question("Why?", alone=False) == "Why?"


def test_too_long_a_question_says_how_long_it_may_be():
    with pytest.raises(QuestionError, match="1,000"):
        clean_question("a b " * MAX_CHARACTERS)


def test_controls_and_surplus_space_go():
    assert clean_question("who\u200b  came\n\tfirst\x07?") == "who came first ?"


def test_tokens_are_unit_vectors(fake_encoder: Encoder):
    question = Question.read("Who came first?", fake_encoder)
    assert question.tokens.shape == (4, 16)
    assert (question.tokens**2).sum(axis=1) == pytest.approx(1)
    assert question.stems == ("came", "first")


def test_a_follow_up_leans_on_the_question_before(fake_encoder: Encoder):
    question = Question.read("And when?", fake_encoder, ["Who met Putin?"])
    assert question.given == "Who met Putin? And when?"
    assert {"met", "putin"} <= set(question.stems)
    assert question.shares[0] < question.shares[-1] == 1


def test_what_was_asked_before_counts_three_tenths_of_what_is_asked_now(fake_encoder: Encoder):
    question = Question.read("And when?", fake_encoder, ["Who met Putin?"])
    assert question.shares.tolist() == pytest.approx([0.3] * 4 + [1] * 3)


def test_a_question_that_stands_alone_does_not(fake_encoder: Encoder):
    question = Question.read(
        "Which soldiers unrolled the carpet?", fake_encoder, ["Who met Putin?"]
    )
    assert question.given == question.text


def test_put_otherwise_it_is_encoded_anew_and_still_reads_as_asked(fake_encoder: Encoder):
    question = Question.read("And his meetng?", fake_encoder, ["Who met Puttin?"])
    wrong = {
        word: {"meetng": "meeting", "puttin": "putin"}.get(word.folded) for word in question.words
    }
    respelt = question.respelt({word: spelt for word, spelt in wrong.items() if spelt})
    assert respelt.text == "And his meetng?"
    assert respelt.given == "Who met putin? And his meeting?"
    assert respelt.given[respelt.own :] == "And his meeting?"
    assert words("meeting")[0].stem in respelt.stems
