"""Replicas: what one publishes, all have; PostgreSQL says which version is in use, whoever dies."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from summitqa.errors import IndexBusyError, IndexMissingError
from summitqa.library import Library
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE, Settings
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from tests import fakes, sharing
from tests.fakes import FakeEncoder, write

Join = Callable[[str], Mirror]


@pytest.fixture
def join(tmp_path: Path, postgres_databases: Callable[[], str]) -> Iterator[Join]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    url = postgres_databases()
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(sharing.replica(tmp_path / name, url))


def published(mirror: Mirror, text: str, shelf: str = HOUSE) -> str:
    """Build a shelf from one text, on one replica; give the version."""
    folder = mirror.folder(shelf)
    source = write(folder.parent / f"sources of {folder.name}", {"a.txt": text})
    home = mirror.folder(HOUSE)
    settings = Settings(home=home, shelf=shelf, sources=(str(source),), keep_versions=2)
    publisher = SharedPublisher(mirror, shelf)
    return str(build(Job(publisher, settings, FakeEncoder())).index_version)


def test_what_one_replica_publishes_another_has(join):
    one, other = join("one"), join("other")
    version = published(one, "The bell is of silver.")
    other.bring(HOUSE)
    library = fakes.library(other.folder(HOUSE))
    assert library.store.version == version
    assert library.ask("What is the bell of?").matches[0].citation.quote == "The bell is of silver."


def test_a_replica_swaps_when_another_reindexes(join):
    one, other = join("one"), join("other")
    published(one, "The bell is of silver.")
    other.bring(HOUSE)
    library: Library = fakes.library(other.folder(HOUSE))
    swapped = threading.Event()
    other.start(lambda: swapped.set() if library.refresh() else None)
    version = published(one, "The bell is of gold.")
    assert swapped.wait(30)
    assert library.store.version == version


def test_only_one_replica_changes_a_shelf(join):
    one, other = SharedPublisher(join("one"), HOUSE), SharedPublisher(join("other"), HOUSE)
    with one.lock("Ada"):
        with pytest.raises(IndexBusyError, match="by Ada"), other.lock("Bob"):
            pass
        with SharedPublisher(other._mirror, "another").lock("Bob"):
            pass
    with other.lock("Bob"):
        pass


def test_of_an_erased_shelf_no_replica_keeps_anything(join):
    one, other = join("one"), join("other")
    published(one, "The bell is of silver.", "community")
    other.bring("community")
    SharedPublisher(one, "community").erase()
    other.bring("community")
    assert not one.folder("community").exists()
    assert not other.folder("community").exists()
    with pytest.raises(IndexMissingError):
        SharedPublisher(other, "community").used()
