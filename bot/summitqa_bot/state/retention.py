"""What is too old is forgotten, by a clock that is not believed at once when it jumps."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from summitqa.postgres.database import patient
from summitqa_bot.state.erasure import NOTED
from summitqa_bot.state.rows import fact, keep
from summitqa_bot.state.schema import ANSWERS, AUDIT, DRAFTS, ERASED, FEEDBACK, HANDOFFS, SEEN

log = logging.getLogger(__name__)

_KEPT = (ANSWERS, FEEDBACK, AUDIT, DRAFTS, HANDOFFS)
_SEEN_DAYS = 2
# Farther than this from where it last stood, the clock has jumped, or nobody was here for so long.
_JUMP = timedelta(days=7)
# It is believed then once it has gone on from there for this long: just under a day, since it
# is looked at once a day.
_HELD = timedelta(hours=20)


def forget(connection: Connection, now: datetime, days: int) -> datetime | None:
    """Delete what is older than ``days``, and seen events older than two days.

    Ages count from the newest row, where the clock is ahead of it. Gives the time before which
    all was deleted; None where there is nothing at all.
    """
    patient(connection)  # all that was heard in a day may be much
    today = _believed(connection, now)
    if today == now:
        _back_from_the_future(connection, now)
    connection.execute(delete(ERASED).where(ERASED.c.at < today - NOTED))
    found = [connection.execute(select(func.max(one.c.at))).scalar() for one in (*_KEPT, SEEN)]
    newest = max((at for at in found if at is not None), default=None)
    if newest is None:
        return None
    today = min(today, newest)
    old: datetime = today - timedelta(days=days)
    for table in _KEPT:
        connection.execute(delete(table).where(table.c.at < old))
    connection.execute(delete(SEEN).where(SEEN.c.at < today - timedelta(days=_SEEN_DAYS)))
    return old


def _believed(connection: Connection, now: datetime) -> datetime:
    """Give the clock's time, or after a jump the earlier of it and where it stood before."""
    stood = datetime.fromisoformat(fact(connection, "clock") or now.isoformat())
    if abs(now - stood) > _JUMP and not _held(connection, now):
        log.warning(
            "the clock says %s, but stood at %s before; nothing is forgotten by it until it has "
            "gone on from there for a day",
            f"{now:%Y-%m-%d}",
            f"{stood:%Y-%m-%d}",
        )
        return min(now, stood)
    keep(connection, "clock", now.isoformat())
    keep(connection, "clock-doubted", "")
    return now


def _held(connection: Connection, now: datetime) -> bool:
    """Tell whether the clock has gone on for a day from where it jumped to, and remember where."""
    doubted = fact(connection, "clock-doubted")
    since = datetime.fromisoformat(doubted) if doubted else now
    if not doubted or not timedelta(0) <= now - since <= _JUMP:
        keep(connection, "clock-doubted", now.isoformat())
        return False
    return now - since >= _HELD


def _back_from_the_future(connection: Connection, now: datetime) -> None:
    """Date to now what a clock that was ahead has dated later, or it would stay for ever."""
    for table in (*_KEPT, SEEN):
        late = table.c.at > now + timedelta(days=1)
        connection.execute(update(table).where(late).values(at=now))
