"""How it stands between replicas, for whoever looks after them; of PostgreSQL alone."""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import (
    ARRAY,
    Connection,
    Engine,
    Text,
    any_,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from summitqa.library import CURRENT
from summitqa.postgres.database import reading
from summitqa.postgres.extension import NO_PGVECTOR, lacks_pgvector
from summitqa.postgres.tables import POINTERS
from summitqa.settings import HOUSE, SHELVES, folder_of
from summitqa_bot.state import rows
from summitqa_bot.state.events import left
from summitqa_bot.state.leases import THERE, held
from summitqa_bot.state.schema import INSTALLATION, KEYS, SEEN
from summitqa_bot.state.shared import is_shared
from summitqa_bot.state.steadfast import steadfast

# An event is taken over within seconds once its claim is as old as a lease.
_LEASES = 3

# Of a replica that has all there is, the last that it was told of may be long ago.
_BEHIND = text(
    "SELECT CASE WHEN pg_is_in_recovery() AND "
    "pg_wal_lsn_diff(CAST(:written AS pg_lsn), pg_last_wal_replay_lsn()) > 0 "
    "THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END"
)


@dataclass(frozen=True, slots=True)
class Overview:
    """How it stands at a moment.

    ``primary``: whether the database may be written. ``leases``: who holds each, for how many
    seconds more. ``abandoned``: how many events no replica goes on with, though the one that had
    them is gone. ``behind``: the shelves followed here, or all that are mirrored, that are in use
    at another version than the one that is published. ``lag``: how many seconds the database that
    is read is behind, 0 where it is the same; infinite where it does not answer.
    ``reads_another``: that holds another installation, or none.
    """

    primary: bool
    leases: Mapping[str, tuple[str, float]]
    abandoned: int
    behind: tuple[str, ...]
    lag: float
    reads_another: bool = False

    @property
    def there(self) -> int:
        """Count the replicas that serve, whether they hold anything or not."""
        return sum(name.startswith(THERE) for name in self.leases)

    @property
    def replicas(self) -> Mapping[str, list[str]]:
        """Give what each replica holds, beside saying that it is there."""
        found: dict[str, list[str]] = {}
        for name, (holder, _) in sorted(self.leases.items()):
            # What a part of it holds, too.
            held = found.setdefault(holder.partition(":")[0], [])
            held += [name] if not name.startswith(THERE) else []
        return found


@steadfast
class Overviews:
    """The part of the database that tells how it stands."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine = engine
        self._home = home

    def lacks_rows(self) -> str:
        """Look, as the function of that name does."""
        with self._engine.connect() as connection:
            return lacks_rows(connection)

    def look(
        self, read_url: str | None = None, followed: Iterable[str] | None = None
    ) -> Overview | None:
        """Look, as ``read`` does."""
        with self._engine.connect() as connection:
            return read(connection, self._home, read_url, followed)


def read(
    connection: Connection,
    home: Path,
    read_url: str | None,
    followed: Iterable[str] | None = None,
) -> Overview | None:
    """Look at all of it; None in SQLite, which is one process's own.

    ``home`` is this replica's, ``read_url`` names the database that is read, where it is another,
    and ``followed`` the shelves that are to be as published, where not all that are mirrored are.
    """
    if not is_shared(connection):
        return None
    primary = not connection.execute(select(func.pg_is_in_recovery())).scalar()
    lag, another = _lag(connection, read_url) if primary and read_url else (0.0, False)
    return Overview(
        primary=primary,
        leases=held(connection),
        abandoned=_abandoned(connection),
        behind=_behind(connection, home, followed),
        lag=lag,
        reads_another=another,
    )


def lacks_rows(connection: Connection) -> str:
    """Say that what is to be searched in the database cannot be; "" where it can, or in SQLite."""
    lacking = is_shared(connection) and lacks_pgvector(connection)
    return NO_PGVECTOR.format(reason="") if lacking else ""


def has_shelves(connection: Connection) -> bool:
    """Tell whether a database has any shelf."""
    there = inspect(connection).has_table(POINTERS.name)
    return there and connection.execute(select(POINTERS.c.shelf).limit(1)).first() is not None


def _lag(primary: Connection, read_url: str) -> tuple[float, bool]:
    """Tell how far a database is behind, and whether it is none of ours."""
    installation = rows.fact(primary, INSTALLATION)
    written = str(primary.execute(select(func.pg_current_wal_lsn())).scalar())
    engine = reading(read_url)
    try:
        with engine.connect() as connection:
            lag = float(connection.execute(_BEHIND, {"written": written}).scalar() or 0.0)
            there = inspect(connection).has_table(KEYS.name)
            found = rows.fact(connection, INSTALLATION) if there else None
            return lag, found != installation
    except SQLAlchemyError:
        return math.inf, False
    finally:
        engine.dispose()


def _abandoned(connection: Connection) -> int:
    query = select(func.count()).select_from(SEEN).where(left(_LEASES))
    return int(connection.execute(query).scalar() or 0)


def _behind(connection: Connection, home: Path, followed: Iterable[str] | None) -> tuple[str, ...]:
    here = dict(_mirrored(home, followed))
    # As one value: a statement takes 65,535 at most, and there may be more shelves.
    theirs = POINTERS.c.shelf == any_(literal(list(here), ARRAY(Text)))
    query = select(POINTERS.c.shelf, POINTERS.c.version).where(theirs)
    there = {one.shelf: one.version for one in connection.execute(query)}
    return tuple(sorted(shelf for shelf, version in here.items() if version != there.get(shelf)))


def _mirrored(home: Path, followed: Iterable[str] | None) -> Iterator[tuple[str, str]]:
    """Give those that are here of some shelves, or of all, each with its version in use."""
    if followed is None:
        followed = (HOUSE, *(one.name for one in (home / SHELVES).glob("*")))
    for shelf in followed:
        with suppress(FileNotFoundError):
            yield shelf, (folder_of(home, shelf) / CURRENT).read_text("ascii", "replace").strip()
