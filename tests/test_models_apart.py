"""Replicas of two versions whose models differ, side by side while one replaces the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from summitqa.errors import IndexMismatchError
from summitqa.library import Library
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE, Settings
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.versions import rollback
from tests.fakes import FakeEncoder
from tests.sharing import Join, joining, published

QUESTION = "What is the bell of?"


class NewEncoder(FakeEncoder):
    """The model of the newer version."""

    checksum = "newer"


@pytest.fixture
def join(tmp_path: Path, url: str) -> Iterator[Join]:
    with joining(tmp_path, url) as join:
        yield join


def reindexed(mirror: Mirror, *, force: bool = False) -> bool:
    """Reindex by the new model what `published` has put there; tell whether it was switched to."""
    settings = Settings(home=mirror.folder(HOUSE), keep_versions=2)
    return build(Job(SharedPublisher(mirror, HOUSE), settings, NewEncoder(), force=force)).switched


def quote(library: Library) -> str:
    return library.ask(QUESTION).matches[0].citation.quote


def test_the_old_ones_go_on_from_what_they_have_open_whatever_the_new_ones_publish(join):
    old, new = join("old"), join("new")
    published(old, "The bell is of gold.")
    open_ = Library(old.folder(HOUSE), FakeEncoder())
    for force in (False, True, True):  # until the version that it has open is pruned
        assert reindexed(new, force=force)
        old.bring(HOUSE)
        with pytest.raises(IndexMismatchError, match="SUMMITQA_MODEL"):
            open_.refresh()
    assert open_.store.version not in SharedPublisher(old, HOUSE).ids()
    assert quote(open_) == "The bell is of gold."


def test_a_new_one_starts_once_the_shelf_is_indexed_by_it_and_the_old_ones_way_back_stays(join):
    old, new = join("old"), join("new")
    first = published(old, "The bell is of gold.")
    new.bring(HOUSE)
    with pytest.raises(IndexMismatchError, match="summitqa index"):
        Library(new.folder(HOUSE), NewEncoder())
    assert reindexed(new)
    assert quote(Library(new.folder(HOUSE), NewEncoder())) == "The bell is of gold."
    assert not reindexed(new)
    assert rollback(SharedPublisher(old, HOUSE)) == first
    old.bring(HOUSE)
    assert quote(Library(old.folder(HOUSE), FakeEncoder())) == "The bell is of gold."
