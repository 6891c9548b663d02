"""Leases: what one replica does for all of them, until it lets go of it or is gone."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, extract, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.state.shared import LEASES, is_shared
from summitqa_bot.state.steadfast import steadfast

AWAY = (SQLAlchemyError, DatabaseUnavailableError)
"""What is raised where it cannot be known now who holds what."""
THERE = "replica:"
"""What the lease begins with that each replica takes of itself, for as long as it serves."""
_FORGOTTEN = timedelta(days=1)


@steadfast
class Leases:
    """Who holds what, by the database's clock; every method is one short transaction.

    In SQLite, which one process has to itself, every lease is ours and none is noted. Count a
    lease that could not be taken again before it ran out as lost. ``holder`` is who we are;
    ``shared``: whether other processes may hold what we do not.
    """

    def __init__(self, engine: Engine, holder: str) -> None:
        self.holder = holder
        self._engine = engine
        self.shared = is_shared(engine)

    def of(self, part: str) -> "Leases":
        """Give those of a part of us, which holds nothing that another part does."""
        return Leases(self._engine, f"{self.holder}:{part}")

    def take(self, name: str, seconds: float) -> bool:
        """Take a lease from now on, or take it again; false while another holds it."""
        if not self.shared:
            return True
        until = func.clock_timestamp() + timedelta(seconds=seconds)
        free = (LEASES.c.holder == self.holder) | (LEASES.c.until < func.clock_timestamp())
        taken = (
            postgresql.insert(LEASES)
            .values(name=name, holder=self.holder, until=until)
            .on_conflict_do_update(
                index_elements=[LEASES.c.name],
                # Reckoned anew: the row may have been waited for.
                set_={"holder": self.holder, "until": until},
                where=free,
            )
        )
        with self._engine.begin() as connection:
            done = connection.execute(taken, execution_options={"preserve_rowcount": True})
            return done.rowcount > 0

    def keep(self, names: Collection[str], seconds: float) -> frozenset[str]:
        """Take those again that are ours still, all at once, and give which they are."""
        if not self.shared:
            return frozenset(names)
        kept = (
            update(LEASES)
            .where(LEASES.c.name.in_(names), LEASES.c.holder == self.holder)
            .values(until=func.clock_timestamp() + timedelta(seconds=seconds))
            .returning(LEASES.c.name)
        )
        with self._engine.begin() as connection:
            return frozenset(connection.execute(kept).scalars())

    def free(self, name: str) -> None:
        """Let go of a lease, so that another may take it at once; one of another's stays.

        With it goes what ran out long ago.
        """
        if not self.shared:
            return
        mine = (LEASES.c.name == name) & (LEASES.c.holder == self.holder)
        old = LEASES.c.until < func.clock_timestamp() - _FORGOTTEN
        with self._engine.begin() as connection:
            connection.execute(delete(LEASES).where(mine | old))

    def holders(self, prefix: str) -> Mapping[str, tuple[str, float]]:
        """Give the leases whose names begin so: who holds each, for how many seconds more."""
        if not self.shared:
            return {}
        with self._engine.connect() as connection:
            return held(connection, prefix)


def held(connection: Connection, prefix: str = "") -> dict[str, tuple[str, float]]:
    """Give what ``Leases.holders`` gives, of PostgreSQL."""
    left = extract("epoch", LEASES.c.until - func.clock_timestamp())
    query = select(LEASES.c.name, LEASES.c.holder, left).where(
        LEASES.c.name.startswith(prefix, autoescape=True),
        LEASES.c.until >= func.clock_timestamp(),
    )
    return {name: (holder, float(seconds)) for name, holder, seconds in connection.execute(query)}
