"""The tables by which replicas share one installation; only PostgreSQL has them."""

from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text

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
