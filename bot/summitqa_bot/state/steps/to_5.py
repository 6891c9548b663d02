"""To schema 5: answers keep whether further passages were offered, as once they always were."""

from sqlalchemy import Connection, text


def step(connection: Connection) -> None:
    """Take the step."""
    connection.execute(text("ALTER TABLE answers ADD COLUMN more BOOLEAN NOT NULL DEFAULT TRUE"))
