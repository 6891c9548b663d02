"""Versions in object storage: the database says where each is, and no half of one is ever used."""

# ruff: noqa: F811 - fixtures of another module

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from summitqa.errors import (
    ConflictError,
    IndexDamagedError,
    IndexMissingError,
    SettingsError,
    UnreachableError,
)
from summitqa.library import Library
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE, Settings
from summitqa_bot import assemble
from summitqa_bot.settings import Settings as BotSettings
from summitqa_bot.state import database
from summitqa_bot.state.adopting import adopted
from summitqa_index.build import Job, build
from summitqa_index.postgres import keeping
from summitqa_index.postgres import publisher as publishers
from summitqa_index.postgres.publisher import SharedPublisher
from tests import fakes
from tests.cluster import until
from tests.fakes import FakeEncoder, write
from tests.objects import BUCKET, Bucket, bucket, server  # noqa: F401
from tests.proxy import proxied
from tests.saving import made

ADDRESS = f"s3://{BUCKET}/some/prefix"
Join = Callable[..., Mirror]


@pytest.fixture
def url(postgres_databases) -> str:
    return str(postgres_databases())


@pytest.fixture
def join(tmp_path: Path, url: str, bucket) -> Iterator[Join]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    with ExitStack() as stack:

        def one(name: str, address: str | None = ADDRESS) -> Mirror:
            home = tmp_path / name
            mirror = adopted(database.opened(home, url), home, None, address)
            return stack.enter_context(closing(mirror))

        yield one


def published(mirror: Mirror, text: str, **given) -> str:
    folder = mirror.folder(HOUSE)
    source = write(folder.parent / "sources", {"a.txt": text})
    settings = Settings(home=folder, sources=(str(source),), **{"keep_versions": 2, **given})
    return str(build(Job(SharedPublisher(mirror, HOUSE), settings, FakeEncoder())).index_version)


def answered(mirror: Mirror) -> str:
    mirror.bring(HOUSE)
    library: Library = fakes.library(mirror.folder(HOUSE))
    return library.ask("What is the bell of?").matches[0].citation.quote


def rows(mirror: Mirror, query: str) -> list:
    with mirror.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def versions(bucket: Bucket) -> set[str]:
    """Name the versions of which anything lies in the bucket."""
    return {name.split("/")[-2].rpartition("-")[0] for name in bucket.names()}


def test_the_files_lie_there_and_every_replica_has_them(join, bucket):
    one, other = join("one"), join("other")
    version = published(one, "The bell is of silver.")
    assert versions(bucket) == {version}
    assert rows(one, "SELECT count(*) FROM shelf_chunks") == [(0,)]
    assert answered(other) == "The bell is of silver."
    assert SharedPublisher(other, HOUSE).verify(version) == []


def test_a_replica_without_the_setting_finds_them_too(join):
    published(join("one"), "The bell is of silver.")
    assert answered(join("other", None)) == "The bell is of silver."


def test_pruned_versions_go_wherever_they_lie(join, bucket):
    one, other = join("one"), join("other", None)
    published(other, "The bell is of tin.")
    second = published(one, "The bell is of silver.")
    third = published(one, "The bell is of gold.")
    assert versions(bucket) == {second, third}
    published(other, "The bell is of iron.")
    fifth = published(other, "The bell is of lead.")
    assert bucket.names() == []
    assert answered(one) == "The bell is of lead."
    assert SharedPublisher(one, HOUSE).used() == fifth


def test_an_upload_that_is_refused_leaves_the_version_in_use_and_is_cleared_away(join, bucket):
    one = join("one")
    first = published(one, "The bell is of silver.")
    bucket.refuse(after=3)
    with pytest.raises(SettingsError, match="refused us"):
        published(one, "The bell is of gold.")
    bucket.refuse(after=sys.maxsize)
    assert len(versions(bucket)) == 2
    assert SharedPublisher(one, HOUSE).used() == first
    assert answered(join("other")) == "The bell is of silver."
    third = published(one, "The bell is of iron.")
    assert versions(bucket) == {first, third}


KILLED = """
import os, signal, sys
from pathlib import Path
from summitqa_index.postgres import keeping
from summitqa_bot.state import database
from summitqa_bot.state.adopting import adopted
from tests.test_snapshots import published
keeping.insert = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
home, url, address = Path(sys.argv[1]), *sys.argv[2:]
published(adopted(database.opened(home, url), home, None, address), "The bell is of gold.")
"""


def test_a_publisher_that_is_killed_has_published_nothing_and_leaves_nothing(
    join, bucket, url, tmp_path
):
    one = join("one")
    first = published(one, "The bell is of silver.")
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed"), url, ADDRESS],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=Path(__file__).parent.parent,
    )
    assert child.returncode == -signal.SIGKILL
    assert len(versions(bucket)) == 2
    assert answered(one) == "The bell is of silver."
    third = published(one, "The bell is of iron.")
    assert versions(bucket) == {first, third}


def test_what_is_not_what_was_put_is_used_by_no_replica(join, bucket):
    one, other = join("one"), join("other")
    published(one, "The bell is of silver.")
    assert answered(other) == "The bell is of silver."
    version = published(one, "The bell is of gold.")
    spoilt = next(name for name in bucket.names() if version in name and name.endswith(".jsonl"))
    bucket.spoil(spoilt)
    with pytest.raises(IndexDamagedError, match=spoilt.rpartition("/")[2]):
        other.bring(HOUSE)
    library = fakes.library(other.folder(HOUSE))
    assert library.ask("What is the bell of?").matches[0].citation.quote == "The bell is of silver."


