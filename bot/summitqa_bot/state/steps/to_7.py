"""To schema 7: an event says who has taken it on, so that another may go on where one dies."""

from sqlalchemy import Connection, text


def step(connection: Connection) -> None:
    """Take the step; what replicas share is kept by PostgreSQL alone."""
    for change in (
        "ALTER TABLE seen_events ADD COLUMN holder TEXT",
        "ALTER TABLE seen_events ADD COLUMN claimed TIMESTAMP",
        "ALTER TABLE seen_events ADD COLUMN payload JSON",
        "ALTER TABLE seen_events ADD COLUMN done TIMESTAMP",
    ):
        connection.execute(text(change))
    if connection.dialect.name == "postgresql":
        for change in (
            "CREATE TABLE leases (name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, "
            "until TIMESTAMPTZ NOT NULL)",
        ):
            connection.execute(text(change))
