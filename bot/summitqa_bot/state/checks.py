"""Which answers, of those posted for all to see, were held against which version of a shelf."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select, update

from summitqa.settings import HOUSE
from summitqa_bot.asked import Asked
from summitqa_bot.state.answers import asked_of
from summitqa_bot.state.schema import ANSWERS
from summitqa_bot.state.steadfast import steadfast


@steadfast
class Checks:
    """A part of the database; every method is one short transaction, safe in any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def unchecked(
        self,
        platform: str,
        version: str,
        days: int,
        count: int,
        skipped: Collection[str] = (),
        *,
        shelf: str = HOUSE,
    ) -> list[Asked]:
        """Give the newest answers of the last days not yet held against a version of a shelf.

        Of those that were posted for all to see and are not marked as changed; ``skipped``
        are the names of those to leave out.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        query = (
            select(ANSWERS)
            .where(ANSWERS.c.at > now - timedelta(days=days), ANSWERS.c.platform == platform)
            .where(ANSWERS.c.shelf == shelf)
            .where(ANSWERS.c.found, ~ANSWERS.c.private, ~ANSWERS.c.stale)
            .where(ANSWERS.c.message.is_not(None), ANSWERS.c.ref.not_in(skipped))
            .where(func.coalesce(ANSWERS.c.checked, ANSWERS.c.version) != version)
            .order_by(ANSWERS.c.at.desc())
            .limit(count)
        )
        with self._engine.connect() as connection:
            return [asked_of(row) for row in connection.execute(query).mappings().all()]

    def check(self, refs: Collection[str], version: str) -> None:
        """Note that all quotes of these answers stand in a version."""
        query = update(ANSWERS).where(ANSWERS.c.ref.in_(refs)).values(checked=version)
        with self._engine.begin() as connection:
            connection.execute(query)

    def mark_stale(self, ref: str) -> None:
        """Note that an answer's message says that its passage has changed."""
        with self._engine.begin() as connection:
            connection.execute(update(ANSWERS).where(ANSWERS.c.ref == ref).values(stale=True))
