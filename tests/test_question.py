"""A question is cleaned, refused where it is none, and encoded once."""

import numpy as np
import pytest

from summitqa.encoder import Encoded, Encoder
from summitqa.errors import QuestionError
from summitqa.lexical import words
from summitqa.question import MAX_CHARACTERS, Question, clean_question
from tests.fakes import FakeEncoder


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


def test_of_a_thousand_characters_all_are_searched_for_and_of_one_more_none():
    assert clean_question("ab " * 333 + "a") == "ab " * 333 + "a"
    with pytest.raises(QuestionError, match="has 1,001 characters"):
        clean_question("ab " * 333 + "ab")


@pytest.mark.parametrize(
    "text", ["Putin & co", "Putin?! Putin", "什么是比特币", "Ευχαριστώ", "Путин"]
)
def test_two_words_or_one_in_another_script_are_a_question(text: str):
    assert clean_question(text) == text


@pytest.mark.parametrize("text", ["Köln", "“Zelenskýy”?", "a1"])
def test_a_single_word_is_one_with_marks_and_accents_too(text: str):
    with pytest.raises(QuestionError, match="single word"):
        clean_question(text)


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


def test_what_was_asked_before_counts_four_tenths_of_what_is_asked_now(fake_encoder: Encoder):
    question = Question.read("And when?", fake_encoder, ["Who met Putin?"])
    assert question.shares.tolist() == pytest.approx([0.4] * 4 + [1] * 3)


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


def test_of_a_conversation_it_is_about_its_own_words_first(fake_encoder: Encoder):
    question = Question.read("And his lunch?", fake_encoder, ["Who met Putin?"])
    assert question.stems == ("lunch", "met", "putin")


def test_the_sentence_is_the_mean_of_its_tokens_at_unit_length(fake_encoder: Encoder):
    question = Question.read("Who came first?", fake_encoder)
    mean = question.tokens.mean(axis=0)
    np.testing.assert_allclose(question.sentence, mean / np.linalg.norm(mean), rtol=1e-5)


def test_it_knows_which_of_its_words_the_encoder_has_only_in_pieces(encoder: Encoder):
    question = Question.read("What did the ambassador say of Zelenskyy’s carpett?", encoder)
    pieced = {word.folded for word in question.pieced}
    assert pieced == {"zelenskyy", "carpett"}


def test_a_mark_beside_a_word_is_no_piece_of_it(encoder: Encoder):
    assert not Question.read("Where is the “carpet”?", encoder).pieced


class Deaf(FakeEncoder):
    """Hears of a text only the words it was made to know."""

    def __init__(self, *known: str) -> None:
        self.known = known

    def encode(self, text: str, before: str = "") -> Encoded:
        found = super().encode(text, before)
        held = [text[start:end].lower() in self.known for start, end in found.spans.tolist()]
        return Encoded(found.ids[held], found.spans[held], found.vectors[held])


def test_what_the_encoder_hears_nothing_of_is_no_question():
    assert len(Question.read("Who came first?", Deaf("came")).tokens) == 1
    with pytest.raises(QuestionError, match="no question"):
        Question.read("Who came first?", Deaf())


def test_of_two_words_put_otherwise_each_is_replaced_where_it_stands(fake_encoder: Encoder):
    question = Question.read("And whn did his meetngs end?", fake_encoder, ["Who met Puttin?"])
    spelt = {"puttin": "vladimir putin", "meetngs": "meets"}
    changes = {word: spelt[word.folded] for word in question.words if word.folded in spelt}
    assert len(changes) == 2
    respelt = question.respelt(changes)
    assert respelt.given == "Who met vladimir putin? And whn did his meets end?"
    assert respelt.given[respelt.own :] == "And whn did his meets end?"
    assert respelt.shares.tolist().count(1) == 7


def test_its_first_word_is_its_own(fake_encoder: Encoder):
    question = Question.read("Meetng with him?", fake_encoder, ["Who saw Putin?"])
    assert question.stems == ("meetng", "saw", "putin")
    respelt = question.respelt({question.words[0]: "meeting"})
    assert respelt.given[respelt.own :] == "meeting with him?"
