"""What is remembered and how it is asked for again.

User ids are stored as salted hashes, save in the audit log, which is there to tell who did what.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Table, func, insert, select, true, update

from summitqa.settings import HOUSE
from summitqa_bot.asked import Asked
from summitqa_bot.state import erasure, retention, rows
from summitqa_bot.state.answers import are_of, asked_of, row_of
from summitqa_bot.state.checks import Checks
from summitqa_bot.state.communities import Communities
from summitqa_bot.state.database import opened
from summitqa_bot.state.drafts import Drafts
from summitqa_bot.state.erasure import is_gone
from summitqa_bot.state.events import Events, is_left
from summitqa_bot.state.files import drop_copies, main_file
from summitqa_bot.state.handoffs import Handoffs
from summitqa_bot.state.jobs import Jobs
from summitqa_bot.state.leases import Leases
from summitqa_bot.state.limits import Limits
from summitqa_bot.state.overview import Overviews
from summitqa_bot.state.progress import Progress
from summitqa_bot.state.schema import ANSWERS, AUDIT, FEEDBACK, KEYS
from summitqa_bot.state.steadfast import is_away, perhaps_done, steadfast

LINK_KEY = "links"
"""The name of the key that links are sealed with."""


@steadfast
class State:
    """The database; every method is one short transaction and safe to call from any thread.

    Its parts are told of where they are made; ``replica`` is this one's random id. Where a method
    is told of communities, it gives what is theirs, "" being whose question it was before that was
    noted; None: of all.
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        self._engine = opened(home, url)
        self.communities = Communities(self._engine)
        self.checks = Checks(self._engine)
        self.drafts = Drafts(self._engine)
        self.handoffs = Handoffs(self._engine)
        self.replica = secrets.token_hex(8)
        self.leases = Leases(self._engine, self.replica)
        self.jobs = Jobs(self._engine, self.replica)
        self.limits = Limits(self._engine)
        self.progress = Progress(self._engine, self.replica)
        self.events = Events(self._engine, self.replica)
        self.overviews = Overviews(self._engine, home)
        self._salt = self._key("salt", secrets.token_hex(16))
        self._key("clock", _now().isoformat())

    @property
    def is_away(self) -> bool:
        """Whether the database has been away for longer than anybody waits for it."""
        return is_away(self._engine)

    def hashed(self, user: str) -> str:
        """Give the salted hash under which a user's id is stored."""
        return hashlib.sha256(f"{self._salt}:{user}".encode()).hexdigest()

    def save_answer(
        self, asked: Asked, event: str | None = None, since: float | None = None
    ) -> bool:
        """Remember an answer, for its buttons and its conversation; one that is known stays.

        ``event`` is what it answers: the answer is set anew, or TakenOver raised where another's.
        ``since`` is when it was asked (``time.monotonic``): false where whose it is, or their
        community, was erased since.
        """
        key, values = row_of(asked, _now())
        whose = asked.asker, asked.community
        with self._engine.begin() as connection:
            if since is not None and is_gone(connection, whose, since):
                return False
            self.events.hold(connection, event)
            rows.put(connection, ANSWERS, key, values, replace=event is not None)
        return True

    def record(self, asked: Asked, since: float) -> None:
        """Remember an answer that was given while the database was away, and where it stands."""
        key, values = row_of(asked, _now())
        with self._engine.begin() as connection:
            if is_gone(connection, (asked.asker, asked.community), since):
                return
            rows.put(connection, ANSWERS, key, values, replace=False)
            if asked.message is not None:
                where = {"message": asked.message, "thread": asked.thread}
                connection.execute(update(ANSWERS).filter_by(**key).values(where))

    def answer(self, ref: str) -> Asked | None:
        """Find an answer by its name."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ANSWERS).where(ANSWERS.c.ref == ref)).mappings().first()
        return None if row is None else asked_of(row)

    def answered_at(self, ref: str) -> datetime | None:
        """Give when an answer was given, in UTC."""
        with self._engine.connect() as connection:
            at = connection.execute(select(ANSWERS.c.at).where(ANSWERS.c.ref == ref)).scalar()
        return None if at is None else at.replace(tzinfo=UTC)

    def posted(self, ref: str, message: str, thread: str | None, event: str | None = None) -> None:
        """Remember which message carries an answer, and the thread it opened; its event is done."""
        values = {"message": message, "sharing": None} | ({"thread": thread} if thread else {})
        with self._engine.begin() as connection:
            connection.execute(update(ANSWERS).where(ANSWERS.c.ref == ref).values(**values))
            self.events.settle(connection, [event] if event else [])

    def publish(self, ref: str, event: str | None = None, *, public: bool = True) -> bool:
        """Make an answer everybody's, or its asker's alone again; false where it is so already.

        Of presses at the same moment one is told true. Before it is ``posted`` it is not so yet
        to the ``event`` that has it be, whichever replica goes on with that, nor to any other once
        nobody can be at that one any more.
        """
        there: ColumnElement[bool] = ANSWERS.c.private.is_(public)
        if event is not None:
            there |= (ANSWERS.c.sharing == event) | is_left(ANSWERS.c.sharing)
        values = {"private": not public, "sharing": event}
        with self._engine.begin() as connection:
            query = update(ANSWERS).where(ANSWERS.c.ref == ref, there).values(values)
            return connection.execute(query).rowcount > 0 or perhaps_done()

    def thread_of(
        self, platform: str, message: str, *, communities: Collection[str] | None = None
    ) -> str | None:
        """Give the conversation of the answer that a message carries."""
        here = (ANSWERS.c.platform == platform) & (ANSWERS.c.message == message)
        here &= are_of(communities)
        with self._engine.connect() as connection:
            return connection.execute(select(ANSWERS.c.thread).where(here)).scalar()

    def conversation(
        self,
        platform: str,
        thread: str,
        count: int,
        seconds: int | None = None,
        *,
        communities: Collection[str] | None = None,
    ) -> list[Asked]:
        """Give the last answers of a conversation, of the last seconds if told, oldest first."""
        query = (
            select(ANSWERS)
            .where(ANSWERS.c.platform == platform, ANSWERS.c.thread == thread, are_of(communities))
            .order_by(ANSWERS.c.at.desc())
            .limit(count)
        )
        if seconds is not None:
            query = query.where(ANSWERS.c.at > _now() - timedelta(seconds=seconds))
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [asked_of(row) for row in reversed(rows)]

    def recent(
        self, days: int, *, found: bool, communities: Collection[str] | None = None
    ) -> list[Asked]:
        """Give the answers of the last days, found or not found, newest first."""
        query = (
            select(ANSWERS)
            .where(ANSWERS.c.at > _now() - timedelta(days=days), ANSWERS.c.found == found)
            .where(are_of(communities))
            .order_by(ANSWERS.c.at.desc())
            .limit(5000)
        )
        with self._engine.connect() as connection:
            return [asked_of(row) for row in connection.execute(query).mappings().all()]

    def rate(
        self,
        ref: str,
        user: str,
        *,
        good: bool,
        reason: str = "",
        community: str = "",
        since: float | None = None,
    ) -> None:
        """Keep one thumb for each user and answer, the last one.

        ``community`` is whose the answer is, ``since`` as ``save_answer`` takes it.
        """
        key, said = {"ref": ref, "user": self.hashed(user)}, (good, reason[:500])
        mine = (FEEDBACK.c.ref == ref) & (FEEDBACK.c.user == key["user"])
        with self._engine.connect() as connection:
            query = select(FEEDBACK.c.good, FEEDBACK.c.reason).where(mine)
            known = connection.execute(query).first()
        if known is not None and tuple(known) == said:
            return
        with self._engine.begin() as connection:
            if since is None or not is_gone(connection, (key["user"], community), since):
                values = {"good": good, "reason": said[1], "at": _now()}
                rows.put(connection, FEEDBACK, key, values)

    def ratings(
        self, communities: Collection[str] | None = None
    ) -> tuple[int, int, list[tuple[str, str]]]:
        """Count thumbs up and down; give (question, reason) of the newest thumbs down."""
        reasons = (
            select(ANSWERS.c.question, FEEDBACK.c.reason)
            .join(ANSWERS, ANSWERS.c.ref == FEEDBACK.c.ref)
            .where(FEEDBACK.c.good.is_(False), are_of(communities))
            .order_by(FEEDBACK.c.at.desc())
            .limit(10)
        )
        with self._engine.connect() as connection:
            counted = (
                select(FEEDBACK.c.good, func.count())
                .outerjoin(ANSWERS, ANSWERS.c.ref == FEEDBACK.c.ref)
                .where(are_of(communities))
                .group_by(FEEDBACK.c.good)
            )
            counts = {bool(good): int(count) for good, count in connection.execute(counted)}
            bad = [(str(question), str(reason)) for question, reason in connection.execute(reasons)]
        return counts.get(True, 0), counts.get(False, 0), bad

    def audit(self, who: str, action: str, result: str, shelf: str = HOUSE) -> None:
        """Add a line to a shelf's audit log."""
        line = {"who": who, "action": action, "result": result[:2000], "shelf": shelf}
        self._add_to_audit({"at": _now(), **line})

    def _add_to_audit(self, line: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            # No other has its time.
            there = select(AUDIT.c.id).filter_by(**line)
            if not (perhaps_done() and connection.execute(there).first()):
                connection.execute(insert(AUDIT).values(**line))

    def audit_log(self, count: int = 100) -> list[tuple[str, str, str]]:
        """Give the newest lines of the audit log: (who, action, result)."""
        return [line[1:] for line in self.audited(count)]

    def audited(self, count: int, shelf: str | None = None) -> list[tuple[datetime, str, str, str]]:
        """Give the newest lines of the audit log, or of a shelf's: (when, who, action, result)."""
        query = (
            select(AUDIT.c.at, AUDIT.c.who, AUDIT.c.action, AUDIT.c.result)
            .where(true() if shelf is None else AUDIT.c.shelf == shelf)
            .order_by(AUDIT.c.id.desc())
            .limit(count)
        )
        with self._engine.connect() as connection:
            return [(at, *line) for at, *line in connection.execute(query).all()]

    def forget(self, days: int) -> None:
        """Delete what is older than the retention, and seen events older than two days."""
        with self._engine.begin() as connection:
            old = retention.forget(connection, _now(), days)
            path = main_file(connection)
        if path is not None and old is not None:
            drop_copies(path, old.replace(tzinfo=UTC))

    def erase(self, platform: str, user: str) -> erasure.Erased:
        """Erase everything of one person but what the audit log says of them."""
        return erasure.erase(self._engine, platform, user, self.hashed(user))

    def note(self, name: str, value: str) -> None:
        """Keep one fact by its name; ``noted`` reads it without opening the state."""
        self._put(KEYS, {"name": name}, {"value": value})

    def link_key(self) -> str:
        """Give the key that links are sealed with: made once, the same to every process."""
        return self._key(LINK_KEY, secrets.token_hex(32))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _key(self, name: str, fresh: str) -> str:
        """Give a stored value, storing a fresh one the first time."""
        self._put(KEYS, {"name": name}, {"value": fresh}, replace=False)
        with self._engine.connect() as connection:
            return str(connection.execute(select(KEYS.c.value).where(KEYS.c.name == name)).scalar())

    def _put(
        self, table: Table, key: dict[str, Any], values: dict[str, Any], *, replace: bool = True
    ) -> bool:
        """Store a row; where its key is there already, set it anew, or leave it: then false."""
        with self._engine.begin() as connection:
            return rows.put(connection, table, key, values, replace=replace)


def _now() -> datetime:
    """Give the time in UTC, without zone, as every database stores it alike."""
    return datetime.now(UTC).replace(tzinfo=None)
