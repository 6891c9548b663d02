"""Replicas: what one publishes, all have; PostgreSQL says which version is in use, whoever dies."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import text

from summitqa.errors import (
    ConflictError,
    DatabaseUnavailableError,
    IndexBusyError,
    IndexMissingError,
    SettingsError,
)
from summitqa.library import VERSIONS, current_version
from summitqa.postgres import chunks
from summitqa.settings import HOUSE
from summitqa_index import versions
from summitqa_index.postgres import publisher as publishers
from summitqa_index.postgres.publisher import SharedPublisher
from tests import fakes, sharing
from tests.cluster import until
from tests.killing import killed_at
from tests.sharing import drafted, published


def test_what_one_replica_publishes_another_has(join):
    one, other = join("one"), join("other")
    version = published(one, "The bell is of silver.")
    other.bring(HOUSE)
    library = fakes.library(other.folder(HOUSE))
    assert library.store.version == version
    assert library.ask("What is the bell of?").matches[0].citation.quote == "The bell is of silver."


def test_only_one_replica_changes_a_shelf(join):
    one, other = SharedPublisher(join("one"), HOUSE), SharedPublisher(join("other"), HOUSE)
    with one.lock("Ada"):
        with pytest.raises(IndexBusyError, match="by Ada"), other.lock("Bob"):
            pass
        with SharedPublisher(other._mirror, "another").lock("Bob"):
            pass
    with other.lock("Bob"):
        pass


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


def test_who_waits_for_a_folder_holds_up_nobody_in_the_database(join):
    one, other = SharedPublisher(join("one"), HOUSE), SharedPublisher(join("other"), HOUSE)
    first = published(one._mirror, "The bell is of silver.")
    written, taken = threading.Event(), threading.Event()

    def publish() -> str:
        with one.lock("Ada"):
            version = drafted(one)
            written.set()
            assert taken.wait(30)
            one.switch(version)
        return version

    with ThreadPoolExecutor(1) as aside:
        there = aside.submit(publish)
        assert written.wait(30)
        with one._mirror.alone(HOUSE):
            taken.set()
            until(lambda: other.used() != first, "what waits for its folder to be published")
        version = there.result()
    assert other.used() == current_version(one._mirror.folder(HOUSE)) == version


def test_a_mirror_that_comes_before_the_publisher_takes_the_draft(join, monkeypatch):
    one, other = join("one"), join("other")
    publisher, fetched = SharedPublisher(one, HOUSE), []
    published(one, "The bell is of silver.")
    monkeypatch.setattr(one, "_write", lambda *given: fetched.append(given))
    tell = publishers.tell

    def told(own, shelf) -> None:
        tell(own, shelf)
        committed = one.alone

        def first(named):
            monkeypatch.setattr(one, "alone", committed)
            one.bring(named)
            return committed(named)

        monkeypatch.setattr(one, "alone", first)

    monkeypatch.setattr(publishers, "tell", told)
    with publisher.lock("Ada"):
        version = drafted(publisher)
        publisher.switch(version)
    assert current_version(one.folder(HOUSE)) == version
    assert fetched == []
    assert versions.verify(SharedPublisher(other, HOUSE)) == []
