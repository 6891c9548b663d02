"""What people taught a shelf: pairs that are kept, found again, and met by what is asked."""

import io
import json
import os
import timeit
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from summitqa.encoder import Encoder
from summitqa.lessons import NOTHING, lessons_of
from summitqa.library import Library
from summitqa.likeness import confidence, weights
from summitqa.question import Question
from summitqa.reader import Reader
from summitqa.taught import QUESTIONS, Pair, teach, unteach
from summitqa_bot.commands import terminal
from tests.fakes import CountingEncoder, FakeEncoder, index, library, write

RULES = (
    "The hall opens at nine.\n\n"
    "Four-legged friends stay on a lead. They sleep outside.\n\n"
    "Nobody smokes in the garden.\n"
)
HUTS = "The upper hut has twelve beds.\n\nThe lower hut has a stove.\n"
ASKED = "Can I bring my poodle along?"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    build(tmp_path, RULES)
    return tmp_path / "home"


def build(folder: Path, rules: str, **given) -> None:
    shelf = write(folder / "shelf", {"rules.txt": rules, "huts.txt": HUTS})
    index(folder / "home", shelf, **given)


def lead(**changes) -> Pair:
    """The pair that leads to what is said of four-legged friends."""
    text = "Four-legged friends stay on a lead. They sleep outside."
    return replace(Pair(ASKED, "rules", (2,), text), **changes)


def first(asked: Library, question: str, **given) -> str:
    return asked.ask(question, **given).matches[0].citation.text


def line(**changes) -> bytes:
    given = {"question": "Who?", "article": "rules", "paragraphs": [1], "answer": "The hall"}
    return json.dumps(given | changes).encode()


def test_a_question_that_was_taught_finds_its_passage_first_and_the_rest_stays(home):
    before = library(home).ask(ASKED, top=10)
    teach(home, lead())
    answer = library(home).ask(ASKED, top=10)
    assert answer.found and answer.taught == ASKED
    assert answer.matches[0].citation.text == lead().answer
    others = [match for match in before.matches if match.citation.text != lead().answer]
    assert list(answer.matches[1:]) == others


def test_its_confidence_is_what_was_measured_of_the_same_words(home):
    teach(home, lead())
    answer = library(home).ask(ASKED.upper())
    assert answer.confidence == answer.matches[0].probability == weights().same < 0.95
    assert answer.to_json()["taught"] is True


def test_in_other_words_its_confidence_is_less_than_how_alike_the_two_are(home):
    teach(home, lead())
    reworded = "May I bring my poodle along?"
    lesson, answer = library(home).why(reworded).lesson, library(home).ask(reworded)
    assert answer.taught and answer.confidence == answer.matches[0].probability
    assert answer.confidence == lesson.confidence < lesson.likeness
    said = [confidence(likeness) for likeness in (0.4, 0.5, 0.7, 0.9, weights().same)]
    assert said == sorted(set(said))
    assert said[-1] == weights().same


def test_what_was_pointed_to_within_the_passage_is_quoted(home):
    teach(home, lead(answer="They sleep outside."))
    assert library(home).ask(ASKED).matches[0].citation.quote == "They sleep outside."


def test_a_whole_passage_is_quoted_by_its_best_sentence(home):
    teach(home, lead(question="Do they sleep in the hall, the friends?"))
    answer = library(home).ask("Do they sleep in the hall, the friends?")
    assert answer.taught
    assert answer.matches[0].citation.quote in lead().answer


def test_of_one_passage_asked_for_it_is_the_one(home):
    teach(home, lead())
    assert [one.citation.text for one in library(home).ask(ASKED, top=1).matches] == [lead().answer]


def test_scoped_to_another_article_it_does_nothing(home):
    teach(home, lead())
    answer = library(home).ask(ASKED, article="huts")
    assert answer.taught is None
    assert {match.citation.article.slug for match in answer.matches} == {"huts"}
    assert library(home).ask(ASKED, article="rules").taught == ASKED


def test_an_untaught_shelf_answers_as_ever_and_encodes_nothing_more(home):
    encoder = CountingEncoder()
    asked = Library(home, encoder)
    assert encoder.texts == []
    asked.ask(ASKED)
    assert encoder.texts == [ASKED]
    assert asked.lessons.pairs == ()


def test_what_is_taught_or_taken_back_counts_from_the_next_look(home):
    asked = library(home)
    before = asked.ask(ASKED)
    teach(home, lead())
    assert asked.ask(ASKED) is before
    assert asked.refresh() is False
    assert asked.ask(ASKED).taught == ASKED
    assert unteach(home, ASKED.lower(), "rules") is True
    asked.refresh()
    assert asked.ask(ASKED) == before
    assert unteach(home, ASKED, "rules") is False


def test_a_look_at_what_has_not_changed_keeps_the_answers_and_encodes_no_question_twice(home):
    teach(home, lead())
    encoder = CountingEncoder()
    asked = Library(home, encoder)
    kept = asked.ask(ASKED)
    os.utime(home / QUESTIONS)
    asked.refresh()
    assert asked.ask(ASKED) is kept
    teach(home, lead(question="Where do poodles sleep?"))
    encoder.texts.clear()
    asked.refresh()
    assert encoder.texts == ["Where do poodles sleep?"]


