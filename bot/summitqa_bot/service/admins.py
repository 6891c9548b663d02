"""Who may change which shelf, asked at each action; who did what stands in the audit log."""

import logging
from collections.abc import Awaitable, Callable

from summitqa.errors import PermissionDeniedError
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.service.permissions import Actor, is_admin, may_change
from summitqa_bot.service.reindexer import outcome
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.service.threads import Clerk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply

log = logging.getLogger(__name__)

Do = Callable[[str], Awaitable[Reply]]
"""What is done to a shelf, by its name."""


class Admins:
    """Lets admins alone change a shelf."""

    def __init__(self, settings: Settings, shelves: Shelves, state: State, clerk: Clerk) -> None:
        self._settings = settings
        self._shelves = shelves
        self._state = state
        self._clerk = clerk

    async def only(
        self,
        actor: Actor,
        action: str,
        do: Do,
        *,
        shelf: str | None = None,
        helpers: bool = False,
    ) -> Reply:
        """Do what only admins of a shelf may, and log who did it and how it ended.

        ``shelf``: the house shelf, or by default the one the actor looks after: their community's,
        but the house shelf where that is theirs and nothing stands on their own. ``helpers``: those
        who are called for what was not found may, too. Raises PermissionDeniedError for anybody
        else, and what ``do`` raises.
        """
        chosen, may = await self._clerk(self._chosen, actor, shelf, helpers)
        if not may:
            await self.log(actor, action, "refused", chosen)
            raise PermissionDeniedError(strings.ADMINS_ONLY)
        try:
            reply = await do(chosen)
        except BaseException as error:
            await self.log(actor, action, outcome(error), chosen)
            raise
        await self.log(actor, action, "done", chosen)
        return reply

    async def may(self, actor: Actor, shelf: str | None = None, *, helpers: bool = False) -> bool:
        """Tell whether ``only`` would let the actor do something."""
        return bool((await self._clerk(self._chosen, actor, shelf, helpers))[1])

    async def log(self, actor: Actor, action: str, result: str, shelf: str) -> None:
        """Add a line to the audit log of a shelf."""
        where = actor.workspace or "direct message"
        # Who it was, what it was about and why it failed, which may name an article, stand in the
        # audit log alone, where they are forgotten in time.
        verb, ended = action.partition(" ")[0], result.partition(":")[0]
        log.info("%s on %s in %s: %s", verb, actor.platform, where, ended)
        who = f"{actor.platform}:{actor.user}"
        await self._clerk(self._state.audit, who, action, result, shelf)

    def _chosen(self, actor: Actor, shelf: str | None, helpers: bool) -> tuple[str, bool]:
        everywhere = is_admin(actor, self._settings)
        own = actor.community
        if shelf == HOUSE or (shelf is None and everywhere and self._shelves.version(own) is None):
            return HOUSE, everywhere
        if shelf not in (None, own):
            return own, False
        choices = self._state.communities.choices(own)
        named = (*choices.admins, *(choices.helpers if helpers else ()))
        return own, may_change(actor, named, self._settings)
