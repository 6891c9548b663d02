"""Messages that show the progress of what runs, so that none of a crash is left standing."""

from datetime import timedelta

from sqlalchemy import Engine, delete, func, or_, select

from summitqa_bot.state import rows
from summitqa_bot.state.schema import PROGRESS
from summitqa_bot.state.shared import LEASES, is_shared
from summitqa_bot.state.steadfast import steadfast

# A replica that lives holds some lease; in an outage of the database none could be renewed.
_GRACE = timedelta(seconds=60)


@steadfast
class Progress:
    """A part of the database; every method is one short transaction, safe in any thread."""

    def __init__(self, engine: Engine, holder: str) -> None:
        self._engine = engine
        self._holder = holder

    def open(self, platform: str, message: str) -> None:
        """Note that a message shows the progress of what runs here now."""
        values = {"platform": platform, "holder": self._holder}
        with self._engine.begin() as connection:
            rows.put(connection, PROGRESS, {"message": message}, values)

    def end(self, message: str) -> None:
        """Note that a message shows how that ended."""
        with self._engine.begin() as connection:
            connection.execute(delete(PROGRESS).where(PROGRESS.c.message == message))

    def left(self, platform: str) -> list[str]:
        """Give the messages that still show the progress of what was cut short.

        That is what neither we run nor another replica that lives.
        """
        ours, left = PROGRESS.c.holder == self._holder, PROGRESS.c.holder.is_(None)
        gone = ~ours
        if is_shared(self._engine):
            lives = LEASES.c.until >= func.clock_timestamp() - _GRACE
            gone &= (
                ~select(LEASES.c.name).where(LEASES.c.holder == PROGRESS.c.holder, lives).exists()
            )
        query = select(PROGRESS.c.message).where(PROGRESS.c.platform == platform, or_(left, gone))
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())
