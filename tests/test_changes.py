"""What changes between two readings, article by article and passage by passage."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa_index.changes import PassageChange, _passages, _runs, compare
from summitqa_index.sources.document import Document, Paragraph, join
from summitqa_index.sources.passages import to_article
from tests.fakes import index, library, write


def article(slug: str, *paragraphs: str, **known: str):
    text, blocks = join(Paragraph(paragraph) for paragraph in paragraphs)
    return to_article(Document(text, blocks, **known), slug)


@pytest.fixture
def before(tmp_path: Path):
    shelf = write(tmp_path / "s", {"a.txt": "One.\n\nTwo.\n\nThree.", "b.txt": "Four."})
    index(tmp_path / "home", shelf)
    return library(tmp_path / "home").store


def test_before_the_first_version_everything_is_new():
    changes = compare(None, [article("a", "One.")])
    assert (changes.added, changes.removed, changes.none) == (("a",), (), False)
    assert changes.passages == ()
    assert compare(None, [article("a", "One.")], passages=True).passages == (
        PassageChange("a", None, "One."),
    )


def test_the_same_articles_are_no_change(before):
    changes = compare(before, [article("a", "One.", "Two.", "Three."), article("b", "Four.")])
    assert changes.none
    assert changes.unchanged == ("a", "b")


def test_other_metadata_is_a_change_without_a_passage(before):
    renamed = article("a", "One.", "Two.", "Three.", title="Other")
    changes = compare(before, [renamed, article("b", "Four.")], passages=True)
    assert (changes.changed, changes.passages) == (("a",), ())


@pytest.mark.parametrize(("now", "expected"), [
    (["One.", "2.", "Three."], [("Two.", "2.")]),
    (["One.", "Three."], [("Two.", None)]),
    (["One.", "Two.", "Two and a half.", "Three."], [(None, "Two and a half.")]),
    (["Zero.", "One.", "Two.", "Three."], [(None, "Zero.")]),
    (["Three.", "One."], [(None, "Three."), ("Two.", None), ("Three.", None)]),
    (["X."], [("One.", "X."), ("Two.", None), ("Three.", None)]),
])  # fmt: skip
def test_old_and_new_passages_stand_side_by_side(before, now, expected):
    changes = compare(before, [article("a", *now), article("b", "Four.")], passages=True)
    assert [(change.old, change.new) for change in changes.passages] == expected


def test_an_article_that_is_gone_takes_its_passages_along(before):
    changes = compare(before, [article("a", "One.", "Two.", "Three.")], passages=True)
    assert changes.removed == ("b",)
    assert changes.passages == (PassageChange("b", "Four.", None),)


def test_a_hundred_thousand_passages_alike_are_compared_at_once():
    assert (
        len(list(_passages("a", ["word"] * 100_000, ["word"] * 50_000 + ["other"] * 50_000)))
        == 50_000
    )


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_the_changes_account_for_every_passage(old, new):
    changes = list(_passages("a", old, new))
    gone = sorted(change.old for change in changes if change.old is not None)
    come = sorted(change.new for change in changes if change.new is not None)
    assert sorted([*old, *come]) == sorted([*new, *gone])
    assert bool(changes) == (old != new)


def test_many_passages_alike_are_compared_in_no_time():
    old, new = ["a"] * 2000, ["b", "a"] * 1000
    began = time.process_time()
    assert sum(len(after) - len(before) for before, after in _runs(old, new)) == 0
    assert time.process_time() - began < 5
