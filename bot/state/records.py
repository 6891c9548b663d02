"""What is remembered and how it is asked for again.

User ids are stored as salted hashes, save in the audit log, which is there to tell who did what.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.state.database import opened
from bot.state.tables import ANSWERS, AUDIT, CHANNELS, FEEDBACK, KEYS, SEEN

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered, and where the answer stands.

    ``cited`` are the shown citations, each [slug, paragraph, start, end, quote, label, url];
    ``message`` is the platform's id of the answer's message once it was posted.
    """

    ref: str
    asker: str
    platform: str
    channel: str | None
    thread: str | None
    question: str
    article: str | None
    context: Sequence[str]
    version: str
    found: bool
    private: bool
    cited: Sequence[Sequence[Any]]
    message: str | None = None


class State:
    """The database; every method is one short transaction and safe to call from any thread."""

    def __init__(self, home: Path, url: str | None = None) -> None:
        self._engine = opened(home, url)
        self._salt = self._key("salt", secrets.token_hex(16))

    def first_time(self, event_id: str) -> bool:
        """Remember an event; false where it was seen before, by this process or an earlier one."""
        return self._put(SEEN, {"event": event_id[:200]}, {"at": _now()}, replace=False)

    def hashed(self, user: str) -> str:
        """Give the salted hash under which a user's id is stored."""
        return hashlib.sha256(f"{self._salt}:{user}".encode()).hexdigest()

    def save_answer(self, asked: Asked) -> None:
        """Remember an answer, for its buttons and for the conversation it belongs to."""
        values = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
        values |= {"context": list(asked.context), "cited": [list(one) for one in asked.cited]}
        with self._engine.begin() as connection:
            connection.execute(insert(ANSWERS).values(at=_now(), stale=False, **values))

    def answer(self, ref: str) -> Asked | None:
        """Find an answer by its name."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ANSWERS).where(ANSWERS.c.ref == ref)).mappings().first()
        return None if row is None else _asked(row)

    def posted(self, ref: str, message: str, thread: str | None) -> None:
        """Remember which message carries an answer, and the thread it opened."""
        values = {"message": message} | ({"thread": thread} if thread else {})
        with self._engine.begin() as connection:
            connection.execute(update(ANSWERS).where(ANSWERS.c.ref == ref).values(**values))

    def publish(self, ref: str) -> None:
        """Note that an answer given to one person alone was shared by them."""
        with self._engine.begin() as connection:
            connection.execute(update(ANSWERS).where(ANSWERS.c.ref == ref).values(private=False))

    def thread_of(self, platform: str, message: str) -> str | None:
        """Give the conversation of the answer that a message carries."""
        here = (ANSWERS.c.platform == platform) & (ANSWERS.c.message == message)
        with self._engine.connect() as connection:
            return connection.execute(select(ANSWERS.c.thread).where(here)).scalar()

    def conversation(self, platform: str, thread: str, count: int) -> list[Asked]:
        """Give the last answers of a conversation, oldest first."""
        query = (
            select(ANSWERS)
            .where(ANSWERS.c.platform == platform, ANSWERS.c.thread == thread)
            .order_by(ANSWERS.c.at.desc())
            .limit(count)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [_asked(row) for row in reversed(rows)]

    def recent(self, days: int, *, found: bool) -> list[Asked]:
        """Give the answers of the last days, found or not found, newest first."""
        query = (
            select(ANSWERS)
            .where(ANSWERS.c.at > _now() - timedelta(days=days), ANSWERS.c.found == found)
            .order_by(ANSWERS.c.at.desc())
            .limit(5000)
        )
        with self._engine.connect() as connection:
            return [_asked(row) for row in connection.execute(query).mappings().all()]

    def mark_stale(self, ref: str) -> bool:
        """Note that an answer's passage has changed; false where that was noted before."""
        query = (
            update(ANSWERS)
            .where(ANSWERS.c.ref == ref, ANSWERS.c.stale.is_(False))
            .values(stale=True)
        )
        with self._engine.begin() as connection:
            return connection.execute(query).rowcount > 0

    def rate(self, ref: str, user: str, *, good: bool, reason: str = "") -> None:
        """Keep one thumb for each user and answer, the last one."""
        thumb = {"good": good, "reason": reason[:500], "at": _now()}
        self._put(FEEDBACK, {"ref": ref, "user": self.hashed(user)}, thumb)

    def ratings(self) -> tuple[int, int, list[tuple[str, str]]]:
        """Count thumbs up and down; give (question, reason) of the newest thumbs down."""
        reasons = (
            select(ANSWERS.c.question, FEEDBACK.c.reason)
            .join(ANSWERS, ANSWERS.c.ref == FEEDBACK.c.ref)
            .where(FEEDBACK.c.good.is_(False))
            .order_by(FEEDBACK.c.at.desc())
            .limit(10)
        )
        with self._engine.connect() as connection:
            counted = select(FEEDBACK.c.good, func.count()).group_by(FEEDBACK.c.good)
            counts = {bool(good): int(count) for good, count in connection.execute(counted)}
            bad = [(str(question), str(reason)) for question, reason in connection.execute(reasons)]
        return counts.get(True, 0), counts.get(False, 0), bad

    def set_channel(self, platform: str, channel: str, article: str | None) -> None:
        """Set a channel's default article, or clear it."""
        if article is not None:
            self._put(CHANNELS, {"platform": platform, "channel": channel}, {"article": article})
            return
        here = (CHANNELS.c.platform == platform) & (CHANNELS.c.channel == channel)
        with self._engine.begin() as connection:
            connection.execute(delete(CHANNELS).where(here))

    def channel_article(self, platform: str, channel: str) -> str | None:
        """Give a channel's default article."""
        here = (CHANNELS.c.platform == platform) & (CHANNELS.c.channel == channel)
        with self._engine.connect() as connection:
            return connection.execute(select(CHANNELS.c.article).where(here)).scalar()

    def audit(self, who: str, action: str, result: str) -> None:
        """Add a line to the audit log."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(AUDIT).values(at=_now(), who=who, action=action, result=result[:2000])
            )

    def audit_log(self, count: int = 100) -> list[tuple[str, str, str]]:
        """Give the newest lines of the audit log: (who, action, result)."""
        query = (
            select(AUDIT.c.who, AUDIT.c.action, AUDIT.c.result)
            .order_by(AUDIT.c.id.desc())
            .limit(count)
        )
        with self._engine.connect() as connection:
            return [
                (who, action, result) for who, action, result in connection.execute(query).all()
            ]

    def forget(self, days: int) -> None:
        """Delete what is older than the retention, and seen events older than two days."""
        old = _now() - timedelta(days=days)
        with self._engine.begin() as connection:
            for table in (ANSWERS, FEEDBACK, AUDIT):
                connection.execute(delete(table).where(table.c.at < old))
            connection.execute(delete(SEEN).where(SEEN.c.at < _now() - timedelta(days=2)))

    def note(self, name: str, value: str) -> None:
        """Keep one fact by its name; ``noted`` reads it without opening the state."""
        self._put(KEYS, {"name": name}, {"value": value})

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
        made = _INSERT[self._engine.dialect.name](table).values(**key, **values)
        if replace:
            made = made.on_conflict_do_update(index_elements=list(key), set_=values)
        else:
            made = made.on_conflict_do_nothing(index_elements=list(key))
        with self._engine.begin() as connection:
            return connection.execute(made).rowcount > 0


def _asked(row: Any) -> Asked:
    return Asked(**{name: row[name] for name in Asked.__dataclass_fields__})


def _now() -> datetime:
    """Give the time in UTC, without zone, as every database stores it alike."""
    return datetime.now(UTC).replace(tzinfo=None)
