"""The library: swapped whole, from another process too, and nothing of the old one stays."""

import gc
import multiprocessing
import os
import weakref
from pathlib import Path

import pytest

from summitqa.article import Article
from summitqa.errors import IndexDamagedError, IndexMismatchError, IndexMissingError
from summitqa.folder.store import LEXICON
from summitqa.library import VERSIONS, Library
from summitqa_index import versions
from tests.fakes import FakeEncoder, index, library, publisher, write

QUESTION = "Which colour is the door?"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    paint(home, "red")
    return home


def paint(home: Path, colour: str, **given) -> None:
    shelf = write(home.parent / "shelf", {"door.txt": f"The door is {colour}.\n\nNobody knocks."})
    index(home, shelf, **given)


def test_a_new_version_is_answered_from_after_a_refresh_and_not_before(home):
    open_ = library(home)
    assert open_.refresh() is False
    paint(home, "blue")
    assert open_.ask(QUESTION).matches[0].citation.quote == "The door is red."
    assert open_.refresh() is True
    answer = open_.ask(QUESTION)
    assert answer.matches[0].citation.quote == "The door is blue."
    assert answer.index_version == open_.store.version
    assert open_.refresh() is False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_swap_made_by_another_process_is_noticed_at_the_next_look(home):
    open_ = library(home)
    other = multiprocessing.get_context("fork").Process(target=paint, args=(home, "green"))
    other.start()
    other.join()
    assert open_.refresh()
    assert open_.ask(QUESTION).matches[0].citation.quote == "The door is green."


def test_an_answer_in_the_making_keeps_its_version_though_it_is_pruned(home):
    open_ = library(home)
    store = open_.store
    paint(home, "blue", keep_versions=1)
    assert not store.folder.exists()
    assert open_.ask(QUESTION).matches[0].citation.quote == "The door is red."
    open_.refresh()
    assert store.nth(0).text.startswith("The door is red.")


def test_nothing_of_the_old_version_stays_in_memory(home):
    open_ = library(home)
    open_.ask(QUESTION)
    old = weakref.ref(open_.store)
    paint(home, "blue")
    open_.refresh()
    gc.collect()
    assert old() is None
    kept = [one for one in gc.get_objects() if type(one) is Article and "door is red" in one.text]
    assert kept == []


def test_a_damaged_new_version_is_told_once_and_the_old_one_goes_on(home):
    open_ = library(home)
    paint(home, "blue")
    file = home / VERSIONS / versions.listed(publisher(home))[0].id / LEXICON
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(IndexDamagedError, match=LEXICON):
        open_.refresh()
    assert open_.refresh() is False
    assert open_.ask(QUESTION).matches[0].citation.quote == "The door is red."
    file.write_bytes(whole)
    assert open_.refresh() is True


def test_an_index_that_is_gone_is_told_once_and_the_old_one_goes_on(home):
    open_ = library(home)
    home.rename(home.with_name("elsewhere"))
    with pytest.raises(IndexMissingError):
        open_.refresh()
    assert open_.refresh() is False
    assert open_.ask(QUESTION).matches


def test_an_index_by_another_model_is_refused_in_one_sentence(home):
    other = FakeEncoder()
    other.checksum = "another"
    with pytest.raises(IndexMismatchError, match="SUMMITQA_MODEL"):
        Library(home, other)


def test_a_version_pruned_while_it_is_opened_gives_way_to_its_successor(home, monkeypatch):
    real = Library._open
    raced = []

    def open_(self: Library, version: str):
        if not raced:
            raced.append(version)
            paint(home, "blue", keep_versions=1)
        return real(self, version)

    monkeypatch.setattr(Library, "_open", open_)
    assert library(home).store.version != raced[0]


def test_the_same_question_is_answered_from_the_cache_within_a_version_only(home):
    open_ = library(home)
    assert open_.ask(QUESTION) is open_.ask(QUESTION)
    assert open_.ask(QUESTION) is not open_.ask(QUESTION, top=1)
