"""Answers that were given while the database was away, remembered once it is back.

They are lost with the process: its folder is to hold nobody's question.
"""

import logging
from collections import OrderedDict
from dataclasses import replace

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.asked import Asked
from summitqa_bot.service.permissions import Actor
from summitqa_bot.state import State

log = logging.getLogger(__name__)

MOST = 10_000


class Owing:
    """What is owed to the database; safe to call from many threads."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._owed: OrderedDict[str, Asked] = OrderedDict()

    def save(self, asked: Asked, actor: Actor) -> bool:
        """Remember an answer, or owe it while the database is away: then false.

        TakenOver where its event is known to be another's.
        """
        if not self._state.is_away:
            try:
                self._state.save_answer(asked, actor.event)
            except DatabaseUnavailableError as error:
                log.warning("an answer is to be remembered later: %s", error)
            else:
                return True
        self._owed[asked.ref] = asked
        while len(self._owed) > MOST:
            self._owed.popitem(last=False)
        return False

    def posted(self, ref: str, message: str, thread: str | None) -> bool:
        """Note which message carries an answer, and its thread; false where it is not owed."""
        owed = self._owed.get(ref)
        if owed is None:
            return False
        self._owed[ref] = replace(owed, message=message, thread=thread or owed.thread)
        return True

    def pay(self) -> None:
        """Remember all that is owed; raises DatabaseUnavailableError where that cannot be yet."""
        for ref, asked in list(self._owed.items()):
            self._state.record(asked)
            if self._owed.get(ref) is asked:  # else it was posted meanwhile
                del self._owed[ref]
