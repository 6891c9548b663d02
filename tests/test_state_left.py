"""What an SQLite file has of people stays where a database takes a home over, and that is said."""

from contextlib import closing
from pathlib import Path

import pytest

from summitqa.errors import SettingsError
from summitqa_bot import assemble
from summitqa_bot.commands import doctor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from tests.command import ran
from tests.saving import made
from tests.test_state import ASKED

pytestmark = pytest.mark.usefixtures("mirrors")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of shelves, in whose own database is what somebody asked."""
    home = made(tmp_path)
    with closing(State(home)) as state:
        state.save_answer(ASKED)
    return home


def starts(home: Path, url: str) -> None:
    """Start a replica as far as its shelves go, as a process of its own would."""
    assemble._mirror.cache_clear()
    try:
        assemble.mirror(Settings(home=home, database_url=url)).close()
    finally:
        assemble._mirror.cache_clear()


def examined(home: Path, url: str) -> dict[str, doctor.Check]:
    return {one.name: one for one in doctor.examine(Settings(home=home, database_url=url), ())}


def test_it_is_said_at_the_first_start_and_nothing_is_lost(home, postgres_databases, caplog):
    url = postgres_databases()
    for _ in range(2):
        starts(home, url)
    assert caplog.text.count("state.db") == 1
    assert ASKED.question not in caplog.text
    with closing(State(home)) as state:
        assert state.answer(ASKED.ref) == ASKED


def test_it_is_said_where_a_home_is_refused(home, tmp_path, postgres_databases, caplog):
    url = postgres_databases()
    starts(made(tmp_path / "first"), url)
    assert "state.db" not in caplog.text
    with pytest.raises(SettingsError, match="holds shelves that are not in the database"):
        starts(home, url)
    assert caplog.text.count("state.db") == 1


def test_doctor_and_forget_say_it_until_the_files_are_gone(
    home, postgres_databases, monkeypatch, capsys
):
    url = postgres_databases()
    starts(home, url)
    monkeypatch.setenv("SUMMITQA_DATABASE_URL", url)
    monkeypatch.setenv("SUMMITQA_HOME", str(home))
    found = examined(home, url)["privacy"]
    assert (found.well, "state.db" in found.detail) == (False, True)
    assert "Not erased: " in ran(monkeypatch, capsys, "forget", "2" * 18)[1]
    for path in home.glob("state.db*"):
        path.unlink()
    assert "privacy" not in examined(home, url)
    assert "Not erased" not in ran(monkeypatch, capsys, "forget", "2" * 18)[1]
