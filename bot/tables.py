"""The tables of the state database."""

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, MetaData, String, Table, Text

METADATA = MetaData()
KEYS = Table(
    "keys",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)
SEEN = Table(
    "seen_events",
    METADATA,
    Column("event", String(200), primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
)
ANSWERS = Table(
    "answers",
    METADATA,
    Column("ref", String(24), primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("asker", String(64), nullable=False),
    Column("platform", String(20), nullable=False),
    Column("channel", String(100)),
    Column("thread", String(200), index=True),
    Column("message", String(200)),
    Column("question", Text, nullable=False),
    Column("article", String(100)),
    Column("context", JSON, nullable=False),
    Column("version", String(60), nullable=False),
    Column("found", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("cited", JSON, nullable=False),
    Column("stale", Boolean, nullable=False, default=False),
)
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("ref", String(24), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("good", Boolean, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("at", DateTime, nullable=False, index=True),
)
CHANNELS = Table(
    "channels",
    METADATA,
    Column("platform", String(20), primary_key=True),
    Column("channel", String(100), primary_key=True),
    Column("article", String(100), nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("who", String(120), nullable=False),
    Column("action", String(80), nullable=False),
    Column("result", Text, nullable=False),
)
