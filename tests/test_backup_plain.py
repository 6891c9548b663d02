"""A backup takes no extra: it works as `make ask` installs it, whoever was served before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from summitqa_bot.slack.store import bots_table
from summitqa_bot.state import State, database
from tests.saving import fill, made

EXTRA = ("aiosqlite", "cryptography", "greenlet")
WITHOUT = (
    f"import sys; sys.modules.update(dict.fromkeys({EXTRA!r})); "
    "from summitqa_bot.entry import main; main()"
)
BOT = {
    "client_id": "1.2",
    "app_id": "A1",
    "team_id": "T1",
    "bot_token": "sealed",
    "is_enterprise_install": False,
}


def run(*words: str, url: str | None) -> str:
    environ = os.environ | {"SUMMITQA_DATABASE_URL": url or ""}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *words],
        env=environ,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("installed", [False, True])
def test_without_an_extra_all_is_saved_and_restored(tmp_path, database_url, installed):
    home, other, file = made(tmp_path), tmp_path / "other", tmp_path / "one.backup"
    state = State(home, database_url)
    fill(state)
    bots = bots_table()
    if installed:
        with state._engine.begin() as connection:
            bots.create(connection)
            connection.execute(bots.insert().values(**BOT))
    state.close()

    said = run("--home", str(home), "backup", str(file), url=database_url)
    assert ("SUMMITQA_TOKEN_KEY" in said) is installed
    run("--home", str(other), "restore", str(file), url=None)

    engine = database.unready(other, None)
    with engine.begin() as connection:
        assert inspect(connection).has_table(bots.name) is installed
        if installed:
            row = connection.execute(select(bots)).mappings().one()
            assert {name: row[name] for name in BOT} == BOT
            assert row["installed_at"] is not None
            # The next one that installs the app is numbered on.
            connection.execute(bots.insert().values(**BOT | {"team_id": "T2"}))
            assert list(connection.execute(select(bots.c.id)).scalars()) == [1, 2]
            assert [one["name"] for one in inspect(connection).get_indexes(bots.name)] == [
                f"{bots.name}_idx"
            ]
    engine.dispose()
    assert Path(other / "CURRENT").exists()
