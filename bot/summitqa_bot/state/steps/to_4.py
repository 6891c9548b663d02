"""To schema 4: answers keep the small print around each quote, and what was said above."""

from sqlalchemy import Connection, text


def step(connection: Connection) -> None:
    """Take the step."""
    connection.execute(text("ALTER TABLE answers ADD COLUMN caution TEXT NOT NULL DEFAULT ''"))
    connection.execute(text("ALTER TABLE answers ADD COLUMN excerpts JSON NOT NULL DEFAULT '[]'"))
