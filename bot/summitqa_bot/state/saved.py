"""The tables as lines of JSON, which either kind of database is filled from.

A file a table: the first line describes it as it was, so that rows of an older schema find the
tables they came from, and the steps from there; each line after is a row. What is sealed stays so.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    func,
    insert,
    inspect,
    select,
    true,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, StatementError

from summitqa_bot.state import rows
from summitqa_bot.state.migrations import NUMBER, alone, number
from summitqa_bot.state.schema import INSTALLATION, KEYS, METADATA, SEEN, Text
from summitqa_bot.state.steps.to_7 import share

_KINDS: dict[str, Any] = {
    "json": JSON, "boolean": Boolean, "datetime": DateTime, "integer": Integer, "text": Text,
}  # fmt: skip
WORKSPACES = "slack_bots"
"""The table of slack_sdk's store, which takes an extra to be imported."""
# Of a table, a column or an index: ours, none that a database keeps for itself.
_NAME = re.compile(r"(?!sqlite_)[a-z][a-z0-9_]{0,62}")
_MARK = "restored from"
_SHARED_SINCE = 7  # the schema that has tables which replicas share
_AT_ONCE = 500  # rows
_LONGEST = 1 << 26  # bytes of one


@contextmanager
def moment(engine: Engine) -> Iterator[Connection]:
    """See the database as it is at one moment, whatever is written meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":  # the driver begins a transaction only to write
            connection.exec_driver_sql("BEGIN")
        number(connection)  # the moment is that of the first read
        yield connection


def tables(connection: Connection, also: Sequence[str] = ()) -> list[Table]:
    """Give the tables there are: ours, and of the others, which may not be made yet, those."""
    there = set(inspect(connection).get_table_names())
    ours = {one.name: one for one in METADATA.sorted_tables if one.name in there}
    others = (name for name in also if name in there - ours.keys())
    return [*ours.values(), *(_reflected(connection, name) for name in others)]


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Give a table's description, then its rows, as the database has them.

    But for what was delivered and is being worked on: it is nobody's business a moment later.
    """
    description = _description(table)
    yield _dumped(description)
    query = select(_described(description))  # as it is described, a column means nothing more
    found = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    for row in found.mappings():
        kept = {name: _plain(value) for name, value in row.items()}
        if table.name == SEEN.name and "payload" in kept:
            kept["payload"] = None
        yield _dumped(kept)


def _reflected(connection: Connection, name: str) -> Table:
    """Describe a table of somebody else's as the database has it."""
    table = Table(name, MetaData(), autoload_with=connection)
    for column in table.primary_key:
        column.server_default = None  # PostgreSQL's sequence, which the number itself stands for
    return table


def mark(connection: Connection) -> str | None:
    """Name the backup that is being restored into a database, if one is."""
    return None if number(connection) is None else rows.fact(connection, _MARK)


def load(engine: Engine, files: Iterable[BinaryIO], name: str) -> None:
    """Fill an empty database in one step, and mark it by the name of what it was filled from.

    ValueError, TypeError or LookupError where a file is not what ``lines`` gave.
    """
    there: set[str] = set()
    with alone(engine) as connection:
        for file in files:
            read = map(json.loads, _read(file))
            table = _made(next(read, None), there)
            table.create(connection)
            given = (_row(table, one) for one in read)
            while some := list(islice(given, _AT_ONCE)):
                _insert(connection, table, some)
            _count_on(connection, table)
        if KEYS.name not in there:
            raise ValueError(f"{KEYS.name} is missing")
        found = number(connection) or 0
        if connection.dialect.name == "postgresql" and found >= _SHARED_SINCE:
            share(connection)
        rows.drop(connection, INSTALLATION)  # it is another, though it begins as this one was
        rows.keep(connection, _MARK, name)


def settle(engine: Engine) -> None:
    """Take the mark away: all is in its place."""
    with alone(engine) as connection:
        rows.drop(connection, _MARK)


def copy(source: Connection, target: Connection) -> int:
    """Put the rows of an SQLite database into another, of the same schema, in whose place it goes.

    Give how many; ValueError, which repeats none, where some are not rows of ours, RuntimeError
    where the other then has not as many.
    """
    return sum(_copied(source, target, table) for table in tables(source, [WORKSPACES]))


