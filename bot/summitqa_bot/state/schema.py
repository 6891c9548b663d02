"""The tables of the state database, as they are today.

Whoever changes one adds a step to ``steps``. No text has a length: PostgreSQL would hold
it to that, and gain nothing.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    true,
)
from sqlalchemy import Text as AnyText


class Text(TypeDecorator[str]):
    """Text as people send it: what no database can hold, NUL and half a surrogate, as "?"."""

    impl = AnyText
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Any) -> str | None:
        """Give what is stored."""
        return value and value.replace("\0", "?").encode("utf-8", "replace").decode()


class Slugs(TypeDecorator[tuple[str, ...]]):
    """Articles by their slugs, in none of which is a space; none at all as NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, _dialect: Any) -> str | None:
        """Give what is stored."""
        return " ".join(value or ()) or None

    def process_result_value(self, value: str | None, _dialect: Any) -> tuple[str, ...]:
        """Give what was stored."""
        return tuple((value or "").split())


INSTALLATION = "installation"
"""The key under which an installation's random name is kept."""
METADATA = MetaData()
KEYS = Table(
    "keys",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
SEEN = Table(
    "seen_events",
    METADATA,
    Column("event", Text, primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("holder", Text),
    # None once it is done, so that its index leads to those alone that are not.
    Column("claimed", DateTime, index=True),
    Column("tries", Integer, nullable=False, server_default="1"),
    Column("payload", JSON(none_as_null=True)),
    Column("done", DateTime),
)
ANSWERS = Table(
    "answers",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("asker", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("channel", Text),
    Column("thread", Text, index=True),
    Column("message", Text),
    Column("question", Text, nullable=False),
    Column("article", Slugs, key="articles"),
    Column("context", JSON, nullable=False),
    Column("version", Text, nullable=False),
    Column("found", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("cited", JSON, nullable=False),
    Column("stale", Boolean, nullable=False, default=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("checked", Text),
    Column("caution", Text, nullable=False, server_default=""),
    Column("excerpts", JSON, nullable=False, server_default="[]"),
    Column("more", Boolean, nullable=False, server_default=true()),
    Column("community", Text, nullable=False, server_default="", index=True),
    Column("shelf", Text, nullable=False, server_default="house"),
    Column("origin", Text, index=True),
    # The event that has it be posted for all to see, until it is.
    Column("sharing", Text),
)
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("user", Text, primary_key=True),
    Column("good", Boolean, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("at", DateTime, nullable=False, index=True),
)
RULES = Table(
    "channel_rules",
    METADATA,
    Column("community", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("rules", JSON, nullable=False),
)
SHELVES = Table(
    "shelves",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("joined", DateTime, nullable=False),
    Column("left", DateTime, index=True),
    Column("choices", JSON, nullable=False),
)
DRAFTS = Table(
    "drafts",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("shelf", Text, nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("at", DateTime, nullable=False, index=True),
    Column("change", JSON, nullable=False),
    Column("done", Text),
)
HANDOFFS = Table(
    "handoffs",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("community", Text, nullable=False, index=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("reason", Text, nullable=False, server_default=""),
    Column("message", Text),
    Column("outcome", Text),
)
CHOSEN = Table(
    "chosen_shelves",
    METADATA,
    Column("person", Text, primary_key=True),
    Column("shelf", Text, nullable=False),
)
ERASED = Table(
    "erased",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("at", DateTime, nullable=False, index=True),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("shelf", Text, nullable=False, server_default="house", index=True),
)
PROGRESS = Table(
    "progress",
    METADATA,
    Column("message", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("holder", Text),
)
