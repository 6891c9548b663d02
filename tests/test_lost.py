"""What a failover loses is lost nowhere else: whoever has the version keeps it, and brings it back."""

from contextlib import ExitStack

import pytest
from sqlalchemy import text

from summitqa.files import LOST
from summitqa.library import VERSIONS, current_version
from summitqa.postgres import lost
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.commands.doctor import examine
from summitqa_bot.service import reports
from summitqa_bot.settings import Settings
from summitqa_bot.strings.serving import VERSION_LOST
from summitqa_index import versions
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.versions import rollback, verify
from tests import fakes, sharing
from tests.command import ran
from tests.sharing import drafted, published

QUESTION = "What is the bell of?"


def said(mirror: Mirror, shelf: str = HOUSE) -> str:
    """Give what a replica quotes, once it has looked into the database."""
    mirror.bring(shelf)
    library = fakes.library(mirror.folder(shelf))
    return library.ask(QUESTION).matches[0].citation.quote


def lose(mirror: Mirror, version: str, back_to: str | None = None, shelf: str = HOUSE) -> None:
    """Have the database be as it was before a version, or before the whole shelf."""
    with mirror.engine.begin() as connection:
        given = {"shelf": shelf, "version": version, "back_to": back_to}
        statement = "UPDATE shelf_pointers SET version = :back_to WHERE shelf = :shelf"
        if back_to is None:
            statement = "DELETE FROM shelf_pointers WHERE shelf = :shelf"
        connection.execute(text(statement), given)
        statement = "DELETE FROM shelf_snapshots WHERE shelf = :shelf AND version = :version"
        connection.execute(text(statement), given)


def kept(mirror: Mirror, shelf: str = HOUSE) -> list[str]:
    """Name the versions that a replica has, those that are lost with a mark."""
    found = sorted(path.name for path in (mirror.folder(shelf) / VERSIONS).iterdir())
    return [f"lost {name.removeprefix(LOST)}" if name[0] == "." else name for name in found]


def test_what_was_published_to_a_primary_alone_is_brought_back_after_the_failover(
    cluster, tmp_path
):
    url = cluster.url(cluster.fresh()) + "&options=-csynchronous_commit%3Dlocal"
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(sharing.replica(tmp_path / name, url)) for name in ("one", "other")
        )
        published(one, "The bell is of silver.")
        cluster.caught_up()
        with cluster.primary.frozen(*cluster.senders):
            version = published(one, "The bell is of gold.")
            cluster.fail_over()
        assert said(one) == said(other) == "The bell is of silver."
        assert rollback(SharedPublisher(one, HOUSE), version) == version
        assert said(one) == said(other) == "The bell is of gold."
        assert verify(SharedPublisher(other, HOUSE), version) == []


def test_what_is_kept_is_told_of_once_and_by_doctor_until_it_is_had_again(
    join, url, caplog, monkeypatch, capsys
):
    one, other = join("one"), join("other")
    monkeypatch.setattr(assemble, "_mirror", lambda *_: one)
    first, second = published(one, "The bell is of silver."), published(one, "The bell is of gold.")
    other.bring(HOUSE)
    lose(one, second, first)
    for mirror in (one, other, one):
        assert said(mirror) == "The bell is of silver."
    assert caplog.text.count(f"the database has lost the version {second}") == 2
    assert kept(one) == [f"lost {second}", first]

    def told() -> list[str]:
        chosen = Settings(home=one.folder(HOUSE), database_url=url)
        return [check.detail for check in examine(chosen, ()) if check.name == "mirror"]

    monkeypatch.setenv("SUMMITQA_HOME", str(one.folder(HOUSE)))
    monkeypatch.setenv("SUMMITQA_DATABASE_URL", url)
    listed = ran(monkeypatch, capsys, "versions")[1].splitlines()
    assert ["lost" in line for line in listed if second in line] == [True]
    assert ["lost" in line for line in listed if first in line] == [False]
    in_chat = reports.versions(versions.listed(SharedPublisher(one, HOUSE)))
    assert f"{second} ·" in in_chat.text.splitlines()[0]
    assert VERSION_LOST in in_chat.text.splitlines()[0]
    assert in_chat.buttons == ()
    (sentence,) = told()
    assert f"`summitqa --shelf house rollback {second}`" in sentence
    rollback(SharedPublisher(one, HOUSE), second)
    assert said(one) == said(other) == "The bell is of gold."
    assert (kept(one), kept(other)) == ([first, second], [first, second])
    assert told() == []


def test_what_would_have_been_pruned_by_now_goes(join):
    one = join("one")
    first, second = published(one, "The bell is of silver."), published(one, "The bell is of gold.")
    lose(one, second, first)
    one.bring(HOUSE)
    third = published(one, "The bell is of iron.")
    one.bring(HOUSE)
    assert kept(one) == [f"lost {second}", first, third]
    fourth, fifth = published(one, "The bell is of lead."), published(one, "The bell is of tin.")
    one.bring(HOUSE)
    assert kept(one) == [fourth, fifth]


def test_a_whole_shelf_that_is_lost_is_brought_back_with_what_it_was_made_of(join):
    """It may have been begun anew meanwhile."""
    one, other = join("one"), join("other")
    version = published(one, "The bell is of silver.", "club")
    name = SharedPublisher(one, "club").blobs.put(b"handed in")
    lose(one, version, shelf="club")
    one.bring("club")
    assert kept(one, "club") == [f"lost {version}"]
    later = published(other, "The bell is of gold.", "club")
    one.bring("club")
    assert kept(one, "club") == [f"lost {version}", later]
    assert [shelf for shelf, _ in lost.found(one.folder(HOUSE))] == ["club"]
    rollback(SharedPublisher(one, "club"), version)
    assert said(other, "club") == "The bell is of silver."
    assert SharedPublisher(other, "club").blobs.get(name) == b"handed in"
    assert current_version(one.folder("club")) == version


def test_what_is_damaged_is_not_brought_back(join):
    one = join("one")
    first, second = published(one, "The bell is of silver."), published(one, "The bell is of gold.")
    lose(one, second, first)
    one.bring(HOUSE)
    damaged = one.folder(HOUSE) / VERSIONS / f"{LOST}{second}" / "text.utf8"
    damaged.write_bytes(b"tin")
    assert verify(SharedPublisher(one, HOUSE), second) == ["text.utf8"]


def test_a_version_that_was_kept_aside_is_kept_too(join):
    one, other = SharedPublisher(join("one"), HOUSE), SharedPublisher(join("other"), HOUSE)
    published(other._mirror, "The bell is of silver.")
    with one.lock("a test"):
        one.keep_aside(version := drafted(one))
    with one._mirror.engine.begin() as connection:
        connection.execute(text("DELETE FROM shelf_snapshots WHERE aside"))
    with one.lock("a test"):
        pass
    assert rollback(one, version) == other.used() == version


@pytest.mark.parametrize("begun_anew", [False, True])
def test_of_an_erased_shelf_a_replica_that_was_away_keeps_nothing(join, begun_anew):
    one, other = join("one"), join("other")
    published(one, "The bell is of silver.", "club")
    other.bring("club")
    SharedPublisher(one, "club").erase()
    SharedPublisher(one, "another").erase()
    if begun_anew:
        SharedPublisher(one, "club").blobs.put(b"handed in")
    other.bring("club")
    assert not list(other.folder("club").glob("versions/*"))
