"""A step on a database that other replicas work on: it fails whole, or leaves them at work."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import JSON, Boolean, DateTime, Engine, Integer, MetaData, create_engine, text
from test_migrations import fail, first_version_on

from summitqa.errors import SettingsError
from summitqa_bot.state import State, migrations, steps

BEFORE = steps.STEPS[:-1]


@pytest.fixture
def engine(postgres_databases):
    """The database as the version before this one left it."""
    url = postgres_databases()
    first_version_on(url)
    made = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    migrations.bring_up(made, BEFORE)
    yield made
    made.dispose()


def known(engine: Engine) -> MetaData:
    found = MetaData()
    found.reflect(engine)
    return found


def columns(engine: Engine) -> set[str]:
    return {str(column) for table in known(engine).tables.values() for column in table.c}


def write_to_all(engine: Engine, tables: MetaData, name: str) -> None:
    """Put a row into each of the tables, all that is known of its columns filled in."""
    samples = ((JSON, []), (Boolean, False), (DateTime, datetime.now(UTC).replace(tzinfo=None)))
    with engine.begin() as connection:
        for table in tables.tables.values():
            row = {
                column.name: next(
                    (one for kind, one in samples if isinstance(column.type, kind)), name
                )
                for column in table.c
                if not isinstance(column.type, Integer)
            }
            connection.execute(table.insert().values(row))


def test_a_step_that_fails_in_the_middle_leaves_all_as_it_was(engine, tmp_path):
    before, tables = columns(engine), known(engine)
    with pytest.raises(SettingsError, match="as it was before"):
        migrations.bring_up(engine, (*BEFORE, fail))
    assert columns(engine) == before
    write_to_all(engine, tables, "after")
    migrations.bring_up(engine)
    state = State(tmp_path, engine.url.render_as_string(hide_password=False))
    assert state.answer("r1").question == "Who came?"
    assert not state.events.claim("after")
    state.close()


def test_a_replica_of_the_version_before_works_on_beside_this_one(engine, tmp_path):
    tables = known(engine)
    state = State(tmp_path, engine.url.render_as_string(hide_password=False))
    write_to_all(engine, tables, "older")
    with engine.connect() as connection:
        for table in tables.tables.values():
            assert connection.execute(table.select()).all()
    assert state.answer("older").version == "older"
    assert not state.events.claim("older")
    state.close()


def test_a_process_killed_in_the_middle_of_a_step_leaves_all_as_it_was(engine):
    before = columns(engine)

    def killed(connection):
        connection.execute(text("ALTER TABLE answers ADD COLUMN half_done TEXT"))
        connection.connection.driver_connection.pgconn.finish()
        connection.execute(text("SELECT 1"))

    with pytest.raises(SettingsError, match="as it was before"):
        migrations.bring_up(engine, (*BEFORE, killed))
    assert columns(engine) == before