def test_what_is_gone_there_is_used_by_no_replica(join, bucket):
    one, other = join("one"), join("other")
    published(one, "The bell is of silver.")
    bucket.empty()
    with pytest.raises(IndexDamagedError):
        other.bring(HOUSE)


def test_while_it_is_away_replicas_answer_as_before_and_nothing_is_published(
    join, bucket, monkeypatch
):
    one, other = join("one"), join("other")
    first = published(one, "The bell is of silver.")
    assert answered(other) == "The bell is of silver."
    second = published(one, "The bell is of gold.")
    with proxied(bucket.port) as proxy:
        proxy.cut()
        for name, value in bucket.environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(UnreachableError):
            other.bring(HOUSE)
        assert fakes.library(other.folder(HOUSE)).store.version == first
        with pytest.raises(UnreachableError):
            published(one, "The bell is of iron.")
        assert SharedPublisher(one, HOUSE).used() == second
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    assert answered(other) == "The bell is of gold."


def test_of_an_erased_shelf_nothing_lies_there(join, bucket):
    one = join("one")
    published(one, "The bell is of silver.")
    SharedPublisher(one, HOUSE).erase()
    assert bucket.names() == []


def interrupt(monkeypatch, place, name: str, do: Callable[[], None], *, after: bool) -> None:
    """Do something once, right before or after a step."""
    real, left = getattr(place, name), [do]

    def interrupted(*args, **given):
        if after:
            found = real(*args, **given)
        while left:
            left.pop()()
        return found if after else real(*args, **given)

    monkeypatch.setattr(place, name, interrupted)


def test_of_what_is_published_while_the_shelf_is_erased_nothing_lies_there(
    join, bucket, monkeypatch
):
    one, other = join("one"), SharedPublisher(join("other"), HOUSE)
    published(one, "The bell is of silver.")
    written, waiting = threading.Event(), threading.Event()

    def erasing_waits() -> None:
        written.set()
        assert waiting.wait(30)

    def waits() -> bool:
        query = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(rows(one, query))

    with ThreadPoolExecutor(2) as aside:
        erased, there = [], []

        def publish() -> None:
            interrupt(monkeypatch, publishers, "tell", erasing_waits, after=False)
            there.append(aside.submit(published, one, "The bell is of gold."))
            assert written.wait(30)

        interrupt(monkeypatch, keeping, "left", publish, after=True)
        erased.append(aside.submit(other.erase))
        assert written.wait(30)
        until(waits, "the erasing to wait for the publishing")
        waiting.set()
        for one_of in (*erased, *there):
            with suppress(IndexMissingError):  # it is pruned, and gone
                one_of.result()
    assert other.ids() == []
    assert bucket.names() == []


def test_nothing_is_published_on_a_shelf_that_was_erased_though_it_has_been_begun_anew(
    join, bucket, monkeypatch
):
    one, other = join("one"), SharedPublisher(join("other"), HOUSE)
    published(one, "The bell is of silver.")

    def begin_anew() -> None:
        other.erase()
        other.blobs.put(b"handed in")

    interrupt(monkeypatch, keeping, "store", begin_anew, after=False)
    with pytest.raises(ConflictError):
        published(one, "The bell is of gold.")
    assert other.ids() == []
    assert bucket.names() == []


def test_a_shelf_whose_files_could_not_be_removed_is_erased_by_trying_again(join, bucket):
    one = join("one")
    published(one, "The bell is of silver.")
    names = bucket.names()
    bucket.refuse(after=2)
    with pytest.raises(SettingsError):
        SharedPublisher(one, HOUSE).erase()
    bucket.refuse(after=sys.maxsize)
    assert bucket.names() == names
    SharedPublisher(one, HOUSE).erase()
    assert bucket.names() == []


def test_two_installations_below_one_address_leave_each_other_alone(
    join, bucket, postgres_databases, tmp_path
):
    one = join("one")
    first = published(one, "The bell is of silver.")
    home, other = tmp_path / "another", str(postgres_databases())
    with closing(adopted(database.opened(home, other), home, None, ADDRESS)) as mirror:
        second = published(mirror, "The bell is of gold.")
        assert versions(bucket) == {first, second}
        SharedPublisher(mirror, HOUSE).erase()
    assert versions(bucket) == {first}


def test_shelves_that_are_taken_over_go_there(tmp_path, url, bucket):
    home = made(tmp_path)
    with closing(adopted(database.opened(home, url), home, None, ADDRESS)) as mirror:
        assert len(versions(bucket)) == 3
        assert rows(mirror, "SELECT count(*) FROM shelf_chunks") == [(0,)]
        assert SharedPublisher(mirror, HOUSE).verify(SharedPublisher(mirror, HOUSE).used()) == []


def test_it_takes_a_database_that_replicas_share(tmp_path):
    with pytest.raises(SettingsError, match="SUMMITQA_SNAPSHOTS is set, but"):
        assemble.mirror(BotSettings(home=tmp_path, snapshots=ADDRESS))
