"""Events: one replica sees each through, and another goes on with it where that one dies.

An event is *claimed* before anything comes of it, and *done* once its reply is shown, or there is
none to show. A claim holds for a lease, is renewed while its work runs, and after that is *stale*:
whoever takes it over does the work again, from the event as it was delivered. What is kept of a
work is kept in one transaction that fails where the claim is another's by then, so that of two
who have worked one is heard.

It is shown after that, and no transaction reaches to where. A replica that dies in between leaves
its claim to be taken over, and the reply is shown by another: in place of the first where the
platform lets it be found, else once more. That happens to a whisper alone, or where a channel may
not be read, and in the moment between a post and the note of it. To be told twice is the lesser
harm than never to be told. A replica that is frozen just then, for longer than a lease, is the
same case.

Lost is what a replica dies with in the milliseconds between an event's arrival and its claim, where
the platform sends nothing twice.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    case,
    false,
    func,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql

from summitqa_bot.state import rows
from summitqa_bot.state.schema import ANSWERS, SEEN
from summitqa_bot.state.shared import is_shared
from summitqa_bot.state.steadfast import steadfast

Payload = Mapping[str, Any]
"""An event as it was delivered; as JSON."""

PART = "part"
"""Where a payload tells its part: the number by which a platform divides events, if it does."""
Parts = Mapping[int, Collection[int]]
"""Which parts are ours to see to: of so many all are divided into, these."""

LEASE_SECONDS = 10.0
# An event that has ended so many replicas in a row is not put to another.
MOST_TRIES = 5
# One that is older has nobody waiting for it any more: so long an interaction can be answered.
OLDEST_SECONDS = 15 * 60
_NEVER = datetime(1970, 1, 1)  # noqa: DTZ001 - as every time in the database


class TakenOver(Exception):  # noqa: N818 - it is no error: somebody else will answer
    """Another replica has taken an event over, or nobody is to answer it: say nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that asked something: which question, and what message answers it.

    None where there was no answer to keep, or none was shown for all. ``open``: another replica
    may still be about to answer it as it was first.
    """

    question: str | None
    answer: str | None
    open: bool


class Ours:
    """What is done to our claims within a transaction that is open."""

    def __init__(self, engine: Engine, holder: str) -> None:
        self._engine = engine
        self._holder = holder
        self.shared = is_shared(engine)

    def hold(self, connection: Connection, event: str | None) -> None:
        """Make sure, in a transaction, that an event is ours until its end; TakenOver if not."""
        if event is None or not self.shared:
            return
        # Where it could not be claimed before, it is now.
        held = self._ours([event], {"claimed": _clock()}).returning(SEEN.c.event)
        if connection.execute(held).first() is None:
            raise TakenOver(event)

    def settle(self, connection: Connection, events: Collection[str]) -> None:
        """Do as ``done`` in a transaction that is open."""
        if events and self.shared:
            connection.execute(self._ours(events, _DONE))

    def _ours(self, events: Collection[str], values: dict[str, Any]) -> Any:
        """Set something of our events, of those too that we could not claim; of no other's."""
        made = {"at": _now(), "holder": self._holder, **values}
        return (
            postgresql.insert(SEEN)
            .values([{"event": name, **made} for name in set(map(_name, events))])
            .on_conflict_do_update(
                index_elements=[SEEN.c.event],
                set_=values,
                where=(SEEN.c.holder == self._holder) & SEEN.c.done.is_(None),
            )
        )


