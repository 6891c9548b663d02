"""Whether a database has pgvector, which searching large shelves takes, or may be given it."""

from sqlalchemy import Connection, text

NO_PGVECTOR = (
    "Searching in PostgreSQL expects its extension pgvector 0.7 or later{reason}: install it on "
    "the server and run CREATE EXTENSION vector, in a schema of the search_path, or set "
    "SUMMITQA_DATABASE_SEARCH higher."
)
_LACKS = text(
    "SELECT to_regtype('halfvec') IS NULL AND (EXISTS (SELECT FROM pg_extension "
    "WHERE extname = 'vector') OR NOT EXISTS (SELECT FROM pg_available_extension_versions, "
    "pg_roles WHERE name = 'vector' AND rolname = current_user AND (rolsuper OR trusted "
    "AND has_database_privilege(current_database(), 'CREATE'))))"
)


def lacks_pgvector(connection: Connection) -> bool:
    """Tell whether there is none that is new enough, and our account cannot make it either."""
    return bool(connection.execute(_LACKS).scalar())
