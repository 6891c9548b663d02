"""What replicas tell each other through the database."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

CHANNEL = "summitqa_shelves"
"""Where a change is told of: the shelf, a space, and the version in use, if any."""


def tell(connection: "psycopg.Connection", shelf: str) -> None:
    """Tell all mirrors, once the transaction is committed, that a shelf has changed, or is gone."""
    connection.execute(
        "SELECT pg_notify(%(channel)s, %(shelf)s || ' ' || coalesce("
        "(SELECT version FROM shelf_pointers WHERE shelf = %(shelf)s), ''))",
        {"channel": CHANNEL, "shelf": shelf},
    )
