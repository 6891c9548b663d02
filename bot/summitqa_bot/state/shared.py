"""The tables by which replicas share one installation; only PostgreSQL has them."""

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

SHARED = MetaData()
LEASES = Table(
    "leases",
    SHARED,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
JOBS = Table(
    "jobs",
    SHARED,
    Column("shelf", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("platform", Text),
    Column("user", Text),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("called_off", Boolean, nullable=False),
)
# Rewritten at each question: room is left on each page for the row's next version.
LIMITS = Table(
    "limits",
    SHARED,
    Column("key", Text, primary_key=True),
    Column("times", ARRAY(Float(53)), nullable=False),
    Column("used", Integer, nullable=False),
    Column("wait", Float(53), nullable=False),
    Column("until", Float(53), nullable=False),
    prefixes=["UNLOGGED"],
    postgresql_with={"fillfactor": 50},
)


def is_shared(database: Engine | Connection) -> bool:
    """Tell whether other replicas may be at a database, too: SQLite is one process's own."""
    return database.dialect.name == "postgresql"
