"""Everything of one person is erased, on their request."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, or_, select, update

from summitqa.postgres.database import patient
from summitqa_bot.state.files import drop_copies, main_file
from summitqa_bot.state.schema import ANSWERS, AUDIT, CHOSEN, DRAFTS, FEEDBACK


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


def erase(engine: Engine, platform: str, user: str, hashed: str) -> Erased:
    """Erase a person's answers, questions and thumbs; the audit log keeps who did what."""
    with engine.begin() as connection:
        patient(connection)  # it must not fail where there is much
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
