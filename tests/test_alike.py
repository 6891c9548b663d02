"""Questions that ask the same are counted as one, thousands of them in a moment."""

import time
from collections.abc import Sequence

import numpy as np

from summitqa.encoder import Floats
from summitqa_bot.service.alike import grouped


class Model:
    """Counts what it reads; questions that it is told to be alike are."""

    def __init__(self, *alike: str) -> None:
        self.read: list[str] = []
        self._alike = alike

    def vectors_of(self, questions: Sequence[str]) -> Floats:
        self.read += questions
        made = np.eye(len(questions) + 1, dtype=np.float32)[1:]
        for row, question in enumerate(questions):
            if question in self._alike:
                made[row] = np.eye(len(questions) + 1, dtype=np.float32)[0]
        return made


def test_equal_questions_and_those_in_like_words_are_one_without_the_model():
    questions = ["Where may I park?", "where may i park", "May we park here, and where?", "Lunch?"]
    model = Model()
    assert grouped([*questions, "Lunch?"], model.vectors_of) == [
        ("Where may I park?", 3), ("Lunch?", 2),
    ]  # fmt: skip
    assert len(model.read) == 2


def test_those_that_mean_the_same_in_other_words_are_one_by_the_model():
    questions = ["How do I get a refund?", "Lunch?", "May I have my money back?", "Lunch?"]
    model = Model("How do I get a refund?", "May I have my money back?")
    assert grouped(questions, model.vectors_of) == [("Lunch?", 2), ("How do I get a refund?", 2)]


def test_one_shared_word_among_others_does_not_make_questions_alike():
    questions = ["Can I park on Monday?", "Can I get a refund on Monday?"]
    assert [count for _, count in grouped(questions, Model().vectors_of)] == [1, 1]


def test_of_thousands_the_model_reads_those_that_stand_for_the_largest_groups():
    distinct = [f"word{number} other{number} third{number}?" for number in range(4900)]
    model = Model()
    began = time.monotonic()
    found = grouped([*distinct, *["Where may I park?"] * 100], model.vectors_of)
    assert found[0] == ("Where may I park?", 100)
    assert sum(count for _, count in found) == 5000
    assert len(model.read) < 100
    assert time.monotonic() - began < 60


def test_nothing_asked_is_nothing_and_what_has_no_words_stands_alone():
    assert grouped([], Model().vectors_of) == []
    assert len(grouped(["🙂", "❓"], Model().vectors_of)) == 2
