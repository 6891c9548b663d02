"""Replicas: what one publishes, all have; PostgreSQL says which version is in use, whoever dies."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import event, text, update

from summitqa.clearing import nothing_cleared
from summitqa.errors import (
    ConflictError,
    DatabaseUnavailableError,
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    SettingsError,
)
from summitqa.folder.store import TEXT
from summitqa.library import VERSIONS, Library, current_version
from summitqa.postgres import chunks
from summitqa.postgres.database import connect
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.tables import CHUNKS
from summitqa.settings import HOUSE, Settings
from summitqa_index import versions
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from summitqa_index.vectors import embed
from tests import fakes, sharing
from tests.fakes import FakeEncoder, write
from tests.killing import killed_at

Join = Callable[[str], Mirror]


@pytest.fixture
def url(postgres_databases: Callable[[], str]) -> str:
    return postgres_databases()


@pytest.fixture
def join(tmp_path: Path, url: str) -> Iterator[Join]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(sharing.replica(tmp_path / name, url))


def published(mirror: Mirror, said: str, shelf: str = HOUSE) -> str:
    """Build a shelf from one text, on one replica; give the version."""
    folder = mirror.folder(shelf)
    source = write(folder.parent / f"sources of {folder.name}", {"a.txt": said})
    home = mirror.folder(HOUSE)
    settings = Settings(home=home, shelf=shelf, sources=(str(source),), keep_versions=2)
    publisher = SharedPublisher(mirror, shelf)
    return str(build(Job(publisher, settings, FakeEncoder())).index_version)


def drafted(publisher: SharedPublisher) -> str:
    """Write a draft, under the lock that is held; give its version."""
    article = to_article(read_plain(b"The bell is of gold.", markdown=False), "bell")
    vectors = [(b"1" * 16, embed(FakeEncoder(), article, article.passages[0]))]
    return publisher.write([article], vectors, {"model": "m", "checksum": "fake", "sources": []})


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


def test_what_is_damaged_here_is_fetched_again_and_opened_anew(join):
    one, other = join("one"), join("other")
    version = published(one, "The bell is of silver.")
    other.bring(HOUSE)
    library = fakes.library(other.folder(HOUSE))
    assert not library.refresh()
    damaged = other.folder(HOUSE) / VERSIONS / version / TEXT
    damaged.write_bytes(b"The bell is of tin....")
    other.bring(HOUSE)
    assert library.refresh()
    assert library.ask("What is the bell of?").matches[0].citation.quote == "The bell is of silver."
    damaged.unlink()
    assert versions.verify(SharedPublisher(other, HOUSE)) == []
    assert damaged.exists()


def test_what_is_damaged_in_the_database_is_named_and_nowhere_used(join):
    one, other = join("one"), join("other")
    first = published(one, "The bell is of silver.")
    other.bring(HOUSE)
    second = published(one, "The bell is of gold.")
    with one.engine.begin() as connection:
        connection.execute(update(CHUNKS).where(CHUNKS.c.file == TEXT).values(body=b"tin"))
    with pytest.raises(IndexDamagedError):
        other.bring(HOUSE)
    assert current_version(other.folder(HOUSE)) == first
    assert versions.verify(SharedPublisher(other, HOUSE), second) == [TEXT]


def test_pruned_versions_go_from_every_mirror_but_not_while_they_are_copied(join):
    one, other = join("one"), join("other")
    made = []
    for metal in ("silver", "gold", "iron"):
        made.append(published(one, f"The bell is of {metal}."))
        with nothing_cleared(other.folder(HOUSE)):
            other.bring(HOUSE)

    def kept(mirror: Mirror) -> list[str]:
        found = (mirror.folder(HOUSE) / VERSIONS).iterdir()
        return sorted(path.name for path in found if path.name[0] != ".")

    assert (kept(one), kept(other)) == (made[1:], made)
    other.bring(HOUSE)
    assert kept(other) == made[1:]


def test_a_rollback_on_one_replica_is_one_on_all(join):
    one, other = join("one"), join("other")
    first = published(one, "The bell is of silver.")
    published(one, "The bell is of gold.")
    other.bring(HOUSE)
    assert versions.rollback(SharedPublisher(other, HOUSE)) == first
    assert current_version(other.folder(HOUSE)) == first
    one.bring(HOUSE)
    assert current_version(one.folder(HOUSE)) == first


def test_what_is_kept_aside_by_one_replica_can_be_switched_to_by_another(join):
    one, other = SharedPublisher(join("one"), HOUSE), SharedPublisher(join("other"), HOUSE)
    with one.lock("a test"):
        version = drafted(one)
        one.keep_aside(version)
    assert (one.ids(), other.aside()) == ([], version)
    assert versions.rollback(other, version) == other.used() == version
    assert (one.aside(), one.ids()) == (None, [version])
    with one.lock("a test"):
        one.keep_aside(drafted(one))
    with other.lock("a test"):
        other.keep_aside(later := drafted(other))
    assert one.opened(later).version == later


def test_a_writer_that_has_lost_its_session_can_switch_no_more(join):
    one, other = SharedPublisher(join("one"), HOUSE), SharedPublisher(join("other"), HOUSE)
    first = published(one._mirror, "The bell is of silver.")
    second = published(one._mirror, "The bell is of gold.")
    with one.lock("Ada"):
        with one._mirror.engine.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(:pid, 1000)"),
                {"pid": one._session.info.backend_pid},
            )
        with other.lock("Bob"), pytest.raises(DatabaseUnavailableError):
            one.switch(first)
    assert (one.used(), other.used()) == (second, second)


def test_nothing_is_put_on_a_shelf_that_was_erased_meanwhile(join):
    one, other = (SharedPublisher(join(name), "community") for name in ("one", "other"))
    with one.lock("Ada"):
        version = drafted(one)
        other.erase()
        with pytest.raises(ConflictError):
            one.switch(version)
    assert other.ids() == []
    with pytest.raises(IndexMissingError):
        other.used()


def test_a_reader_goes_on_while_the_database_is_away(join, tmp_path):
    one = join("one")
    published(one, "The bell is of silver.")
    away = Mirror(connect("postgresql://nobody@127.0.0.1:1/none"), tmp_path / "one")
    with closing(away):
        with pytest.raises(DatabaseUnavailableError):
            away.bring(HOUSE)
        away.start(lambda: None)
        answer = fakes.library(away.folder(HOUSE)).ask("What is the bell of?")
    assert answer.matches[0].citation.quote == "The bell is of silver."


def test_a_folder_is_the_mirror_of_one_installation(tmp_path, postgres_databases):
    one, other = postgres_databases(), postgres_databases()
    with sharing.replica(tmp_path / "home", one) as mirror:
        version = published(mirror, "The bell is of silver.")
    for url in (one, one):
        with sharing.replica(tmp_path / "home", url) as mirror:
            mirror.bring(HOUSE)
    with (
        pytest.raises(SettingsError, match="mirrors another"),
        sharing.replica(tmp_path / "home", other),
    ):
        pass
    assert current_version(tmp_path / "home") == version


@pytest.mark.parametrize("kill", ["in the database", "in the folder"])
def test_whoever_is_killed_while_publishing_leaves_one_version_or_the_other_whole(
    join, url, tmp_path, kill
):
    one, other = join("one"), SharedPublisher(join("other"), HOUSE)
    made = [published(one, "The bell is of silver.")]
    one.close()

    def publish() -> None:
        if kill == "in the database":
            real = chunks.write

            def killed(*args) -> None:
                real(*args)
                os.kill(os.getpid(), signal.SIGKILL)

            chunks.write = killed
        with sharing.replica(tmp_path / "one", url) as mirror:
            published(mirror, "The bell is of gold.")

    if kill == "in the database":
        assert killed_at(0, publish)
        assert other.ids() == made
    else:
        step = 0
        while killed_at(step := step + 3, publish):
            assert other.used() == other.ids()[0]
    made = other.ids()
    with sharing.replica(tmp_path / "one", url) as mirror:
        mirror.bring(HOUSE)
        assert current_version(tmp_path / "one") == made[0]
        last = once_free(lambda: published(mirror, "The bell is of iron."))
        assert not list((tmp_path / "one" / VERSIONS).glob(".*"))
    assert other.ids() == [last, *made][:2]
    assert all(versions.verify(other, version) == [] for version in other.ids())


def once_free(publish: Callable[[], str]) -> str:
    """Publish as soon as the database has noticed that whoever had the lock is gone."""
    while True:
        with suppress(IndexBusyError):
            return publish()


def test_a_shelf_that_another_replica_fills_is_heard_of(join):
    one, other = join("one"), join("other")
    other.bring("community")
    assert not other.folder("community").exists()
    heard = threading.Event()
    other.start(heard.set)
    assert heard.wait(30)
    other.bring("community")
    heard.clear()
    version = published(one, "The bell is of silver.", "community")
    assert heard.wait(30)
    other.bring("community")
    assert current_version(other.folder("community")) == version


def test_a_look_at_many_shelves_asks_the_database_no_more_than_one_at_few(join):
    mirror = join("one")
    mirror.bring(HOUSE)
    asked = []
    event.listen(mirror.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    few = len(mirror.stale()) + len(asked)
    asked.clear()
    for number in range(20):
        mirror.bring(f"shelf-{number}")
    asked.clear()
    assert mirror.stale() == set()
    assert len(asked) == few


def test_a_look_finds_what_is_other_than_the_database_says(join):
    one, other = join("one"), join("other")
    for shelf in ("kept", "moved", "damaged", "erased", "new"):
        if shelf != "new":
            published(one, f"The bell of {shelf} is of silver.", shelf)
        other.bring(shelf)
    assert other.stale() == set()
    published(one, "The bell is of gold.", "moved")
    published(one, "The bell is of iron.", "new")
    SharedPublisher(one, "erased").erase()
    version = current_version(other.folder("damaged"))
    (other.folder("damaged") / VERSIONS / version / TEXT).write_bytes(b"tin")
    assert other.stale() == {"moved", "damaged", "erased", "new"}
    for shelf in other.stale():
        other.bring(shelf)
    assert other.stale() == set()
