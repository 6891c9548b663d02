"""Everything of one person, or of a community, is erased, on their request.

What was begun for them before, by whichever process, is not kept after: that they were erased is
noted, for as long as something may be under way.
"""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, literal, or_, select, update

from summitqa.postgres.database import patient
from summitqa_bot.state import rows
from summitqa_bot.state.files import drop_copies, main_file
from summitqa_bot.state.schema import ANSWERS, AUDIT, CHOSEN, DRAFTS, ERASED, FEEDBACK
from summitqa_bot.state.shared import is_shared

NOTED = timedelta(days=2)
"""For how long it is noted; what was begun longer ago is not kept either."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased, and how many lines of the audit log still name the person.

    ``answers`` with their questions; ``thumbs`` theirs and those on their answers;
    ``contexts``: others' answers that remembered one of their questions; ``copies`` of the
    database from before a change of its schema.
    """

    answers: int
    thumbs: int
    contexts: int
    copies: int
    audit: int


@contextmanager
def alone(connection: Connection, name: str) -> Iterator[None]:
    """Erase what is a community's, or a person's (hashed), while nothing of theirs is kept."""
    patient(connection)  # it must not fail where there is much
    if is_shared(connection):
        connection.execute(select(func.pg_advisory_xact_lock(_lock(name))))
    yield
    rows.put(connection, ERASED, {"name": name}, {"at": _clock(connection)})


def is_gone(connection: Connection, names: Collection[str], since: float) -> bool:
    """Tell whether one of these was erased since a moment of ``time.monotonic``.

    It is to be asked first in a transaction; until that ends none of them is erased.
    """
    if is_shared(connection):
        held = (func.pg_advisory_xact_lock_shared(_lock(name)) for name in sorted(names))
        connection.execute(select(*held))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    passed = timedelta(seconds=time.monotonic() - since)
    late = ERASED.c.name.in_(names) & (ERASED.c.at > _clock(connection) - passed)
    return (
        passed >= NOTED or connection.execute(select(ERASED.c.name).where(late)).first() is not None
    )


def _lock(name: str) -> Any:
    """Give the number of a lock; of another schema, which is another installation, another one."""
    return func.hashtextextended(func.current_schema() + literal(f".erased.{name}"), 0)


def _clock(connection: Connection) -> Any:
    """Give the time, in UTC without zone: the database's, where that has one to all."""
    if is_shared(connection):
        return func.timezone("UTC", func.clock_timestamp())
    return datetime.now(UTC).replace(tzinfo=None)


def erase(engine: Engine, platform: str, user: str, hashed: str) -> Erased:
    """Erase a person's answers, questions and thumbs; the audit log keeps who did what."""
    with engine.begin() as connection, alone(connection, hashed):
        theirs = (ANSWERS.c.platform == platform) & (ANSWERS.c.asker == hashed)
        contexts = _out_of_contexts(connection, platform, theirs)
        on_theirs = FEEDBACK.c.ref.in_(select(ANSWERS.c.ref).where(theirs))
        thumbs = connection.execute(
            delete(FEEDBACK).where(or_(FEEDBACK.c.user == hashed, on_theirs))
        ).rowcount
        answers = connection.execute(delete(ANSWERS).where(theirs)).rowcount
        connection.execute(delete(DRAFTS).where(DRAFTS.c.by == hashed, DRAFTS.c.done.is_(None)))
        connection.execute(delete(CHOSEN).where(CHOSEN.c.person == hashed))
        named = select(func.count()).where(AUDIT.c.who == f"{platform}:{user}")
        audit = int(connection.execute(named).scalar_one())
    return Erased(answers, thumbs, contexts, _out_of_files(engine), audit)


def _out_of_contexts(connection: Connection, platform: str, theirs: Any) -> int:
    """Take their questions out of what others' answers in the same conversations remember."""
    rows = connection.execute(select(ANSWERS.c.thread, ANSWERS.c.question).where(theirs)).all()
    questions: dict[str, set[str]] = {}
    for thread, question in rows:
        if thread is not None:
            questions.setdefault(thread, set()).add(question)
    changed = 0
    for thread, asked in questions.items():
        here = (ANSWERS.c.platform == platform) & (ANSWERS.c.thread == thread) & ~theirs
        for ref, context in connection.execute(
            select(ANSWERS.c.ref, ANSWERS.c.context).where(here)
        ):
            left = [one for one in context if one not in asked]
            if left != context:
                changed += 1
                connection.execute(update(ANSWERS).where(ANSWERS.c.ref == ref).values(context=left))
    return changed


def _out_of_files(engine: Engine) -> int:
    """Take what was deleted out of an SQLite file's unused pages, its log and its copies."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        path = main_file(connection)
        if path is None:
            return 0
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return drop_copies(path)
