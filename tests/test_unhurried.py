"""What takes long where an installation is large is not cut short by the database."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from test_state import ASKED

from summitqa.settings import HOUSE, Settings
from summitqa_bot.state import State, database
from summitqa_bot.state.adopting import adopted
from summitqa_bot.state.schema import ANSWERS, SEEN
from summitqa_index.build import build
from summitqa_index.postgres.publisher import SharedPublisher
from tests import sharing
from tests.fakes import FakeEncoder, job, write

# Whatever is large takes longer than any of these lets it.
REFUSED = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('statement_timeout') <> '0'
            OR current_setting('idle_in_transaction_session_timeout') <> '0'
        THEN RAISE 'it would be cut short'; END IF;
        RETURN coalesce(NEW, OLD);
    END $$
"""
WATCHED = """
    CREATE TRIGGER refuse BEFORE {} ON {} FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@pytest.fixture
def url(tmp_path: Path, postgres_databases: Callable[[], str]) -> str:
    """A database that lets no version come, and nothing go, where that would be cut short."""
    url = postgres_databases()
    engine = database.opened(tmp_path / "first", url)
    with engine.begin() as connection:
        connection.execute(text(REFUSED))
        connection.execute(text(WATCHED.format("INSERT OR DELETE", "shelf_snapshots")))
        for table in ("answers", "seen_events"):
            connection.execute(text(WATCHED.format("DELETE", table)))
    engine.dispose()
    return url


def test_neither_publishing_nor_erasing_is_cut_short(tmp_path: Path, url: str) -> None:
    with sharing.replica(tmp_path / "home", url) as mirror:
        sharing.published(mirror, "The bell is of gold.")
        sharing.published(mirror, "The bell is of silver.")
        SharedPublisher(mirror, HOUSE).erase()
        assert mirror.shelves() == []


def test_taking_a_data_folder_over_is_not_cut_short(tmp_path: Path, url: str) -> None:
    source = write(tmp_path / "source", {"a.txt": "The bell is of gold."})
    version = build(
        job(Settings(home=tmp_path / "home", sources=(str(source),)), FakeEncoder())
    ).index_version
    engine = database.opened(tmp_path / "home", url)
    with closing(adopted(engine, tmp_path / "home")) as mirror:
        assert SharedPublisher(mirror, HOUSE).ids() == [version]


def test_neither_forgetting_nor_erasing_is_cut_short(tmp_path: Path, url: str) -> None:
    with closing(State(tmp_path / "home", url)) as state:
        asker = state.hashed("ada")
        answers = [
            replace(ASKED, ref=name, community=name, asker=asker)
            for name in ("old", "theirs", "left")
        ]
        for answer in answers:
            state.save_answer(answer)
        state.events.claim("slack:E1")
        long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=3)
        with state._engine.begin() as connection:
            connection.execute(update(ANSWERS).where(ANSWERS.c.ref == "old").values(at=long_ago))
            connection.execute(update(SEEN).values(at=long_ago))
        state.forget(2)
        state.communities.erase("left")
        state.erase(ASKED.platform, "ada")
        assert [state.answer(answer.ref) for answer in answers] == [None, None, None]