@steadfast
class Events(Ours):
    """Who sees to which event; every method is one short transaction, and may be run again.

    SQLite is one process's own: there an event is seen once, nothing of it is kept but its name,
    and nothing is ever taken over (``shared`` is false).
    """

    def claim(self, event: str, payload: Payload | None = None) -> int:
        """Take an event on, or keep it; give how many have tried it by now, 0 where it is not ours.

        It is another's as long as that one's claim holds, and nobody's once it is done. Without a
        payload it is not taken over from us.
        """
        key, values = {"event": _name(event)}, {"at": _now()}
        with self._engine.begin() as connection:
            if not self.shared:
                return int(rows.put(connection, SEEN, key, values, replace=False))
            mine = {"holder": self._holder, "claimed": _clock()}
            another = SEEN.c.holder.is_distinct_from(self._holder)
            claimed = (
                postgresql.insert(SEEN)
                .values(**key, **values, **mine, payload=payload)
                .on_conflict_do_update(
                    index_elements=[SEEN.c.event],
                    set_={**mine, "tries": SEEN.c.tries + case((another, 1), else_=0)},
                    where=SEEN.c.done.is_(None) & (~another | _stale()),
                )
                .returning(SEEN.c.tries)
            )
            return int(connection.execute(claimed).scalar() or 0)

    def renew(self, events: Collection[str]) -> set[str]:
        """Have our claims hold for another lease; give those of them that are ours no more."""
        names = {_name(event): event for event in events}
        ours = SEEN.c.event.in_(list(names)) & (SEEN.c.holder == self._holder)
        with self._engine.begin() as connection:
            query = update(SEEN).where(ours, SEEN.c.done.is_(None)).values(claimed=_clock())
            query = query.returning(SEEN.c.event)
            kept = set(connection.execute(query).scalars())
        return {event for name, event in names.items() if name not in kept}

    def done(self, events: Collection[str]) -> None:
        """Have our events be seen through; of what was delivered only the names are kept."""
        with self._engine.begin() as connection:
            self.settle(connection, events)

    def withdraw(self, event: str) -> bool:
        """Have nobody answer an event; false where it is done, or not known."""
        if not self.shared:
            return False
        open_one = (SEEN.c.event == _name(event)) & SEEN.c.done.is_(None)
        with self._engine.begin() as connection:
            return connection.execute(update(SEEN).where(open_one).values(_DONE)).rowcount > 0

    def release(self, delivered: Mapping[str, Payload]) -> None:
        """Leave events, by what was delivered, to whoever takes them over, at once.

        Those that are ours, and those that nobody has claimed yet.
        """
        free = {"holder": None, "claimed": _NEVER}
        ours = (SEEN.c.holder == self._holder) & SEEN.c.done.is_(None)
        with self._engine.begin() as connection:
            for event, payload in delivered.items():
                row = {
                    "event": _name(event),
                    "at": _now(),
                    "payload": payload,
                    "tries": 0,
                    **free,
                }
                connection.execute(
                    postgresql.insert(SEEN)
                    .values(row)
                    .on_conflict_do_update(index_elements=[SEEN.c.event], set_=free, where=ours)
                )

    def abandoned(
        self,
        platform: str,
        count: int,
        parts: Parts | None = None,
        may: Callable[[], bool] = lambda: True,
    ) -> list[tuple[str, Payload]]:
        """Take over at most ``count`` stale events of a platform, or those of some ``parts``.

        Gives each with what was delivered, the longest left first. None is taken over where ``may``
        is false once they are found.
        """
        if not self.shared:
            return []
        stale = (
            select(SEEN.c.event, SEEN.c.payload)
            .where(left(), SEEN.c.event.startswith(f"{platform}:", autoescape=True))
            .where(SEEN.c.tries < MOST_TRIES, true() if parts is None else _are_of(parts))
            .order_by(SEEN.c.claimed)
            .limit(count)
            .with_for_update(skip_locked=True)
        )
        with self._engine.begin() as connection:
            found = [(name, payload) for name, payload in connection.execute(stale)]
            taken = found if may() else []
            if taken:
                here = SEEN.c.event.in_([name for name, _ in taken])
                values = {"holder": self._holder, "claimed": _clock(), "tries": SEEN.c.tries + 1}
                connection.execute(update(SEEN).where(here).values(values))
        return taken

    def give_up(self) -> int:
        """Let go of stale events that nobody takes over any more; give how many there were."""
        old = SEEN.c.at <= _now() - timedelta(seconds=OLDEST_SECONDS)
        given_up = _stale() & SEEN.c.done.is_(None) & (old | (SEEN.c.tries >= MOST_TRIES))
        with self._engine.begin() as connection:
            return connection.execute(update(SEEN).where(given_up).values(_DONE)).rowcount

    def heard(self, platform: str, message: str) -> Heard | None:
        """Tell what is known of a message that asked something, by its name; None of any other.

        The event of its first words bears its name, as ``Attendance.hear`` has it.
        """
        answers = (
            select(ANSWERS.c.question, ANSWERS.c.message)
            .where(ANSWERS.c.origin == message, ANSWERS.c.platform == platform)
            .order_by(ANSWERS.c.at.desc())
        )
        first = SEEN.c.event == _name(f"{platform}:{message}")
        with self._engine.connect() as connection:
            found = connection.execute(answers).all()
            claims = connection.execute(select(SEEN.c.claimed).where(first)).all()
        if not found and not claims:
            return None
        asked = next((question for question, _ in found), None)
        shown = next((answer for _, answer in found if answer), None)
        return Heard(asked, shown, any(claimed is not None for (claimed,) in claims))


def _clock() -> ColumnElement[datetime]:
    """Give the database's time, which is the same to all, in UTC without zone."""
    return func.timezone("UTC", func.clock_timestamp())


_DONE: dict[str, Any] = {"done": _clock(), "claimed": null(), "payload": null()}


def left(leases: int = 1) -> ColumnElement[bool]:
    """Tell of an event that its claim has been stale for so many leases, and it may be answered."""
    young = SEEN.c.at > _now() - timedelta(seconds=OLDEST_SECONDS)
    return _stale(leases) & SEEN.c.done.is_(None) & SEEN.c.payload.is_not(null()) & young


def _are_of(parts: Parts) -> ColumnElement[bool]:
    part = SEEN.c.payload[PART].as_string().cast(BigInteger)
    ours = ((part % count).in_(list(numbers)) for count, numbers in parts.items())
    return or_(false(), *ours)


def is_left(event: ColumnElement[Any]) -> ColumnElement[bool]:
    """Tell of an event that was named that it was not seen through, and is too old to be now."""
    young = SEEN.c.at > _now() - timedelta(seconds=OLDEST_SECONDS)
    known = select(SEEN.c.event).where(SEEN.c.event == event, young | SEEN.c.done.is_not(None))
    return event.is_not(None) & ~known.exists()


def _stale(leases: int = 1) -> ColumnElement[bool]:
    # By the clock of the statement, which stands still in it: else no index would be looked into.
    now = func.timezone("UTC", func.statement_timestamp())
    return SEEN.c.claimed < now - timedelta(seconds=leases * LEASE_SECONDS)


def _name(event: str) -> str:
    return event[:200]


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
