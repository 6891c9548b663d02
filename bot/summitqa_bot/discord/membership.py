"""Whether somebody is a member of a server, as Discord says it at that moment."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

import discord

from summitqa_bot.discord.send import BARRED
from summitqa_bot.discord.servers import Servers

BELIEVED_SECONDS = 60.0
ANSWER_SECONDS = 3.0
REMEMBERED = 10_000


class Membership:
    """Asks Discord, and believes a yes for a minute."""

    def __init__(self, servers: Servers, clock: Callable[[], float] = time.monotonic) -> None:
        self._servers = servers
        self._clock = clock
        self._members: OrderedDict[tuple[int, int], float] = OrderedDict()

    async def of(self, server: int, user: int) -> bool | None:
        """Tell whether somebody is a member; ``None`` where Discord does not say.

        It is not asked of a server that the bot is not in.
        """
        guild = await self._servers.get(server)
        if guild is None:
            return None
        if self._members.get((server, user), -1.0) > self._clock():
            return True
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await guild.fetch_member(user)
        except discord.NotFound:
            return False
        except BARRED:
            return None
        self._believe(server, user)
        return True

    def _believe(self, server: int, user: int) -> None:
        self._members[server, user] = self._clock() + BELIEVED_SECONDS
        self._members.move_to_end((server, user))
        while len(self._members) > REMEMBERED:
            self._members.popitem(last=False)
