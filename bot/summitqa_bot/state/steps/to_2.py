"""To schema 2: PostgreSQL holds a text to its length, where SQLite never did."""

from sqlalchemy import Connection, text


def step(connection: Connection) -> None:
    """Take the step."""
    if connection.dialect.name == "sqlite":
        return
    for column in (
        "answers.ref", "answers.asker", "answers.platform", "answers.channel", "answers.thread",
        "answers.message", "answers.article", "answers.version", "audit.who", "audit.action",
        "channels.platform", "channels.channel", "channels.article", "feedback.ref",
        "feedback.user", "keys.name", "keys.value", "seen_events.event",
    ):  # fmt: skip
        table, name = column.split(".")
        connection.execute(text(f'ALTER TABLE {table} ALTER COLUMN "{name}" TYPE TEXT'))
