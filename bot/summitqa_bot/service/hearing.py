"""What people write in messages: who is answered, and who is left in peace."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.answering import Answering
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.spoken import spoken
from summitqa_bot.wording.reply import Reply
from summitqa_bot.wording.talk import Address, Kind, asks, goes_on, kind_of

T = TypeVar("T")


class Hearing(ABC):
    """The part of the desk that messages are put to."""

    metrics: Metrics
    _answering: Answering

    async def hear(
        self,
        actor: Actor,
        said: str,
        to: Address,
        *,
        article: str | None = None,
        private: bool = False,
    ) -> Reply | None:
        """Answer what somebody wrote in a message; None where nothing is to be said."""
        if to in (Address.THREAD, Address.OPEN):
            reply = await self._overhear(actor, said, article, private, to is Address.OPEN)
            return reply if reply.ref else None
        kind = kind_of(said)
        if kind is Kind.HELP:
            return await self._help(actor)
        if kind is Kind.REACTION or (kind is Kind.THANKS and to is not Address.DIRECT):
            return None
        return await self.ask(actor, said, article=article, private=private)

    async def listens(self, actor: Actor) -> bool:
        """Tell whether posts that nobody put to us are answered in the actor's channel.

        It is asked of every post, so that what another process has changed since counts within a
        minute.
        """
        try:
            rules = await self._clerically(self._answering.lately, actor)
        except DatabaseUnavailableError:  # nobody waits to be told so
            return False
        return rules.answers and rules.unasked

    @abstractmethod
    async def _clerically(self, do: Callable[..., T], *args: Any) -> T:
        """Do something short with files or the database in a thread of its own."""

    @abstractmethod
    async def ask(
        self, actor: Actor, question: str, *, article: str | None = None, private: bool = False
    ) -> Reply:
        """Answer a question."""

    @abstractmethod
    async def _too_many(self, actor: Actor, *, asks: bool = True) -> Reply | None:
        """Ask for patience where a limit is reached; count what somebody asks, or presses."""

    @abstractmethod
    async def _work(self, do: Callable[..., T], *args: Any) -> T:
        """Do something slow in a worker thread."""

    async def _limited(self, actor: Actor, do: Callable[..., Reply], *args: Any) -> Reply:
        """Do what somebody asks for, unless it is too much."""
        refusal = await self._too_many(actor)
        if refusal is not None:
            self.metrics.limited(actor.platform)
            return refusal
        with self.metrics.asking(actor.platform):
            return await self._work(do, *args)

    @spoken
    async def _help(self, actor: Actor) -> Reply:
        return await self._limited(actor, self._answering.help, actor)

    @spoken
    async def _overhear(
        self, actor: Actor, said: str, article: str | None, private: bool, unasked: bool
    ) -> Reply:
        """Answer what was put to nobody where that is sure; else say nothing, at no cost.

        ``unasked``: nor are we part of the conversation; then it must be allowed, and surer.
        """
        if unasked and not await self.listens(actor):
            return Reply("")
        if not (asks(said) or (goes_on(said) and not unasked)):
            return Reply("")
        overhear = partial(self._answering.overhear, surely=unasked)
        answer = await self._work(overhear, actor, said, article, private)
        return await self._limited(actor, answer) if answer else Reply("")
