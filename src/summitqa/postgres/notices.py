"""What replicas tell each other through the database."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

CHANNEL = "summitqa_shelves"
"""Where a change is told of: the shelf, a space, and the version in use, if any."""


def tell(connection: "psycopg.Connection", shelf: str) -> None:
    """Tell all mirrors, once the transaction is committed, that a shelf has changed."""
    connection.execute(
        "SELECT pg_notify(%s, shelf || ' ' || coalesce(version, '')) FROM shelf_pointers "
        "WHERE shelf = %s",
        (CHANNEL, shelf),
    )
