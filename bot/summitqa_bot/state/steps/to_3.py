"""To schema 3: answers keep their small print and the version they were last held against."""

from sqlalchemy import Connection, text


def step(connection: Connection) -> None:
    """Take the step."""
    connection.execute(text("ALTER TABLE answers ADD COLUMN note TEXT NOT NULL DEFAULT ''"))
    connection.execute(text("ALTER TABLE answers ADD COLUMN checked TEXT"))
    connection.execute(
        text("CREATE TABLE progress (message TEXT NOT NULL PRIMARY KEY, platform TEXT NOT NULL)")
    )
