"""To schema 6: each community has a shelf, channel rules, drafts and hand-offs of its own."""

import json

from sqlalchemy import Connection, text


def step(connection: Connection) -> None:
    """Take the step; what was answered before belongs to no community, and was of the house."""
    for change in (
        "ALTER TABLE answers ADD COLUMN community TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE answers ADD COLUMN shelf TEXT NOT NULL DEFAULT 'house'",
        "CREATE INDEX ix_answers_community ON answers (community)",
        "ALTER TABLE audit ADD COLUMN shelf TEXT NOT NULL DEFAULT 'house'",
        "CREATE INDEX ix_audit_shelf ON audit (shelf)",
        "CREATE TABLE channel_rules (community TEXT NOT NULL, channel TEXT NOT NULL, "
        "rules JSON NOT NULL, PRIMARY KEY (community, channel))",
        "CREATE TABLE shelves (name TEXT NOT NULL PRIMARY KEY, joined TIMESTAMP NOT NULL, "
        '"left" TIMESTAMP, choices JSON NOT NULL)',
        'CREATE INDEX ix_shelves_left ON shelves ("left")',
        "CREATE TABLE drafts (ref TEXT NOT NULL PRIMARY KEY, shelf TEXT NOT NULL, "
        '"by" TEXT NOT NULL, at TIMESTAMP NOT NULL, change JSON NOT NULL, done TEXT)',
        "CREATE INDEX ix_drafts_shelf ON drafts (shelf)",
        "CREATE INDEX ix_drafts_at ON drafts (at)",
        "CREATE TABLE handoffs (ref TEXT NOT NULL PRIMARY KEY, community TEXT NOT NULL, "
        "at TIMESTAMP NOT NULL, reason TEXT NOT NULL DEFAULT '', message TEXT, outcome TEXT)",
        "CREATE INDEX ix_handoffs_community ON handoffs (community)",
        "CREATE INDEX ix_handoffs_at ON handoffs (at)",
        "CREATE TABLE chosen_shelves (person TEXT NOT NULL PRIMARY KEY, shelf TEXT NOT NULL)",
    ):
        connection.execute(text(change))
    _take_over_channels(connection)


def _take_over_channels(connection: Connection) -> None:
    """Let a channel's article hold under its platform, for its community was not noted."""
    made = text(
        "INSERT INTO channel_rules (community, channel, rules) "
        "VALUES (:platform, :channel, CAST(:rules AS JSON))"
        if connection.dialect.name == "postgresql"
        else "INSERT INTO channel_rules (community, channel, rules) "
        "VALUES (:platform, :channel, :rules)"
    )
    for platform, channel, article in connection.execute(
        text("SELECT platform, channel, article FROM channels")
    ).all():
        rules = json.dumps({"article": article})
        connection.execute(made, {"platform": platform, "channel": channel, "rules": rules})
