"""What lies beside a shelf's versions is every replica's: drafts, what was taught, what was rejected."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from summitqa.article import Article
from summitqa.errors import IndexDamagedError, RejectedError
from summitqa.library import Library
from summitqa.postgres.beside import changing
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE, Settings
from summitqa.taught import QUESTIONS, Pair, pairs_of, read_raw, teach
from summitqa_index.build import Job, build
from summitqa_index.catalogue import Change, Entry
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.putting import put
from summitqa_index.room import keep, tidy
from summitqa_index.versions import rollback
from tests import fakes, sharing
from tests.fakes import FakeEncoder, write
from tests.putting import AT

SHELF = "community"
BRIDGE = "# Bridge\n\nThe bridge is of stone.\n"
LONG_AGO, NOW = timedelta(days=2), timedelta(0)


@pytest.fixture
def join(
    tmp_path: Path, postgres_databases: Callable[[], str]
) -> Iterator[Callable[[str], Mirror]]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    url = postgres_databases()
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(sharing.replica(tmp_path / name, url))


@pytest.fixture
def one(join) -> Mirror:
    return join("one")


@pytest.fixture
def other(join) -> Mirror:
    return join("other")


def settings(mirror: Mirror, shelf: str = SHELF) -> Settings:
    return Settings(home=mirror.folder(HOUSE), shelf=shelf)


def job(mirror: Mirror, shelf: str = SHELF) -> Job:
    return Job(SharedPublisher(mirror, shelf), settings(mirror, shelf), FakeEncoder())


def handed_in(mirror: Mirror, text: str = BRIDGE, slug: str = "bridge") -> Entry:
    """Hand a file in for the shelf, as a draft does that nobody has confirmed yet."""
    blob = keep(SharedPublisher(mirror, SHELF), settings(mirror), text.encode())
    return Entry(slug=slug, name=f"{slug}.md", blob=blob, url=None, at=AT, ref=f"put-{slug}")


def blobs(mirror: Mirror):
    return SharedPublisher(mirror, SHELF).blobs


def local(mirror: Mirror) -> set[str]:
    return {path.name for path in mirror.folder(SHELF).glob("blobs/*")}


def test_a_draft_of_one_replica_is_put_by_another(one, other):
    entry = handed_in(one)
    put(job(other), Change.adding(entry))
    one.bring(SHELF)
    found = fakes.library(one.folder(SHELF)).ask("What is the bridge of?")
    assert found.matches[0].citation.quote == "The bridge is of stone."


def test_bytes_that_are_damaged_or_lost_on_one_replica_are_fetched_again(one):
    name = str(handed_in(one).blob)
    file = one.folder(SHELF) / "blobs" / name
    file.write_bytes(b"damaged")
    assert blobs(one).get(name) == BRIDGE.encode()
    file.unlink()
    assert blobs(one).get(name) == BRIDGE.encode()


def test_bytes_that_nobody_handed_in_are_not_there(one):
    with pytest.raises(IndexDamagedError):
        blobs(one).get("0" * 64)


def test_large_bytes_are_kept_in_pieces(one, other):
    raw = os.urandom((9 << 20) + 1)
    name = blobs(one).put(raw)
    assert blobs(other).get(name) == raw
    assert blobs(other).size() == len(raw)
    assert blobs(other).size({name}) == len(raw)
    assert blobs(other).size({"0" * 64}) == 0


def test_the_same_bytes_handed_in_twice_are_kept_once(one, other):
    assert handed_in(one).blob == handed_in(other).blob
    assert blobs(one).size() == len(BRIDGE)


def test_what_is_full_on_one_replica_is_full_on_all(one, other):
    blobs(one).put(b"x" * 3_000_000)
    with pytest.raises(Exception, match="no more than 2 may be"):
        keep(
            SharedPublisher(other, SHELF),
            Settings(home=other.folder(HOUSE), shelf=SHELF, shelf_mb=1, keep_versions=1),
            b"more",
        )


def test_bytes_that_no_version_is_made_of_go_from_all_replicas(one, other):
    entry = handed_in(one)
    left = str(handed_in(one, "# Left\n\nNobody wants it.\n", "left").blob)
    put(job(other), Change.adding(entry))
    assert blobs(other).get(left)
    publisher = SharedPublisher(one, SHELF)
    with publisher.lock("Ada"):
        assert not publisher.blobs.prune({str(entry.blob)}, LONG_AGO)
        assert publisher.blobs.prune({str(entry.blob)}, NOW)
    for mirror in (one, other):
        mirror.bring(SHELF)
        assert local(mirror) == {entry.blob}
    with pytest.raises(IndexDamagedError):
        blobs(other).get(left)
    with publisher.lock("Ada"):
        tidy(publisher, one.folder(SHELF))
    assert blobs(other).get(str(entry.blob)) == BRIDGE.encode()


def test_bytes_that_are_handed_in_again_are_young_again(one, other):
    name = str(handed_in(one).blob)
    with one.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE shelf_files SET changed = now() - interval '9 days'")
    handed_in(other)
    with SharedPublisher(one, SHELF).lock("Ada"):
        assert not blobs(one).prune(frozenset(), LONG_AGO)
    assert blobs(other).get(name)


def taught(mirror: Mirror, question: str, article: Article) -> None:
    with changing(mirror, SHELF, QUESTIONS):
        teach(mirror.folder(SHELF), Pair.of(question, article, 1))


def known(mirror: Mirror) -> set[str]:
    return {pair.question for pair in pairs_of(read_raw(mirror.folder(SHELF)))}


@pytest.fixture
def bridge(one, other) -> Article:
    put(job(one), Change.adding(handed_in(one)))
    other.bring(SHELF)
    return fakes.library(other.folder(SHELF)).store.article("bridge")


def test_what_is_taught_on_one_replica_is_met_on_another(one, other, bridge):
    library: Library = fakes.library(other.folder(SHELF))
    met = threading.Event()

    def changed() -> None:
        library.refresh()
        if library.lessons.pairs:
            met.set()

    other.start(changed)
    taught(one, "Granite or wood?", bridge)
    assert met.wait(30)
    assert library.lessons.taught("Granite or wood?", None)


def test_what_two_replicas_teach_at_once_is_all_kept(one, other, bridge):
    def several(mirror: Mirror, name: str) -> None:
        for number in range(5):
            taught(mirror, f"Question {name} {number}?", bridge)

    threads = [
        threading.Thread(target=several, args=(mirror, name))
        for mirror, name in ((one, "one"), (one, "again"), (other, "other"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mirror in (one, other):
        mirror.bring(SHELF)
        assert len(known(mirror)) == 15


def test_what_could_not_be_taught_to_all_is_taught_to_none(one, other, bridge):
    taught(one, "Granite or wood?", bridge)
    with pytest.raises(KeyError), changing(one, SHELF, QUESTIONS):
        teach(one.folder(SHELF), Pair.of("Steel or stone?", bridge, 1))
        raise KeyError
    assert known(one) == {"Granite or wood?"}
    other.bring(SHELF)
    assert known(other) == {"Granite or wood?"}


def test_what_is_unlearnt_is_so_everywhere(one, other, bridge):
    taught(one, "Granite or wood?", bridge)
    other.bring(SHELF)
    with changing(other, SHELF, QUESTIONS):
        (other.folder(SHELF) / QUESTIONS).unlink()
    one.bring(SHELF)
    assert known(one) == set()


def test_a_file_that_was_changed_by_hand_is_the_databases_again(one, bridge):
    taught(one, "Granite or wood?", bridge)
    (one.folder(SHELF) / QUESTIONS).write_text("nonsense")
    one.bring(SHELF)
    assert known(one) == {"Granite or wood?"}


def published(mirror: Mirror, text: str) -> str:
    folder = mirror.folder(HOUSE)
    source = write(folder.parent / "sources", {"a.txt": text})
    one = Settings(home=folder, sources=(str(source),))
    return str(build(Job(SharedPublisher(mirror, HOUSE), one, FakeEncoder())).index_version)


def test_what_is_rolled_back_on_one_replica_is_not_brought_back_by_another(one, other):
    first = published(one, "The bell is of silver.")
    published(one, "The bell is of gold.")
    assert rollback(SharedPublisher(one, HOUSE)) == first
    with pytest.raises(RejectedError):
        published(other, "The bell is of gold.")
    assert SharedPublisher(other, HOUSE).used() == first
