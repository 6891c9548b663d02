"""Which replica changes which shelf, so that all can tell of it and call it off.

That no two change one at a time is for the shelf's lock to see to; this is what people are told.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.dialects import postgresql

from summitqa_bot.state.shared import JOBS, is_shared
from summitqa_bot.state.steadfast import steadfast

SECONDS = 15.0
"""For how long a job is that of a replica that has not been heard of since."""


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job of another replica: who had it begun, in words, and as (platform, user) if anybody."""

    who: str
    by: tuple[str, str] | None
    since: datetime


@steadfast
class Jobs:
    """A part of the database; every method is one short transaction, safe in any thread.

    In SQLite, which one process has to itself, nothing is noted.
    """

    def __init__(self, engine: Engine, holder: str) -> None:
        self._engine = engine
        self._holder = holder
        self.shared = is_shared(engine)

    def begin(self, shelf: str, who: str, by: tuple[str, str] | None) -> RunningJob | None:
        """Note that we change a shelf; where another replica does, give its job instead."""
        platform, user = by or (None, None)
        now = func.clock_timestamp()
        values = {
            "holder": self._holder, "who": who, "platform": platform, "user": user,
            "since": now, "until": now + timedelta(seconds=SECONDS), "called_off": False,
        }  # fmt: skip
        begun = (
            postgresql.insert(JOBS)
            .values(shelf=shelf, **values)
            .on_conflict_do_update(
                index_elements=[JOBS.c.shelf],
                set_=values,
                where=(JOBS.c.holder == self._holder) | (JOBS.c.until < now),
            )
            .returning(JOBS.c.shelf)
        )
        with self._engine.begin() as connection:
            if connection.execute(begun).first() is not None:
                return None
            other = connection.execute(select(JOBS).where(JOBS.c.shelf == shelf)).one()
        by = (other.platform, other.user) if other.platform else None
        return RunningJob(other.who, by, other.since.astimezone(UTC))

    def keep(self, shelf: str) -> bool:
        """Say that we still change a shelf; false where that is called off, or another's by now."""
        mine = (JOBS.c.shelf == shelf) & (JOBS.c.holder == self._holder)
        until = func.clock_timestamp() + timedelta(seconds=SECONDS)
        kept = update(JOBS).where(mine).values(until=until).returning(JOBS.c.called_off)
        with self._engine.begin() as connection:
            return connection.execute(kept).scalar() is False

    def end(self, shelf: str) -> None:
        """Note that we change a shelf no more."""
        mine = (JOBS.c.shelf == shelf) & (JOBS.c.holder == self._holder)
        with self._engine.begin() as connection:
            connection.execute(delete(JOBS).where(mine))

    def running(self, shelves: Collection[str]) -> set[str]:
        """Give those of these shelves that some replica changes."""
        query = select(JOBS.c.shelf).where(
            JOBS.c.shelf.in_(shelves), JOBS.c.until >= func.clock_timestamp()
        )
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def call_off(self, shelf: str) -> bool:
        """Have whichever replica changes a shelf stop; false where none does."""
        there = (JOBS.c.shelf == shelf) & (JOBS.c.until >= func.clock_timestamp())
        with self._engine.begin() as connection:
            query = update(JOBS).where(there).values(called_off=True)
            return connection.execute(query).rowcount > 0
