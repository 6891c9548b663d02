"""How often each key has asked of late, counted for all replicas together.

In a table of which no log is kept: what a crash of the database takes of it harms nobody, and no
commit waits for a disk or a replica of the database. Keys are hashed before they come here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, TextClause, delete, func, text

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.state.shared import LIMITS, is_shared
from summitqa_bot.state.steadfast import is_out, persist
from summitqa_bot.strings.serving import DATABASE_AWAY


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``count`` of a key in ``seconds``.

    It slides; or else begins with the key's first, and anew with its first after that.
    """

    key: str
    count: int
    seconds: int
    slides: bool = True


# The row is locked, and seen as it is then, from its conflict on.
_SLIDING = """
    INSERT INTO limits AS l (key, times, used, wait, until)
    SELECT :key{n}, ARRAY[t], 1, 0, t + :seconds{n} FROM now {where}
    ON CONFLICT (key) DO UPDATE SET (times, wait, until) = (
        SELECT CASE WHEN cardinality(kept) < :count{n} THEN kept || t ELSE kept END,
            CASE WHEN cardinality(kept) < :count{n} THEN 0 ELSE kept[1] + :seconds{n} - t END,
            t + :seconds{n}
        FROM now, LATERAL (
            SELECT ARRAY(SELECT one FROM unnest(l.times) one WHERE one > t - :seconds{n}) AS kept
        ) AS counted
    ) RETURNING wait"""
_FROM_THE_FIRST = """
    INSERT INTO limits AS l (key, times, used, wait, until)
    SELECT :key{n}, ARRAY[t], 1, 0, t + :seconds{n} FROM now {where}
    ON CONFLICT (key) DO UPDATE SET (times, used, wait, until) = (
        SELECT CASE WHEN over THEN ARRAY[t] ELSE l.times END,
            CASE WHEN over THEN 1 WHEN l.used < :count{n} THEN l.used + 1 ELSE l.used END,
            CASE WHEN over OR l.used < :count{n} THEN 0 ELSE l.times[1] + :seconds{n} - t END,
            CASE WHEN over THEN t ELSE l.times[1] END + :seconds{n}
        FROM now, LATERAL (SELECT t - l.times[1] >= :seconds{n} AS over) AS known
    ) RETURNING wait"""


class Limits:
    """A part of the database; of PostgreSQL alone."""

    def __init__(self, engine: Engine, clock: Callable[[], float] | None = None) -> None:
        """Count by ``clock`` (seconds), or by the database's."""
        self._engine = engine
        self._clock = clock
        self.shared = is_shared(engine)

    def wait(self, windows: Sequence[Window]) -> list[float]:
        """Count one of each key, in turn, until one has to wait; give how many seconds each has to.

        One that has to wait is not counted. A single statement. It is tried once: SQLAlchemyError,
        or DatabaseUnavailableError where the database was away a moment ago.
        """
        if is_out(self._engine):
            raise DatabaseUnavailableError(DATABASE_AWAY)
        given: dict[str, Any] = {"now": self._clock and self._clock()}
        for number, one in enumerate(windows):
            values = {"key": one.key, "count": one.count, "seconds": float(one.seconds)}
            given |= {f"{name}{number}": value for name, value in values.items()}
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            counted = connection.execute(_counting(tuple(one.slides for one in windows)), given)
            return list(counted.scalars())

    def forget(self) -> None:
        """Delete what no window looks at any more; one process by itself keeps none here."""
        if not self.shared:
            return
        over = LIMITS.c.until < func.extract("epoch", func.clock_timestamp())

        def forget() -> None:
            with self._engine.begin() as connection:
                connection.execute(delete(LIMITS).where(over))

        persist(self._engine, forget)


@lru_cache
def _counting(slides: tuple[bool, ...]) -> TextClause:
    """Give the statement for windows of these kinds, each counted where none before has to wait."""
    parts = ["now AS (SELECT coalesce(:now, extract(epoch FROM clock_timestamp()))::float8 AS t)"]
    for number, one in enumerate(slides):
        where = f"WHERE (SELECT wait FROM w{number - 1}) = 0" if number else ""  # noqa: S608
        counted = (_SLIDING if one else _FROM_THE_FIRST).format(n=number, where=where)
        parts.append(f"w{number} AS ({counted})")
    found = " UNION ALL ".join(f"SELECT {n} AS n, wait FROM w{n}" for n in range(len(slides)))  # noqa: S608
    return text(f"WITH {', '.join(parts)} SELECT wait FROM ({found}) AS found ORDER BY n")  # noqa: S608
