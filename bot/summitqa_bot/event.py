"""What somebody did on a platform, and where the answer to it goes."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from summitqa_bot.service.permissions import Actor
from summitqa_bot.state.events import Payload
from summitqa_bot.wording.reply import Reply

DELIVERED: ContextVar[Payload | None] = ContextVar("delivered", default=None)
"""What a platform has delivered, so that another replica may see to what came of it."""


class Venue(Protocol):
    """Where the answer to one event goes."""

    async def ack(self) -> bool | None:
        """Tell the platform that the event has arrived; give whether it took that.

        None where it does not want to know.
        """

    async def show(self, reply: Reply, instead: str | None = None) -> str | None:
        """Show a reply, in place of the message ``instead`` where there is one and it can be.

        Gives the id of the message that shows it, by which it can be set anew; None where it
        has none, or where nobody could be reached.
        """

    async def earlier(self, reply: Reply) -> str | None:
        """Find the message by which a replica that is gone has shown a reply, by its id.

        None where there is none, where that is not known, or where to show it again sets it anew.
        """

    async def tell(self, sentence: Reply, instead: str | None = None) -> None:
        """Say a sentence to whoever acted, by any way that is open."""


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did on a platform: one ``id``, however often it is delivered.

    ``actor`` may have to ask the platform, and fail. ``at``: when it arrived, on the clock of
    ``time.monotonic``. ``claim`` is what we see to it by, None before; ``again``: another replica
    has tried before us.
    """

    id: str
    venue: Venue
    actor: Callable[[], Awaitable[Actor]]
    at: float = field(default_factory=time.monotonic)
    payload: Payload | None = field(default_factory=DELIVERED.get, repr=False)
    claim: str | None = None
    again: bool = False


@dataclass(slots=True, eq=False)
class Exchange:
    """A question and the message that answers it, so that an edit of the one finds the other.

    ``id`` names it in the log, which tells no question. ``message`` is the one that asks.
    """

    message: str | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    question: str | None = None
    answer: str | None = None
    deleted: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
