"""What those who look after a shelf work with, whether at its articles or its open questions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from summitqa_bot.service.admins import Admins
from summitqa_bot.service.reindexer import Reindexer
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.service.threads import Clerk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State


@dataclass(frozen=True, slots=True)
class Office:
    """The desk's parts that a shelf is changed by; ``watch`` swaps to new versions."""

    settings: Settings
    shelves: Shelves
    state: State
    admins: Admins
    reindexer: Reindexer
    clerk: Clerk
    watch: Callable[[], Awaitable[None]]
