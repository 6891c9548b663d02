"""What is done to single rows, inside a transaction that is open already."""

from typing import Any

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from summitqa_bot.state.schema import KEYS
from summitqa_bot.state.steadfast import perhaps_done

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def put(
    connection: Connection,
    table: Table,
    key: dict[str, Any],
    values: dict[str, Any],
    *,
    replace: bool = True,
) -> bool:
    """Store a row; where its key is there already, set it anew, or leave it: then false.

    Of what an earlier try may have stored it is true: that is the lesser harm.
    """
    made = _INSERT[connection.dialect.name](table).values(**key, **values)
    if replace:
        made = made.on_conflict_do_update(index_elements=list(key), set_=values)
    else:
        made = made.on_conflict_do_nothing(index_elements=list(key))
    done = connection.execute(made, execution_options={"preserve_rowcount": True})
    return done.rowcount > 0 or perhaps_done()


def fact(connection: Connection, name: str) -> str | None:
    """Give what is kept under a name in the table ``keys``."""
    return connection.execute(select(KEYS.c.value).where(KEYS.c.name == name)).scalar()


def keep(connection: Connection, name: str, value: str) -> None:
    """Keep one fact under its name."""
    put(connection, KEYS, {"name": name}, {"value": value})


def drop(connection: Connection, name: str) -> None:
    """Let go of one fact."""
    connection.execute(delete(KEYS).where(KEYS.c.name == name))