def _copied(source: Connection, target: Connection, table: Table) -> int:
    """Copy a table but what tells of the database itself, and what is being worked on."""
    table = _described(_description(table))
    own = table.c.name.not_in([INSTALLATION, NUMBER]) if table.name == KEYS.name else true()
    table.create(target, checkfirst=True)
    columns = [one for one in table.columns if (table.name, one.name) != (SEEN.name, "payload")]
    query = select(*columns).where(own).execution_options(yield_per=_AT_ONCE)
    counting, count = select(func.count()).select_from(table), 0
    before = target.execute(counting).scalar_one()
    for some in _partitions(source, query, table.name):
        _insert(target, table, some)
        count += len(some)
    _count_on(target, table)
    there = target.execute(counting).scalar_one() - before
    if there != count:
        raise RuntimeError(f"of {count} rows of {table.name} the database has {there}")
    return count


def _partitions(source: Connection, query: Select[Any], name: str) -> Iterator[list[Any]]:
    try:
        for some in source.execute(query).mappings().partitions():
            yield [dict(one) for one in some]
    except (DBAPIError, TypeError, ValueError) as error:
        if isinstance(error, DBAPIError) and not isinstance(error.orig, sqlite3.Error):
            raise
        raise ValueError(f"its table {name} cannot be read") from error  # the cause holds a row


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _read(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST):
        if not line.endswith(b"\n"):
            raise ValueError("a line does not end")
        yield line


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _made(given: Any, there: set[str]) -> Table:
    """Make what is described, and add its names to those that are there already."""
    try:
        table = _described(given)
    except ArgumentError as error:
        raise ValueError("a table is described as none can be") from error
    names = [table.name, *(str(one.name) for one in table.indexes)]
    if len({*names, *there}) < len(names) + len(there):
        raise ValueError(f"{table.name} is there twice")
    there.update(names)
    return table


def _insert(connection: Connection, table: Table, some: list[dict[str, Any]]) -> None:
    try:
        connection.execute(insert(table), some)
    except OperationalError:  # the database's own trouble
        raise
    except (StatementError, OverflowError) as error:
        raise ValueError(f"a row of {table.name} is none") from error


def _row(table: Table, given: dict[str, Any]) -> dict[str, Any]:
    for column in table.columns:
        value = given[column.name]
        if isinstance(column.type, DateTime) and value is not None:
            given[column.name] = datetime.fromisoformat(value)
    return given


def _description(table: Table) -> dict[str, Any]:
    indexes = [
        {"name": one.name, "columns": [column.name for column in one.columns]}
        for one in sorted(table.indexes, key=lambda one: str(one.name))
    ]
    columns = [
        {
            "name": one.name,
            "kind": next(kind for kind, of in _KINDS.items() if _is(one.type, of)),
            "primary": one.primary_key,
            "nullable": one.nullable,
            "default": _default(one),
        }
        for one in table.columns
    ]
    return {"table": table.name, "columns": columns, "indexes": indexes}


def _is(kind: Any, of: Any) -> bool:
    return of is Text or isinstance(kind, of)


def _default(column: Column[Any]) -> str | bool | None:
    default = getattr(column.server_default, "arg", None)
    return default if default is None or isinstance(default, str) else True


def _described(given: Any) -> Table:
    columns = [
        Column(
            _named(one["name"]),
            _KINDS[one["kind"]],
            primary_key=one["primary"],
            nullable=one["nullable"],
            server_default=true() if one["default"] is True else one["default"],
        )
        for one in given["columns"]
    ]
    if not columns:
        raise ValueError("a table has no columns")
    table = Table(_named(given["table"]), MetaData(), *columns)
    for one in given["indexes"]:
        Index(_named(one["name"]), *(table.c[name] for name in one["columns"]))
    return table


def _named(name: Any) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("a name is none of ours")
    return name


def _count_on(connection: Connection, table: Table) -> None:
    """Have PostgreSQL number new rows after those that came with their numbers."""
    counted = table.autoincrement_column
    if counted is None or connection.dialect.name != "postgresql":
        return
    sequence = func.pg_get_serial_sequence(table.name, counted.name)
    largest = select(func.coalesce(func.max(counted), 0) + 1).scalar_subquery()
    connection.execute(select(func.setval(sequence, largest, False)))
