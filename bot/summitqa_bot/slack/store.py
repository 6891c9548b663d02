"""What is kept of workspaces that install the app: their tokens, sealed, and who is about to.

The stores are slack_sdk's. A team's id is unique in all of Slack, whatever organization it is
part of, so it alone finds an installation: what an event says of the organization may be that
of the one who acts.
"""

from datetime import UTC, datetime
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import (
    AsyncSQLAlchemyInstallationStore,
    SQLAlchemyInstallationStore,
)
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from sqlalchemy import (
    Connection,
    MetaData,
    Table,
    Text,
    delete,
    func,
    inspect,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from summitqa_bot.state.migrations import in_turn
from summitqa_bot.state.sealed import Keys, Sealed
from summitqa_bot.state.steadfast import perhaps_done, steadfast_async

STATE_SECONDS = 600
# Whoever reaches the address may begin as many installations as they like.
MOST_BEGUN = 10_000
SECRETS = ("bot_token", "bot_refresh_token")


def count(keys: Keys, connection: Connection) -> int:
    """Give how many workspaces are kept; SettingsError where the keys do not open all of it."""
    bots = bots_table()
    if not inspect(connection).has_table(bots.name):
        return 0
    _seal(bots, keys)
    found = connection.execute(select(bots.c.team_id, *(bots.c[name] for name in SECRETS))).all()
    return len({row.team_id for row in found})


def bots_table() -> Table:
    """Give the table of workspaces, its secrets the text that they are kept as."""
    name = Installations.default_bots_table_name
    return SQLAlchemyInstallationStore.build_bots_table(MetaData(), name)


def _seal(bots: Table, keys: Keys) -> None:
    """Have the columns of secrets hold them sealed.

    They are text without a length, too: the token of an app that renews them is longer, sealed,
    than the store's column would take on PostgreSQL.
    """
    for name in SECRETS:
        bots.c[name].type = Sealed(keys)


@steadfast_async
class Installations(AsyncSQLAlchemyInstallationStore):
    """One bot for each workspace. Of who installed it nothing is kept, for nothing is asked of it.

    Every method may raise SQLAlchemyError or DatabaseUnavailableError, or SettingsError where the
    keys do not open what is kept.
    """

    def __init__(self, client_id: str, engine: AsyncEngine, keys: Keys) -> None:
        super().__init__(client_id, engine)
        self._keys = keys
        _seal(self.bots, keys)
        self.metadata.remove(self.installations)

    async def create_tables(self) -> None:
        """Make what is not there yet."""
        await _make(self.engine, self.metadata)

    async def async_save(self, installation: Installation) -> None:
        """Keep a new installation, in place of an earlier one."""
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep a bot, in place of an earlier one of the workspace."""
        await super().async_save_bot(bot)
        ours = self._of(bot.team_id)
        newest = select(func.max(self.bots.c.id)).where(ours).scalar_subquery()
        async with self.engine.begin() as connection:
            await connection.execute(delete(self.bots).where(ours, self.bots.c.id < newest))

    async def of(self, team: str) -> Bot | None:
        """Find the bot of a workspace."""
        newest = self.bots.c.id.desc()
        query = select(self.bots).where(self._of(team)).order_by(newest).limit(1)
        async with self.engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else SQLAlchemyInstallationStore.build_bot_entity(row)

    async def only(self) -> str | None:
        """Give the id of the only workspace there is; None where there are more, or none."""
        query = select(self.bots.c.team_id).where(self._of()).distinct().limit(2)
        async with self.engine.connect() as connection:
            teams = (await connection.execute(query)).scalars().all()
        return teams[0] if len(teams) == 1 else None

    async def delete(self, team: str, at: float) -> bool:
        """Forget a workspace that left at a time (Unix); false where it came only after, or never.

        A word that it left may be late.
        """
        left = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
        query = delete(self.bots).where(self._of(team), self.bots.c.installed_at <= left)
        async with self.engine.begin() as connection:
            return bool((await connection.execute(query)).rowcount)

    async def renew(self) -> int:
        """Seal with the newest key what an older one has; give how many workspaces there are.

        Raises SettingsError where none of the keys opens what is kept.
        """
        sealed = [type_coerce(self.bots.c[name], Text).label(name) for name in SECRETS]
        query = select(self.bots.c.id, *sealed).where(self._of())
        async with self.engine.begin() as connection:
            rows = (await connection.execute(query)).mappings().all()
            for row in rows:
                kept = {name: row[name] for name in SECRETS if row[name]}
                fresh = {name: self._keys.renewed(text) for name, text in kept.items()}
                values = {name: type_coerce(text, Text) for name, text in fresh.items() if text}
                # Where it has been changed meanwhile, that was with a key of another process.
                same = [type_coerce(self.bots.c[name], Text) == kept[name] for name in kept]
                if values:
                    here = update(self.bots).where(self.bots.c.id == row["id"], *same)
                    await connection.execute(here.values(values))
        return len(rows)

    def _of(self, team: str | None = None) -> Any:
        columns = self.bots.c
        ours = (columns.client_id == self.client_id) & columns.bot_token.is_not(None)
        return ours if team is None else ours & (columns.team_id == team)


@steadfast_async
class States(AsyncSQLAlchemyOAuthStateStore):
    """The installations that have begun: each state is good once, and for a while."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(STATE_SECONDS, engine)

    async def create_tables(self) -> None:
        """Make what is not there yet."""
        await _make(self.engine, self.metadata)

    async def async_issue(self, *_args: Any, **_named: Any) -> str:
        """Give a new state, and let go of those that are over, or too many."""
        columns = self.oauth_states.c
        first = select(func.max(columns.id) - MOST_BEGUN).scalar_subquery()
        over = or_(columns.expire_at <= _now(), columns.id <= first)
        async with self.engine.begin() as connection:
            await connection.execute(delete(self.oauth_states).where(over))
        return await super().async_issue()

    async def async_consume(self, state: str) -> bool:
        """Use a state up; false where it never was one, or is no more."""
        columns = self.oauth_states.c
        here = (columns.state == state) & (columns.expire_at > _now())
        # In one statement, so that of two who use it at once one is told true.
        async with self.engine.begin() as connection:
            used = await connection.execute(delete(self.oauth_states).where(here))
        return bool(used.rowcount) or perhaps_done()


async def _make(engine: AsyncEngine, metadata: MetaData) -> None:
    """Make tables; of processes that begin at once, one after the other."""
    async with engine.connect() as connection:
        await connection.run_sync(in_turn)
        await connection.run_sync(metadata.create_all)
        await connection.commit()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
