"""Versions in object storage: the database says where each is, and no half of one is ever used."""

# ruff: noqa: F811 - fixtures of another module

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from summitqa.errors import (
    IndexDamagedError,
    SettingsError,
    UnreachableError,
)
from summitqa.library import Library
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.settings import Settings as BotSettings
from summitqa_bot.state import database
from summitqa_bot.state.adopting import adopted
from summitqa_index.postgres.publisher import SharedPublisher
from tests import fakes
from tests.objects import BUCKET, Bucket, bucket, server  # noqa: F401
from tests.proxy import proxied
from tests.saving import made
from tests.stored import ADDRESS, join, published, rows  # noqa: F401


def answered(mirror: Mirror) -> str:
    mirror.bring(HOUSE)
    library: Library = fakes.library(mirror.folder(HOUSE))
    return library.ask("What is the bell of?").matches[0].citation.quote


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
