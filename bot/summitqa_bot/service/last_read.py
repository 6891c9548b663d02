"""What is read of the database to answer, and what it is taken to be while that is away."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.state import State

Key = TypeVar("Key", bound=Hashable)
T = TypeVar("T")

_REMEMBERED = 10_000


def read_or(state: State, read: Callable[[], T], other: T) -> T:
    """Read something in the database; give the other where it is away."""
    if state.is_away:
        return other
    try:
        return read()
    except DatabaseUnavailableError:
        return other


class LastRead(Generic[Key, T]):
    """What the database says of many things, or last said while it is away."""

    def __init__(self, state: State, unknown: T) -> None:
        """Take ``unknown`` for what it has not said anything of."""
        self._state = state
        self._unknown = unknown
        self._known: dict[Key, T] = {}

    def get(self, key: Key, read: Callable[[], T]) -> T:
        """Give what ``read`` gives, or gave last; safe to call from many threads."""
        known = self._known
        found = read_or(self._state, read, known.get(key, self._unknown))
        if len(known) >= _REMEMBERED:
            known = self._known = {}
        known[key] = found
        return found
