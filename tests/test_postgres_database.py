"""How PostgreSQL is connected to: URLs as libpq reads them."""

import pytest
from sqlalchemy import create_engine

from summitqa.postgres import is_postgres
from summitqa.postgres.database import place_of
from tests.sharing import connect


def given(url: str) -> dict[str, str]:
    """Give what the driver is told."""
    place = place_of(url)
    _, told = create_engine(place).dialect.create_connect_args(place)
    return {name: str(told[name]) for name in ("host", "port", "user", "dbname") if name in told}


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://me@one:5001,two:5002/db", "one,two", "5001,5002"),
        ("postgres://me@/db?host=one,two&port=5001,5002", "one,two", "5001,5002"),
        ("postgresql+psycopg://me@one,two/db?port=5001", "one,two", "5001,5001"),
        ("postgresql://me@one:5001/db", "one", "5001"),
        ("postgresql://me@[::1]:5001/db", "::1", "5001"),
        ("postgresql://me@%2Ftmp%2Fsocket/db?port=5001", "/tmp/socket", "5001"),
    ],
)
def test_one_host_or_several_are_named_as_libpq_has_them(url, host, port):
    assert is_postgres(url)
    assert given(url) == {"host": host, "port": port, "user": "me", "dbname": "db"}


def test_what_the_url_says_goes_before_our_time_outs():
    said = dict(
        place_of("postgresql://h/d?connect_timeout=60&options=-c%20statement_timeout%3D1").query
    )
    assert said["connect_timeout"] == "60"
    assert said["options"].endswith("-c statement_timeout=1")


@pytest.mark.parametrize(
    "url", ["postgresql://h:5432x/d", "postgresql://[::1/d", "postgresql://h?a"]
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(ValueError, match=r"\w"):
        place_of(url)


def test_other_databases_are_none_of_ours():
    assert not any(map(is_postgres, (None, "sqlite:///a", "postgresql+asyncpg://h/d", "nonsense")))


def test_what_comes_back_after_its_pool_was_given_up_is_closed(postgres_databases):
    engine = connect(postgres_databases())
    held = [engine.connect() for _ in range(2)]
    owns = [one.connection.driver_connection for one in held]
    engine.dispose()
    for one in held:
        one.close()
    assert all(own.closed for own in owns)
    with engine.connect() as connection:
        own = connection.connection.driver_connection
    assert not own.closed  # it waits in the pool that is there now
    engine.dispose()
    assert own.closed
