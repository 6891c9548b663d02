"""How it stands between replicas: who holds what, what is left undone, which mirror is behind."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from summitqa.settings import HOUSE, Settings
from summitqa_bot.commands import doctor
from summitqa_bot.settings import Settings as BotSettings
from summitqa_bot.state import State, overview
from summitqa_bot.state.schema import SEEN
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from tests import sharing
from tests.fakes import FakeEncoder, write

LONG = 3600.0


@pytest.fixture
def replica(
    tmp_path: Path, postgres_databases: Callable[[], str]
) -> Iterator[Callable[[str], State]]:
    """Give what starts a replica of one installation, its home of that name."""
    url = postgres_databases()
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(closing(State(tmp_path / name, url)))


def test_one_process_alone_has_nothing_to_share(tmp_path: Path) -> None:
    with closing(State(tmp_path)) as state:
        assert state.overviews.look() is None


def test_it_tells_who_holds_what(replica: Callable[[str], State]) -> None:
    one, other = replica("one"), replica("other")
    assert one.overviews.look().replicas == {}
    one.leases.take("chores", LONG)
    one.leases.of("discord").take("discord:2:shard:1", LONG)
    other.leases.take("reports", LONG)
    other.leases.take("gone", -1.0)
    found = one.overviews.look()
    assert found.primary
    assert found.replicas == {
        one.replica: ["chores", "discord:2:shard:1"],
        other.replica: ["reports"],
    }


def test_a_database_that_has_no_pgvector_nor_may_make_it_is_told_of(
    tmp_path: Path, vector_database: str
) -> None:
    plain = "&" if "?" in vector_database else "?"
    plain = f"{vector_database.replace('+psycopg', '')}{plain}options=-crole%3Dplain"
    engine = sharing.connect(vector_database.replace("+psycopg", ""))
    with engine.begin() as connection:
        assert overview.lacks_rows(connection) == ""  # it may be made
        connection.exec_driver_sql("CREATE ROLE plain")

    def told() -> list[str]:
        settings = BotSettings(home=tmp_path, database_url=plain, database_search=0)
        return [one.detail for one in doctor._rows(settings) if one.well is False]

    (sentence,) = told()
    assert "run CREATE EXTENSION vector" in sentence
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION vector")
    engine.dispose()
    assert told() == []


def test_it_counts_the_events_that_nobody_goes_on_with(replica: Callable[[str], State]) -> None:
    state = replica("one")
    now = datetime.now(UTC).replace(tzinfo=None)
    minute, day = timedelta(minutes=1), timedelta(days=1)
    left = {"at": now - minute, "claimed": now - minute, "holder": "gone", "payload": {}}
    events = [
        {**left, "event": "left", "done": None},
        {**left, "event": "just claimed", "claimed": now, "done": None},
        {**left, "event": "seen through", "claimed": None, "done": now},
        {**left, "event": "given up", "at": now - day, "done": None},
        {**left, "event": "of one machine", "payload": None, "done": None},
    ]
    with state._engine.begin() as connection:
        connection.execute(insert(SEEN), events)
    assert state.overviews.look().abandoned == 1


def test_a_mirror_is_behind_until_it_has_what_was_published(
    tmp_path: Path, postgres_databases: Callable[[], str]
) -> None:
    url = postgres_databases()
    source = write(tmp_path / "source", {"a.txt": "The bell is of gold."})
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(sharing.replica(tmp_path / name, url)) for name in ("one", "other")
        )
        state = stack.enter_context(closing(State(tmp_path / "other", url)))
        for text in ("The bell is of gold.", "The bell is of silver."):
            (source / "a.txt").write_text(text)
            settings = Settings(home=tmp_path / "one", sources=(str(source),))
            build(Job(SharedPublisher(one, HOUSE), settings, FakeEncoder()))
            if "silver" in text:
                assert state.overviews.look().behind == (HOUSE,)
                assert state.overviews.look(followed=other.asked).behind == (HOUSE,)
                assert state.overviews.look(followed={"another"}).behind == ()
            other.bring(HOUSE)
            assert state.overviews.look().behind == ()


def test_it_tells_how_far_a_database_to_be_searched_is_behind(tmp_path: Path, cluster) -> None:
    name, standby = cluster.fresh(), cluster.replicas[0]
    read_url = f"postgresql://postgres@127.0.0.1:{standby.port}/{name}"
    with closing(State(tmp_path, cluster.url(name))) as state:
        cluster.caught_up()
        assert state.overviews.look(read_url).lag == 0
        standby.run("SELECT pg_wal_replay_pause()")
        try:
            state.note("written", "since")
            assert state.overviews.look(read_url).lag > 0
        finally:
            standby.run("SELECT pg_wal_replay_resume()")
        cluster.caught_up()
        assert state.overviews.look(read_url).lag == 0


def test_it_looks_however_many_shelves_are_mirrored(
    replica: Callable[[str], State], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"shelf-{number}" for number in range(70_000)]  # more than values of a statement
    monkeypatch.setattr(overview, "_mirrored", lambda *_: ((name, "v") for name in names))
    assert len(replica("one").overviews.look().behind) == len(names)
