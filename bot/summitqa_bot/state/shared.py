"""The tables by which replicas share one installation; only PostgreSQL has them."""

from sqlalchemy import Column, DateTime, MetaData, Table, Text

SHARED = MetaData()
LEASES = Table(
    "leases",
    SHARED,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
