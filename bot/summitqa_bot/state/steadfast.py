"""What a failover cuts short is done again: the database is away for seconds, then another is it.

A transaction that was cut short while it was being committed may have been committed all the
same. So whatever is written is written so that doing it again changes nothing more; where somebody
is told whether it was them who did it, ``perhaps_done`` tells that it may well have been.
"""

import asyncio
import functools
import inspect
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.strings.serving import DATABASE_AWAY, DATABASE_SLOW

log = logging.getLogger(__name__)
T = TypeVar("T")

# A standby is promoted within some 2 to 15 seconds of its primary's end; people wait no longer.
SECONDS = 20.0
# Once it has been away for so long, so seldom is it tried: of all others, who wait for nothing.
PROBE_SECONDS = 2.0
# Seconds; each pause is twice the one before, less up to half of it.
FIRST, LONGEST = 0.05, 1.0
# PostgreSQL's codes (its manual, Appendix A): no connection, shut down, not started yet, too many
# clients, a primary that is none any more, a transaction of ours that said nothing for long, and
# one that has to give way to another.
_CUT_SHORT = ("08", "57P01", "57P02", "57P03", "53300", "25006", "25P03", "40001", "40P01")
_TOO_SLOW = ("57014", "55P03")
# What asks no database.
_AT_HAND = ("__init__", "close", "hashed")


@dataclass(slots=True)
class _Doubt:
    """Whether this try has come as far as a commit, and whether an earlier one had."""

    committing: bool = False
    committed: bool = False


@dataclass(slots=True)
class _Outage:
    """Since when a database does not answer, when it last did not, and until when it is tried."""

    since: float
    seen: float
    until: float


_DOUBT: ContextVar[_Doubt | None] = ContextVar("doubt", default=None)
_OUTAGES: WeakKeyDictionary[Engine, _Outage] = WeakKeyDictionary()


def steadfast(kind: type[T]) -> type[T]:
    """Have every method of a part of the database ``persist``.

    Each is one short transaction of ``self._engine``.
    """
    for name, method in list(vars(kind).items()):
        if inspect.isfunction(method) and name not in _AT_HAND:
            setattr(kind, name, _persistent(method))
    return kind


def steadfast_async(kind: type[T]) -> type[T]:
    """Do the same for what is awaited, by ``self.engine``."""
    for name, method in list(vars(kind).items()):
        if inspect.iscoroutinefunction(method):
            setattr(kind, name, _persistently_awaited(method))
    return kind


def _persistent(method: Callable[..., T]) -> Callable[..., T]:
    @functools.wraps(method)
    def persistent(self: Any, *args: Any, **named: Any) -> T:
        return persist(self._engine, functools.partial(method, self, *args, **named))

    return persistent


def _persistently_awaited(method: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    @functools.wraps(method)
    async def persistent(self: Any, *args: Any, **named: Any) -> T:
        with _Tries(self.engine.sync_engine).counted() as tries:
            while True:
                try:
                    return tries.ended(await method(self, *args, **named))
                except SQLAlchemyError as error:
                    if (pause := tries.pause(error)) is None:
                        raise
                await asyncio.sleep(pause)

    return persistent


def persist(engine: Engine, do: Callable[[], T]) -> T:
    """Do something to a database, again where it is cut short.

    DatabaseUnavailableError where the database has cut short whatever was asked of it for
    ``SECONDS``, by anybody here, or where it is too slow.
    """
    with _Tries(engine).counted() as tries:
        while True:
            try:
                return tries.ended(do())
            except SQLAlchemyError as error:
                if (pause := tries.pause(error)) is None:
                    raise
            time.sleep(pause)


def perhaps_done() -> bool:
    """Tell whether an earlier try of what is being done may have been committed."""
    doubt = _DOUBT.get()
    return doubt is not None and doubt.committed


def note_commit(_: Any) -> None:
    """Note that a transaction is about to be committed, as an engine's event tells it."""
    doubt = _DOUBT.get()
    if doubt is not None:
        doubt.committing = True


def is_out(engine: Engine) -> bool:
    """Tell whether the database was cutting short what was asked of it a moment ago."""
    outage = _OUTAGES.get(engine)
    return outage is not None and time.monotonic() - outage.seen < PROBE_SECONDS


def is_away(engine: Engine) -> bool:
    """Tell whether the database has been away for longer than anybody waits for it.

    So long as something is done that tries it now and then, as the chores of a replica do.
    """
    outage, now = _OUTAGES.get(engine), time.monotonic()
    return outage is not None and now > outage.until and now - outage.seen <= SECONDS


def is_cut_short(error: BaseException | None) -> bool:
    """Tell whether an error is one of PostgreSQL's driver that may be over at another try."""
    code = getattr(error, "sqlstate", "")
    # Where there was no connection at all, there is no code.
    return code is None or code.startswith(_CUT_SHORT)


class _Tries:
    """The tries of one thing on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._began = time.monotonic()
        self._pauses = _pauses()
        self._doubt = _Doubt()

    @contextmanager
    def counted(self) -> "Iterator[_Tries]":
        if _DOUBT.get() is None:  # not part of what was let through already
            self._let_through()
        token = _DOUBT.set(self._doubt)
        try:
            yield self
        finally:
            _DOUBT.reset(token)

    def _let_through(self) -> None:
        """Let one try now and then what the others need not, for long since none came through."""
        outage, now = _OUTAGES.get(self._engine), time.monotonic()
        if outage is not None and now - outage.seen > SECONDS:
            outage.until = now + SECONDS  # that was long ago: it may be another
        elif outage is not None and now > outage.until:
            if now - outage.seen < PROBE_SECONDS:
                raise DatabaseUnavailableError(DATABASE_AWAY)
            outage.seen = now

    def ended(self, done: T) -> T:
        """Give what was done."""
        outage = _OUTAGES.pop(self._engine, None)
        if outage is not None:
            log.info("the database answers again, after %.1f s", time.monotonic() - outage.since)
        return done

    def pause(self, error: SQLAlchemyError) -> float | None:
        """Give the seconds until another try; None where the error is none to try again after.

        DatabaseUnavailableError where it is, but people have waited for long enough.
        """
        cause = error.orig if isinstance(error, DBAPIError) else None
        code = getattr(cause, "sqlstate", "") or ""
        if isinstance(error, NoneFreeError) or code in _TOO_SLOW:
            raise DatabaseUnavailableError(DATABASE_SLOW) from error
        if not is_cut_short(cause):
            return None
        if self._is_over(f"{type(cause).__name__} {code}".rstrip()):
            raise DatabaseUnavailableError(DATABASE_AWAY) from error
        self._doubt.committed |= self._doubt.committing
        self._doubt.committing = False
        return next(self._pauses)

    def _is_over(self, what: str) -> bool:
        now = time.monotonic()
        outage = _OUTAGES.get(self._engine)
        if outage is None:
            # A server that hangs has let this try wait for half of that before it was given up on;
            # another is to be found and connected to all the same.
            until = max(self._began + SECONDS, now + SECONDS / 2)
            outage = _OUTAGES[self._engine] = _Outage(self._began, now, until)
            log.warning("the database cut short what was asked of it (%s); trying again", what)
        outage.seen = now
        return now > outage.until


def _pauses() -> Iterator[float]:
    pause = FIRST
    while True:
        yield random.uniform(pause / 2, pause)  # noqa: S311 - no secret
        pause = min(LONGEST, 2 * pause)
