"""What is only read is asked again where it has to give way, and waits for no connection for long."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, select

from summitqa.errors import DatabaseUnavailableError
from summitqa.postgres.database import ask, place_of, reading
from summitqa.postgres.reads import Reads
from summitqa.postgres.tables import POINTERS
from tests.cluster import until


def test_a_read_that_gives_way_to_what_a_standby_takes_over_is_asked_again(cluster):
    name, standby = cluster.fresh(), cluster.replicas[0]
    cluster.primary.run("CREATE TABLE naps AS SELECT 60 AS seconds", name)
    cluster.caught_up()
    standby.run("ALTER SYSTEM SET max_standby_streaming_delay = 0")
    standby.run("SELECT pg_reload_conf()")
    engine = reading(f"postgresql://postgres@127.0.0.1:{standby.port}/{name}")
    sleeping = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    nap = ("SELECT seconds FROM naps, pg_sleep(seconds)", ())
    try:
        with ThreadPoolExecutor(1) as aside:
            for asked in ([nap], [("SELECT 1", ()), nap]):
                cluster.primary.run("UPDATE naps SET seconds = 60", name)
                cluster.caught_up()
                found = aside.submit(Reads(engine), *asked)
                until(lambda: standby.run(sleeping), "a read to be under way")
                cluster.primary.run("ALTER TABLE naps ALTER seconds TYPE int USING 0", name)
                assert found.result()[-1] == [(0,)]
    finally:
        engine.dispose()
        standby.run("ALTER SYSTEM RESET max_standby_streaming_delay")
        standby.run("SELECT pg_reload_conf()")


def test_where_no_connection_is_free_it_is_told_in_a_sentence(postgres_databases):
    engine = create_engine(
        place_of(postgres_databases()), pool_size=1, max_overflow=0, pool_timeout=0
    )
    try:
        with engine.connect(), pytest.raises(DatabaseUnavailableError, match="takes too long"):
            ask(engine, select(POINTERS.c.shelf))
    finally:
        engine.dispose()
