"""The database fails over, or is out of reach, while a replica publishes: no version is lost."""

from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest

from summitqa.errors import DatabaseUnavailableError, IndexBusyError
from summitqa.postgres import chunks
from summitqa.settings import HOUSE
from summitqa_index.postgres import publisher
from summitqa_index.postgres.publisher import SharedPublisher
from tests import fakes, sharing
from tests.proxy import proxied
from tests.sharing import published

QUESTION = "What is the bell of?"


@pytest.fixture
def join(tmp_path, cluster):
    """Add a replica by its name, which may reach the database on another port."""
    database = cluster.fresh()
    with ExitStack() as stack:
        yield lambda name, *ports: stack.enter_context(
            sharing.replica(tmp_path / name, cluster.url(database, list(ports)))
        )


def said(mirror) -> str:
    """Give what a replica quotes, once it has looked into the database."""
    mirror.bring(HOUSE)
    publisher = SharedPublisher(mirror, HOUSE)
    assert not publisher.verify(publisher.used())
    library = fakes.library(mirror.folder(HOUSE))
    return library.ask(QUESTION).matches[0].citation.quote


MOMENTS = {
    "as it begins": (SharedPublisher, "_put"),
    "in its midst": (chunks, "write"),
    "before its end": (publisher, "tell"),
}


def interrupt(monkeypatch, moment: str, how: Callable[[], None]) -> None:
    """Do something once, right before a step of a publishing."""
    place, name = MOMENTS[moment]
    real, left = getattr(place, name), [how]

    def interrupted(*args, **given):
        while left:
            left.pop()()
        return real(*args, **given)

    monkeypatch.setattr(place, name, interrupted)


def published_at_last(mirror, text: str) -> None:
    """Publish once the database has noticed that whoever had the lock is gone."""
    while True:
        with suppress(IndexBusyError):
            published(mirror, text)
            return


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_failover_leaves_the_version_before_and_the_next_publishing_goes_through(
    cluster, join, monkeypatch, moment
):
    one, other = join("one"), join("other")
    published(one, "The bell is of silver.")
    interrupt(monkeypatch, moment, cluster.fail_over)
    with pytest.raises(DatabaseUnavailableError):
        published(one, "The bell is of gold.")
    assert said(one) == said(other) == "The bell is of silver."
    published(other, "The bell is of iron.")
    assert said(one) == said(other) == "The bell is of iron."


@pytest.mark.parametrize("moment", MOMENTS)
def test_who_was_cut_off_does_not_undo_what_another_published_meanwhile(
    cluster, join, monkeypatch, moment
):
    with proxied(cluster.primary.port) as way:
        lonely, other = join("lonely", way.port), join("other")
        published(lonely, "The bell is of silver.")

        def lose() -> None:
            way.cut()
            published_at_last(other, "The bell is of iron.")
            way.mend()

        interrupt(monkeypatch, moment, lose)
        with pytest.raises(DatabaseUnavailableError):
            published(lonely, "The bell is of gold.")
        assert said(lonely) == said(other) == "The bell is of iron."


def test_a_home_answers_on_while_its_database_is_away(cluster, join):
    with proxied(cluster.primary.port) as way:
        mirror = join("one", way.port)
        published(mirror, "The bell is of silver.")
        way.cut()
        with pytest.raises(DatabaseUnavailableError):
            mirror.bring(HOUSE)
        library = fakes.library(mirror.folder(HOUSE))
        assert library.ask(QUESTION).matches[0].citation.quote == "The bell is of silver."
        way.mend()
        assert said(mirror) == "The bell is of silver."
