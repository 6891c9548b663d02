"""Whose shelf somebody asks in direct messages, where a platform has many communities."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from summitqa_bot import strings
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.spoken import spoken
from summitqa_bot.state import State
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply

T = TypeVar("T")


class Direct(ABC):
    """The part of the desk that keeps which shelf somebody has chosen.

    A choice opens no door: the platform vouches, at choosing and at each asking, that they are a
    member of that community.
    """

    _state: State

    @abstractmethod
    async def _clerically(self, do: Callable[..., T], *args: Any) -> T:
        """Do something short with files or the database in a thread of its own."""

    @abstractmethod
    async def _known(self, other: T, read: Callable[..., T], *args: Any) -> T:
        """Read something short in the database; give the other where it is away."""

    @spoken
    async def choose_shelf(self, actor: Actor, community: str | None, name: str = "") -> Reply:
        """Have somebody ask a community's shelf in direct messages; their own alone with ``None``.

        ``name`` is what people call the community.
        """
        communities, person = self._state.communities, self._state.hashed(actor.user)
        if community is None:
            await self._clerically(communities.unchoose, person)
            return replies.notice(strings.SHELF_OWN)
        await self._clerically(communities.choose_for, person, community)
        return replies.notice(strings.SHELF_CHOSEN.format(name=name))

    async def shelf_of(self, user: str) -> str | None:
        """Give the community whose shelf somebody has chosen to ask in direct messages."""
        return await self._known(None, self._state.communities.chosen, self._state.hashed(user))

    async def no_longer_theirs(self, user: str, community: str) -> None:
        """Forget that somebody has chosen a community, of which they are no member any more."""
        person = self._state.hashed(user)
        await self._clerically(self._state.communities.unchoose, person, community)

    async def asked_in(self, user: str, count: int) -> list[str]:
        """Give the communities in which somebody has asked, the latest first, at most so many."""
        person = self._state.hashed(user)
        return await self._clerically(self._state.communities.asked_in, person, count)
