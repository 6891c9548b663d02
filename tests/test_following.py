"""A mirror is as the database says: what others publish comes, what is damaged or gone goes."""

import threading
from contextlib import closing

import pytest
from sqlalchemy import event, update

from summitqa.clearing import nothing_cleared
from summitqa.errors import DatabaseUnavailableError, IndexDamagedError, IndexMissingError
from summitqa.folder.store import TEXT
from summitqa.library import VERSIONS, Library, current_version
from summitqa.postgres import beside, following
from summitqa.postgres import mirror as mirrors
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.tables import CHUNKS
from summitqa.settings import HOUSE
from summitqa.taught import QUESTIONS
from summitqa_index import versions
from summitqa_index.postgres.publisher import SharedPublisher
from tests import fakes
from tests.cluster import until
from tests.sharing import connect, published


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


def test_a_shelf_that_another_replica_fills_is_found_where_nobody_was_told(join, monkeypatch):
    one, other = join("one"), join("other")
    followed, looked = threading.Event(), threading.Event()
    monkeypatch.setattr(following, "_noticed", lambda *_: set())
    monkeypatch.setattr(following, "_LOOK_SECONDS", 0.0)
    other.bring("club")
    other.start(lambda: (looked if followed.is_set() else followed).set())
    assert followed.wait(30)
    version = published(one, "The bell is of gold.", "club")
    assert looked.wait(30)
    assert current_version(other.folder("club")) == version


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


def test_the_versions_in_use_are_named(join):
    one, other = join("one"), join("other")
    made = {shelf: published(one, f"A bell for {shelf}.", shelf) for shelf in ("here", "there")}
    assert other.used(["here", "there", "nowhere"]) == {**made, "nowhere": None}


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


def test_where_nobody_listened_what_changed_meanwhile_is_brought_and_nothing_else(
    join, monkeypatch
):
    one, other = join("one"), join("other")
    for shelf in ("kept", "moved", "taught", "erased"):
        published(one, f"The bell of {shelf} is of silver.", shelf)
        other.bring(shelf)
    published(one, "The bell is of gold.", "moved")
    with beside.changing(one, "taught", QUESTIONS):
        (one.folder("taught") / QUESTIONS).write_text("something taught")
    SharedPublisher(one, "erased").erase()
    brought, followed = [], threading.Event()
    bring = other.follow
    monkeypatch.setattr(other, "follow", lambda shelf: brought.append(shelf) or bring(shelf))
    other.start(followed.set)
    assert followed.wait(30)
    assert sorted(brought) == ["erased", "moved", "taught"]
    assert (other.folder("taught") / QUESTIONS).read_text() == "something taught"
    assert not other.folder("erased").exists()


def test_a_shelf_that_was_not_asked_here_since_the_start_goes_when_it_is_erased(join, tmp_path):
    one, other = join("one"), join("other")
    for shelf in ("before", "again", "since", "kept"):
        published(one, "The bell is of silver.", shelf)
        other.bring(shelf)
    other.close()
    SharedPublisher(one, "before").erase()
    SharedPublisher(one, "again").erase()
    later = published(one, "The bell is of gold.", "again")
    again, followed = join("other"), threading.Event()
    again.start(followed.set)
    assert followed.wait(30)
    assert not again.folder("before").exists()
    assert current_version(again.folder("again")) == later
    assert len(list((again.folder("again") / VERSIONS).iterdir())) == 1
    SharedPublisher(one, "since").erase()
    until(lambda: not again.folder("since").exists(), "an erased shelf to go")
    assert again.folder("kept").exists()


def test_what_nobody_asked_for_long_is_followed_no_more_but_what_is_open(join, monkeypatch):
    mirror = join("one")
    for number in range(20):
        mirror.bring(f"shelf-{number}")
    published(mirror, "The bell is of silver.")
    mirror.bring(HOUSE)
    monkeypatch.setattr(mirrors, "_REMEMBERED_SECONDS", -1.0)
    mirror.forget(["shelf-3"])
    assert mirror.asked == set()
    monkeypatch.undo()
    mirror.forget(["shelf-3"])
    assert mirror.asked == {HOUSE, "shelf-3"}
    mirror.bring(HOUSE)
    assert mirror.stale() == set()


def test_what_a_kill_left_behind_goes_where_nobody_publishes(join):
    one, other = join("one"), join("other")
    published(one, "The bell is of silver.", "club")
    other.bring("club")
    left = [
        other.folder("club") / VERSIONS / ".gone-20200101-000000-000000",
        other.folder("club") / VERSIONS / ".fetching-20200101-000000-000000",
        other.folder("club").with_name(".gone-another"),
    ]
    for folder in left:
        (folder / "within").mkdir(parents=True)
    other.bring("club")
    followed = threading.Event()
    other.start(followed.set)
    assert followed.wait(30)
    assert not any(folder.exists() for folder in left)


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
