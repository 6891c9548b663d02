"""Changes of shelves that were looked at and not yet made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select, update

from summitqa_bot.state import rows
from summitqa_bot.state.schema import DRAFTS
from summitqa_bot.state.steadfast import steadfast
from summitqa_index.blobs import OPEN


@dataclass(frozen=True, slots=True)
class Draft:
    """A change of a shelf, as JSON has it; ``by`` whom (hashed); ``done``: what came of it."""

    ref: str
    shelf: str
    by: str
    change: Mapping[str, Any]
    done: str | None = None


@steadfast
class Drafts:
    """A part of the database; every method is one short transaction, safe in any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, draft: Draft) -> None:
        """Keep a new draft."""
        now = datetime.now(UTC).replace(tzinfo=None)
        values = {name: getattr(draft, name) for name in ("shelf", "by", "done")}
        values |= {"at": now, "change": dict(draft.change)}
        with self._engine.begin() as connection:
            rows.put(connection, DRAFTS, {"ref": draft.ref}, values, replace=False)

    def get(self, ref: str, shelf: str) -> Draft | None:
        """Find a draft of a shelf; not one that was left undecided for longer than it is open."""
        oldest = datetime.now(UTC).replace(tzinfo=None) - OPEN
        decided = DRAFTS.c.done.is_not(None)
        here = (
            (DRAFTS.c.ref == ref) & (DRAFTS.c.shelf == shelf) & (decided | (DRAFTS.c.at > oldest))
        )
        with self._engine.connect() as connection:
            row = connection.execute(select(DRAFTS).where(here)).first()
        return None if row is None else Draft(row.ref, row.shelf, row.by, row.change, row.done)

    def change(self, ref: str, change: Mapping[str, Any]) -> None:
        """Set what a draft would change anew."""
        with self._engine.begin() as connection:
            query = update(DRAFTS).where(DRAFTS.c.ref == ref).values(change=dict(change))
            connection.execute(query)

    def finish(self, ref: str, done: str) -> None:
        """Note what came of a draft."""
        with self._engine.begin() as connection:
            connection.execute(update(DRAFTS).where(DRAFTS.c.ref == ref).values(done=done))
