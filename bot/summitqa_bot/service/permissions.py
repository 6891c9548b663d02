"""Who may do what, decided here alone and asked at run time for every admin action.

Whoever manages a community may change its shelf. The house shelf is seen by every community, so
being a manager somewhere is not enough for that: it must be the home server (Discord) or the
bot's only workspace (Slack).
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from summitqa_bot.asked import Asked
from summitqa_bot.settings import Settings
from summitqa_bot.wording.reply import Person


def community_of(platform: str, workspace: str) -> str:
    """Name the community of a Discord server or Slack workspace, and so its shelf."""
    return f"{platform}-{workspace}".lower()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and where, as the platform vouches for it at the moment of acting.

    ``workspace`` is the Discord server or Slack workspace, ``None`` in a direct message on
    Discord; ``manages`` is true for a member with Manage Server there, or a Slack admin or
    owner of it. ``workspaces`` are all those the bot is in, none where not all are known.
    ``trusted`` is false for bots,
    deactivated users, guests and users of another Slack workspace. ``roles`` are the ids of the
    roles they have there. ``chosen`` is the shelf, if any, that they chose to ask in direct
    messages, of a community that they are still a member of. ``follows`` is the ref of the answer
    below which they ask, where no thread tells that. ``event`` is our claim of what they did,
    ``origin`` the platform's id of the message they asked by, and ``at`` when, on the clock of
    ``time.monotonic``; none of these makes them another.
    """

    platform: str
    user: str
    workspace: str | None = None
    channel: str | None = None
    thread: str | None = None
    manages: bool = False
    workspaces: frozenset[str] = frozenset()
    trusted: bool = True
    roles: frozenset[str] = frozenset()
    chosen: str | None = None
    follows: str | None = None
    event: str | None = field(default=None, compare=False)
    origin: str | None = field(default=None, compare=False)
    at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def community(self) -> str:
        """Whose shelf they ask, and whose question it is; it is the name of a shelf.

        A person is a community of their own where no other vouches for them.
        """
        if self.workspace is not None:
            return community_of(self.platform, self.workspace)
        return self.chosen or self.alone

    @property
    def alone(self) -> str:
        """The name of the shelf that is theirs alone."""
        return f"{self.platform}-user-{self.user}".lower()

    @property
    def person(self) -> Person:
        """Whom to name where somebody reads of what the actor does."""
        return Person(self.platform, self.user)

    def __str__(self) -> str:
        """Name the actor in the log."""
        return f"{self.platform} user {self.user}"


def is_admin(actor: Actor, settings: Settings) -> bool:
    """Tell whether the actor may change the house shelf, which every community sees."""
    if not actor.trusted:
        return False
    if actor.user in settings.admins:
        return True
    return (
        actor.manages and actor.workspace is not None and actor.workspace == _home(actor, settings)
    )


def may_change(actor: Actor, named: Collection[str], settings: Settings) -> bool:
    """Tell whether the actor may change the shelf of their community.

    ``named`` are the ids of people and roles whom its admins have made admins. Nobody is an admin
    of a community by a direct message, save the operator's.
    """
    if not actor.trusted:
        return False
    if actor.user in settings.admins:
        return True
    if actor.workspace is None:
        return actor.community == actor.alone
    return actor.manages or not {actor.user, *actor.roles}.isdisjoint(named)


def _home(actor: Actor, settings: Settings) -> str | None:
    if actor.platform == "discord" and settings.discord_home:
        return settings.discord_home
    return next(iter(actor.workspaces)) if len(actor.workspaces) == 1 else None


def may_see(actor: Actor, asked: Asked) -> bool:
    """Tell whether an answer is one of the actor's community."""
    return asked.platform == actor.platform and asked.community in ("", actor.community)
