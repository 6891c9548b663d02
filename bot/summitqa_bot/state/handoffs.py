"""Questions that nothing answered, or not well, handed to people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, select, update

from summitqa_bot.state import rows
from summitqa_bot.state.schema import ANSWERS, HANDOFFS
from summitqa_bot.state.steadfast import perhaps_done, steadfast

_ALIKE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Handoff:
    """A question for people to answer: that of the answer ``ref``.

    ``reason`` is what was wrong with what was found, "" where nothing was; ``message`` where they
    are told, ``outcome`` what they did, each ``None`` until then.
    """

    ref: str
    community: str
    reason: str
    message: str | None
    outcome: str | None
    question: str
    platform: str


@steadfast
class Handoffs:
    """A part of the database; every method is one short transaction, safe in any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, ref: str, community: str, question: str, reason: str = "") -> bool:
        """Hand a question on, unless the same waits already; tell whether it was."""
        now = datetime.now(UTC).replace(tzinfo=None)
        waiting = (
            select(HANDOFFS.c.ref)
            .join(ANSWERS, ANSWERS.c.ref == HANDOFFS.c.ref)
            .where(HANDOFFS.c.community == community, HANDOFFS.c.outcome.is_(None))
            .where(HANDOFFS.c.at > now - timedelta(days=_ALIKE_DAYS))
            .where(ANSWERS.c.question == question)
        )
        values = {"community": community, "at": now, "reason": reason[:500]}
        # It may be being erased.
        answer = select(ANSWERS.c.ref).where(ANSWERS.c.ref == ref).with_for_update(read=True)
        with self._engine.begin() as connection:
            if connection.execute(answer).first() is None:
                return False
            if connection.execute(waiting).first() is not None:
                return perhaps_done()
            return rows.put(connection, HANDOFFS, {"ref": ref}, values, replace=False)

    def untold(self, count: int = 20) -> list[Handoff]:
        """Give those that people are still to be told of, the oldest first."""
        here = HANDOFFS.c.message.is_(None) & HANDOFFS.c.outcome.is_(None)
        return self._found(here, count)

    def get(self, ref: str, community: str) -> Handoff | None:
        """Find one of a community."""
        here = (HANDOFFS.c.ref == ref) & (HANDOFFS.c.community == community)
        return next(iter(self._found(here, 1)), None)

    def told(self, ref: str, message: str) -> None:
        """Note where people are told of one; "" where they cannot be."""
        with self._engine.begin() as connection:
            query = update(HANDOFFS).where(HANDOFFS.c.ref == ref).values(message=message)
            connection.execute(query)

    def finish(self, ref: str, outcome: str) -> bool:
        """Note what came of one; false where something has before."""
        there = (HANDOFFS.c.ref == ref) & HANDOFFS.c.outcome.is_(None)
        with self._engine.begin() as connection:
            query = update(HANDOFFS).where(there).values(outcome=outcome)
            return connection.execute(query).rowcount > 0 or perhaps_done()

    def _found(self, here: ColumnElement[bool], count: int) -> list[Handoff]:
        query = (
            select(HANDOFFS, ANSWERS.c.question, ANSWERS.c.platform)
            .join(ANSWERS, ANSWERS.c.ref == HANDOFFS.c.ref)
            .where(here)
            .order_by(HANDOFFS.c.at)
            .limit(count)
        )
        names = tuple(Handoff.__dataclass_fields__)
        with self._engine.connect() as connection:
            found = connection.execute(query).mappings().all()
        return [Handoff(**{name: row[name] for name in names}) for row in found]
