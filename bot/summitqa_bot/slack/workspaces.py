"""The workspaces that have installed the app: a front for each, with its own token.

It needs the extra ``workspaces``; a bot of one workspace never imports it.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from sqlalchemy.exc import SQLAlchemyError

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.slack.client import CallError, Me, code_of, web_client
from summitqa_bot.slack.front import Front, Fronts
from summitqa_bot.slack.store import Installations, States
from summitqa_bot.state.database import asynchronous
from summitqa_bot.state.sealed import Keys
from summitqa_bot.strings.serving import DATABASE_SLOW

log = logging.getLogger("summitqa_bot.slack")

# For so many workspaces a front is held ready.
READY = 1000
# After so many seconds is looked whether another process has changed a workspace's token.
FRESH = 60.0
# How long an event waits for that, which must be acknowledged within a second.
LOOK_SECONDS = 0.5
# A server that is frozen would never answer.
READ_SECONDS = 30.0
# Minutes before its end at which a token is renewed; Slack's lives for 12 hours.
RENEW_BEFORE = 120


@dataclass(slots=True, eq=False)
class _Ready:
    """A workspace's front, when its token was last read from the database, and the reading now."""

    front: Front | None = None
    read_at: float = float("-inf")
    reading: asyncio.Task[None] | None = None


def _looked_at(reading: asyncio.Task[None]) -> None:
    """Have an error be known, though nobody may wait for it."""
    if not reading.cancelled():
        reading.exception()


class Workspaces:
    """Finds the front of each workspace that has installed the app."""

    def __init__(self, fronts: Fronts) -> None:
        settings = fronts.settings
        self._fronts = fronts
        self._engine = asynchronous(settings.home, settings.database_url)
        keys, client = Keys(settings.token_key or ""), settings.slack_client_id or ""
        self.installations = Installations(client, self._engine, keys)
        self.states = States(self._engine)
        # Bolt's own client, too, carries no token: each call is told whose it is.
        self.client = web_client(settings, log, fronts.desk.metrics)
        self.client.token = None
        self._rotator = AsyncTokenRotator(
            client_id=client, client_secret=settings.slack_client_secret or "", client=self.client
        )
        self._ready: OrderedDict[str, _Ready] = OrderedDict()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Make the tables, and look whether the keys open what is kept; then let go of them.

        Raises SettingsError where they do not.
        """
        try:
            await self.installations.create_tables()
            await self.states.create_tables()
            count = await self.installations.renew()
            log.info("%d workspaces have installed the app", count)
            yield
        finally:
            await self._engine.dispose()

    async def of(self, team: str | None) -> Front | None:
        """Give the front of a workspace, None where it has not installed the app.

        Without an id, that of the only one there is. One that was known is given where the database
        takes long, or cannot be read; of another DatabaseUnavailableError or SQLAlchemyError is
        raised then.
        """
        if team is None:
            only = await self.installations.only()
            return None if only is None else await self.of(only)
        ready = self._ready.setdefault(team, _Ready())
        self._ready.move_to_end(team)
        while len(self._ready) > READY:
            self._ready.popitem(last=False)
        if ready.front is None or time.monotonic() - ready.read_at > FRESH:
            await self._look(team, ready)
        return ready.front

    async def _look(self, team: str, ready: _Ready) -> None:
        """Read a workspace's token, or go on without while that takes long."""
        if ready.reading is None:
            ready.reading = asyncio.create_task(self._read_into(ready, team))
            ready.reading.add_done_callback(_looked_at)
        reading = ready.reading
        done, _ = await asyncio.wait({reading}, timeout=LOOK_SECONDS)
        if ready.front is not None:
            return
        if not done:
            raise DatabaseUnavailableError(DATABASE_SLOW)
        reading.result()

    async def _read_into(self, ready: _Ready, team: str) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                ready.front = await self._read(team, ready.front)
            ready.read_at = time.monotonic()
        except (SQLAlchemyError, DatabaseUnavailableError, TimeoutError) as error:
            log.warning("the token of %s could not be read (%s)", team, type(error).__name__)
            raise
        finally:
            ready.reading = None

    def changed(self, team: str) -> None:
        """Read a workspace's token anew the next time."""
        self._ready.pop(team, None)

    async def forget(self, team: str, at: float) -> bool:
        """Forget a workspace that left at a time (Unix); false where it has come again since."""
        # Slack tells the time in whole seconds.
        gone = await self.installations.delete(team, at + 1)
        self.changed(team)
        home = self._fronts.home
        return gone or (home is not None and (await home.me()).team == team)

    async def _read(self, team: str, front: Front | None) -> Front | None:
        bot = await self.installations.of(team)
        if bot is None:
            return None
        bot = await self._renewed(bot)
        if front is None:
            me = Me(team, bot.bot_user_id, bot.bot_id, bot.enterprise_id)
            client = web_client(self._fronts.settings, log, self._fronts.desk.metrics)
            client.session = self.client.session
            front = Front(self._fronts, client, team=team, me=me if me.user else None)
        # What runs with it goes on with the new one.
        front.client.token = bot.bot_token
        return front

    async def _renewed(self, bot: Bot) -> Bot:
        """Renew a token that ends soon; where that fails, the old one is all there is.

        One replica does: what renews it is good once.
        """
        ends = bot.bot_token_expires_at
        if ends is None or ends > time.time() + RENEW_BEFORE * 60:
            return bot
        if not await self._fronts.desk.alone(f"token:{bot.team_id}", FRESH):
            return bot
        try:
            fresh = await self._rotator.perform_bot_token_rotation(
                bot=bot, minutes_before_expiration=RENEW_BEFORE
            )
        except (SlackTokenRotationError, *CallError) as error:
            cause = error.api_error if isinstance(error, SlackTokenRotationError) else error
            log.warning("the token of %s could not be renewed (%s)", bot.team_id, code_of(cause))
            return bot
        if fresh is None:
            return bot
        await self.installations.async_save_bot(fresh)
        return fresh
