"""Work in a pool of threads, which may be too busy to begin it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, Protocol, TypeVar

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.strings.serving import DATABASE_SLOW

T = TypeVar("T")

Aside = Callable[..., Awaitable[Any]]
"""Does what takes long, with these arguments, in a thread of its own, and gives what that gives."""

CLERKS = 8
"""How many threads ask a database server. SQLite has one writer, and is asked by one."""
BEGUN_SECONDS = 20.0
"""Within how many seconds one of them must be free."""


class Clerk(Protocol):
    """Does something short with files or the database in a thread of its own."""

    async def __call__(self, do: Callable[..., T], *args: Any) -> T:
        """Do it, and give what it gives."""


async def done_in(
    pool: ThreadPoolExecutor, do: Callable[..., T], *args: Any, within: float | None = None
) -> T:
    """Do something in a pool, with the context of whoever asks: the log names the event.

    What has not begun ``within`` seconds is not done: DatabaseUnavailableError.
    """
    work = pool.submit(partial(copy_context().run, do, *args))
    ended = asyncio.wrap_future(work)
    if within is not None:
        await asyncio.wait({ended}, timeout=within)
        if work.cancel():  # which what has begun does not let
            raise DatabaseUnavailableError(DATABASE_SLOW)
    return await ended
