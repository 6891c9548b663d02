"""What teaching is measured on: questions beside others that ask the same, or nearly."""

import pytest

from benchmarks import natural
from benchmarks.corpus import Asked, Corpus
from benchmarks.rewordings import OTHER, PEOPLE, REWORDED, Group, Put, groups, same_answer, written
from benchmarks.teaching import SHARING, UNTOUCHED, Round, page, rounds
from summitqa.article import Article
from summitqa.folder.store import Store
from summitqa.likeness import sure
from summitqa.retrieval import Models
from tests.fakes import FakeEncoder, index, library, write
from training.likeness import fit_right


def test_each_rewording_is_of_a_question_of_its_shelf_and_asked_by_nobody_yet():
    found = [
        group for name in natural.FITTED_SHELVES for group in groups(name, natural.shelf(name))
    ]
    put = [one for group in found for one in group.puts]
    people = {one.text for one in put if one.kind == PEOPLE}
    for kind in (REWORDED, OTHER):
        some = [one for one in put if one.kind == kind]
        assert len(some) == written() >= 100
        assert people.isdisjoint(one.text for one in some)
        assert all(one.of.places for one in some)


def test_two_ask_the_same_where_one_s_label_is_part_of_the_other_s():
    one, two, three = (Asked("?", None, answers=((text,),)) for text in ("9", "at 9", "at ten"))
    assert same_answer(one, two) and not same_answer(two, three)


@pytest.fixture
def shelf(tmp_path) -> tuple[Store, dict[str, Article]]:
    text = "The hall opens at nine.\n\nThe door is red.\n"
    index(tmp_path / "home", write(tmp_path / "shelf", {"hall.txt": text}))
    store = library(tmp_path / "home").store
    return store, {"hall": store.article("hall")}


def test_each_question_is_taught_once_and_its_rewordings_are_asked_then(shelf):
    store, articles = shelf
    opens = Asked("When does the hall open?", None, (("hall", 1),), (("nine",),))
    hours = Asked("Since when is it open?", None, (("hall", 1),), (("at nine",),))
    paint = Asked("Which colour is it?", None, (("hall", 2),), (("red",),))
    people = [Put(one.text, one) for one in (opens, hours, paint)]
    near = Put("When does the hall close?", opens, OTHER)
    group = Group("hall", None, articles, (*people, Put("hall opening?", opens, REWORDED), near))
    found = list(rounds(group, store, Models(FakeEncoder())))
    kinds = [one.kind for one in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        REWORDED: 1, OTHER: 1, SHARING: 2, UNTOUCHED: 4,
    }  # fmt: skip
    assert not any(one.answerable for one in found if one.kind == OTHER)


def test_questions_of_an_article_are_asked_of_it_alone(shelf):
    _, articles = shelf
    asked = Asked("When?", "hall", (("hall", 1),))
    (group,) = groups("natural-wiki", Corpus(tuple(articles.values()), (asked,)))
    assert (group.name, group.article) == ("hall", "hall")


def test_the_page_tells_what_changed_for_the_better_and_for_the_worse():
    better = Round(REWORDED, True, False, True, 0.9, 0.8, True)
    worse = Round(UNTOUCHED, True, True, False, 0.7, 0.6, True)
    told = page([("guild", [better, worse]), ("town (to report)", [worse])], 1.0)
    assert "| guild | reworded | 1 | 0.000 | 1.000 | 1 | 1 | 1 | 0 |" in told
    assert "| guild | untouched | 1 | 1.000 | 0.000 | 1 | 1 | 0 | 1 |" in told
    assert "0.50 were right; the confidence said 0.70 (their likeness 0.80)" in told
    assert (
        "of the 1 on the parts to report, 0.00 were right; the confidence said 0.60" in told.lower()
    )


def test_how_sure_one_is_that_was_taken_is_how_often_such_were_right():
    alike = [Round(REWORDED, True, False, n % 10 < 9, 0.8, 0.0, False) for n in range(200)]
    less = [Round(UNTOUCHED, True, False, n % 10 < 2, 0.5, 0.0, False) for n in range(200)]
    found = fit_right([*alike, *less])
    assert sure(0.8, found) == pytest.approx(0.9, abs=0.03)
    assert sure(0.5, found) == pytest.approx(0.2, abs=0.03)
