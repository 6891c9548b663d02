"""Of a shelf that is erased nothing stays in object storage, whoever publishes meanwhile."""

# ruff: noqa: F811 - fixtures of another module

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from summitqa.errors import ConflictError, IndexMissingError, SettingsError
from summitqa.settings import HOUSE
from summitqa_index.postgres import keeping
from summitqa_index.postgres import publisher as publishers
from summitqa_index.postgres.publisher import SharedPublisher
from tests.cluster import until
from tests.objects import bucket, server  # noqa: F401
from tests.stored import join, published, rows  # noqa: F401


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
