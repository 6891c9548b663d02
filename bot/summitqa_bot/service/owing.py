"""Answers that were given while the database was away, remembered once it is back.

They are lost with the process: its folder is to hold nobody's question.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, replace

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.asked import Asked
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state import State

log = logging.getLogger(__name__)

MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Owed:
    """An answer, and when it was asked for, by ``time.monotonic``."""

    asked: Asked
    since: float


class Owing:
    """What is owed to the database; safe to call from many threads."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._owed: OrderedDict[str, _Owed] = OrderedDict()

    def save(self, asked: Asked, actor: Actor) -> bool:
        """Remember an answer, or owe it while the database is away; tell whether it is there.

        It is not either where whose it is was erased meanwhile. TakenOver where its event is known
        to be another's.
        """
        if not self._state.is_away:
            try:
                return self._state.save_answer(asked, actor.event, actor.at)
            except DatabaseUnavailableError as error:
                log.warning("an answer is to be remembered later: %s", error)
        self._owed[asked.ref] = _Owed(asked, actor.at)
        while len(self._owed) > MOST:
            self._owed.popitem(last=False)
        return False

    def owes(self, ref: str) -> bool:
        """Tell whether an answer is not remembered yet."""
        return ref in self._owed

    def posted(self, ref: str, message: str, thread: str | None) -> bool:
        """Note which message carries an answer, and its thread; false where it is not owed."""
        owed = self._owed.get(ref)
        if owed is None:
            return False
        asked = replace(owed.asked, message=message, thread=thread or owed.asked.thread)
        self._owed[ref] = replace(owed, asked=asked)
        return True

    def pay(self) -> None:
        """Remember all that is owed; raises DatabaseUnavailableError where that cannot be yet."""
        for ref, owed in list(self._owed.items()):
            self._state.record(owed.asked, owed.since)
            if self._owed.get(ref) is owed:  # else it was posted meanwhile
                del self._owed[ref]
