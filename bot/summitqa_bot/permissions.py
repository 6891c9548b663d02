"""Who may do what, decided here alone and asked at run time for every admin action.

The shelf is shared by every server the bot is in, so being a manager somewhere is not
enough: it must be the home server (Discord) or the bot's own workspace (Slack).
"""

from dataclasses import dataclass

from summitqa_bot.reply import Person
from summitqa_bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and where, as the platform vouches for it at the moment of acting.

    ``workspace`` is the Discord server or Slack workspace, ``None`` in a direct message on
    Discord; ``manages`` is true for a member with Manage Server there, or a Slack admin or
    owner of it. ``workspaces`` are all those the bot is in, none where not all are known.
    ``trusted`` is false for bots,
    deactivated users, guests and users of another Slack workspace.
    """

    platform: str
    user: str
    workspace: str | None = None
    channel: str | None = None
    thread: str | None = None
    manages: bool = False
    workspaces: frozenset[str] = frozenset()
    trusted: bool = True

    @property
    def person(self) -> Person:
        """Whom to name where somebody reads of what the actor does."""
        return Person(self.platform, self.user)

    def __str__(self) -> str:
        """Name the actor in the log."""
        return f"{self.platform} user {self.user}"


def is_admin(actor: Actor, settings: Settings) -> bool:
    """Tell whether the actor may change the shelf that all servers share."""
    if not actor.trusted:
        return False
    if actor.user in settings.admins:
        return True
    return (
        actor.manages and actor.workspace is not None and actor.workspace == _home(actor, settings)
    )


def may_set_channel(actor: Actor, settings: Settings) -> bool:
    """Tell whether the actor may choose the default article of the channel they are in."""
    return is_admin(actor, settings) or (
        actor.trusted and actor.manages and actor.workspace is not None
    )


def _home(actor: Actor, settings: Settings) -> str | None:
    if actor.platform == "discord" and settings.discord_home:
        return settings.discord_home
    return next(iter(actor.workspaces)) if len(actor.workspaces) == 1 else None
