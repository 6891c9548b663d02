"""To schema 7: an event says who has taken it on, so that another may go on where one dies."""

from sqlalchemy import Connection, text


def step(connection: Connection) -> None:
    """Take the step; what replicas share is kept by PostgreSQL alone."""
    for change in (
        "ALTER TABLE seen_events ADD COLUMN holder TEXT",
        "ALTER TABLE seen_events ADD COLUMN claimed TIMESTAMP",
        "ALTER TABLE seen_events ADD COLUMN tries INTEGER NOT NULL DEFAULT '1'",
        "ALTER TABLE seen_events ADD COLUMN payload JSON",
        "ALTER TABLE seen_events ADD COLUMN done TIMESTAMP",
        "CREATE INDEX ix_seen_events_claimed ON seen_events (claimed)",
        "ALTER TABLE answers ADD COLUMN origin TEXT",
        "CREATE INDEX ix_answers_origin ON answers (origin)",
        "ALTER TABLE answers ADD COLUMN sharing TEXT",
        "ALTER TABLE progress ADD COLUMN holder TEXT",
        "CREATE TABLE erased (name TEXT NOT NULL PRIMARY KEY, at TIMESTAMP NOT NULL)",
        "CREATE INDEX ix_erased_at ON erased (at)",
    ):
        connection.execute(text(change))
    if connection.dialect.name == "postgresql":
        share(connection)


def share(connection: Connection) -> None:
    """Make the tables that replicas share, which no backup has."""
    for change in (
        "CREATE TABLE leases (name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, "
        "until TIMESTAMPTZ NOT NULL)",
        "CREATE TABLE shelf_pointers (shelf TEXT NOT NULL PRIMARY KEY, version TEXT, "
        "pruned TEXT, busy_by TEXT, busy_since TIMESTAMPTZ)",
        "CREATE TABLE shelf_snapshots (shelf TEXT NOT NULL REFERENCES shelf_pointers "
        "ON DELETE CASCADE, version TEXT NOT NULL, manifest BYTEA NOT NULL, "
        "kept TEXT NOT NULL, aside BOOLEAN NOT NULL DEFAULT FALSE, "
        "in_rows BOOLEAN NOT NULL DEFAULT FALSE, "
        "published TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP, "
        "PRIMARY KEY (shelf, version))",
        "CREATE TABLE shelf_chunks (shelf TEXT NOT NULL, version TEXT NOT NULL, "
        "file TEXT NOT NULL, number INTEGER NOT NULL, body BYTEA NOT NULL, "
        "PRIMARY KEY (shelf, version, file, number), FOREIGN KEY (shelf, version) "
        "REFERENCES shelf_snapshots ON DELETE CASCADE)",
        "ALTER TABLE shelf_chunks ALTER COLUMN body SET STORAGE EXTERNAL",
        "CREATE TABLE shelf_files (shelf TEXT NOT NULL REFERENCES shelf_pointers "
        "ON DELETE CASCADE, name TEXT NOT NULL, number INTEGER NOT NULL, "
        "body BYTEA NOT NULL, changed TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP, "
        "PRIMARY KEY (shelf, name, number))",
        "CREATE TABLE shelf_erased (shelf TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, "
        "erased TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        "CREATE TABLE jobs (shelf TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, "
        'who TEXT NOT NULL, platform TEXT, "user" TEXT, since TIMESTAMPTZ NOT NULL, '
        "until TIMESTAMPTZ NOT NULL, called_off BOOLEAN NOT NULL)",
        "CREATE UNLOGGED TABLE limits (key TEXT NOT NULL PRIMARY KEY, "
        "times FLOAT(53)[] NOT NULL, used INTEGER NOT NULL, wait FLOAT(53) NOT NULL, "
        "until FLOAT(53) NOT NULL) WITH (fillfactor = 50)",
    ):
        connection.execute(text(change))