def test_the_passage_is_found_by_its_text_wherever_it_has_moved(home):
    teach(home, lead())
    build(home.parent, "A new one in front.\n\nAnd another.\n\n" + RULES)
    asked = library(home)
    assert first(asked, ASKED) == lead().answer
    assert asked.ask(ASKED).matches[0].citation.passage.number == 4


def test_of_two_passages_with_the_text_the_nearest_to_where_it_was_is_meant(home):
    build(home.parent, "Ask Ann.\n\nThe hall opens.\n\nIt closes.\n\nAsk Ann.\n\nIt rests.\n")
    teach(home, Pair(ASKED, "rules", (5,), "Ask Ann."))
    assert library(home).ask(ASKED).matches[0].citation.passage.number == 4


def test_where_the_text_is_gone_the_pair_is_silent_and_speaks_again_when_it_is_back(home):
    teach(home, lead())
    asked = library(home)
    build(home.parent, "The hall opens at nine.\n", force=True)
    asked.refresh()
    assert asked.ask(ASKED).taught is None
    assert asked.lessons.silent == (lead(),)
    build(home.parent, RULES, force=True)
    asked.refresh()
    assert asked.ask(ASKED).taught == ASKED
    assert asked.lessons.silent == ()


def test_a_pair_of_an_article_that_is_gone_is_silent(home):
    teach(home, lead(article="statutes"))
    asked = library(home)
    assert asked.ask(ASKED).taught is None
    assert asked.lessons.silent == (lead(article="statutes"),)


def test_why_says_that_it_was_taught(home):
    teach(home, lead())
    found = library(home).why(ASKED)
    assert found.taught and found.lesson.number == 2
    console = Console(width=300, file=io.StringIO())
    console.print(terminal.explanation(found))
    assert "rules ¶2, which comes first" in console.file.getvalue()


def test_a_follow_up_is_no_taught_question_itself_but_may_lean_on_one(home):
    teach(home, lead())
    asked = library(home)
    answer = asked.ask("And why?", context=[ASKED])
    assert answer.found and answer.taught is None


def test_thousands_of_pairs_cost_a_question_little_more_than_a_few(home):
    question = Question.read(ASKED, FakeEncoder())

    def taken(count: int) -> float:
        """Teach so many pairs, and give the least time that it takes to look among them."""
        pairs = [lead(question=f"Can I bring my lamp number {one} along?") for one in range(count)]
        (home / QUESTIONS).write_text("".join(f"{one.dump()}\n" for one in pairs), "utf-8")
        lessons = library(home).lessons
        assert len(lessons.pairs) == count
        return min(timeit.repeat(lambda: lessons.met(question, None), number=1, repeat=20))

    assert taken(2000) < 30 * taken(20)  # a hundred times where each is looked at by itself


def test_nothing_is_kept_of_a_shelf_that_was_taught_nothing(home):
    asked = library(home)
    assert lessons_of(home, asked.store, FakeEncoder(), asked.lessons) is asked.lessons
    assert asked.lessons.vectors is NOTHING.vectors


PARKING = (
    "You may leave your vehicle in the yard at no charge on the day of rest.\n\n"
    "Four-legged friends stay on a lead.\n\n"
    "The hall opens at nine and closes at ten.\n\n"
    "Wood comes from the forester, who wants an envelope left under the mat.\n"
)


@pytest.fixture(scope="module")
def taught(tmp_path_factory, encoder: Encoder, reader: Reader | None) -> Library:
    """A shelf taught three questions, with the real model."""
    folder = tmp_path_factory.mktemp("taught")
    home = folder / "home"
    index(home, write(folder / "shelf", {"yard.txt": PARKING}), encoder=encoder)
    found = Library(home, encoder, reader)
    article = found.store.article("yard")
    for question, number in (
        ("Is parking free on Sundays?", 1),
        ("Can I bring a dog?", 2),
        ("How much does a crate of logs cost?", 4),
    ):
        teach(home, Pair.of(question, article, number))
    found.refresh()
    return found


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("can i bring my dog", 2),
        ("is it ok to bring a dog", 2),
        ("is parking free on sunday", 1),
        ("what does a crate of logs cost", 4),
        ("how much is a crate of logs?", 4),
    ],
)
def test_a_question_much_like_a_taught_one_finds_its_passage(taught, asked, number):
    answer = taught.ask(asked)
    assert answer.found
    assert answer.matches[0].citation.passage.number == number


@pytest.mark.parametrize(
    "asked",
    [
        "Can I bring a cat?",
        "can i not bring a dog",
        "Who can bring a dog?",
        "Is parking free on Mondays?",
        "Is camping free on Sundays?",
        "Is parking free for 3 hours on Sundays?",
        "Where is parking free on Sundays?",
        "How much does a crate of apples cost?",
        "How much does a crate of logs weigh?",
        "Did Anna bring a dog?",
    ],
)
def test_one_that_asks_for_another_thing_is_not_taken_for_it(taught, asked):
    assert taught.ask(asked).taught is None
