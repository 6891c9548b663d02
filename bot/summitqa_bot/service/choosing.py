"""What the admins of a shelf choose for it, and for the channels it is asked in."""

from collections.abc import Callable, Sequence
from typing import Any

from summitqa_bot.service.admins import Admins
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.spoken import spoken
from summitqa_bot.service.threads import Clerk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.state.communities import Choices, Rules
from summitqa_bot.strings import choosing as said
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply


class Choosing:
    """The settings of a community's shelf, from chat."""

    def __init__(self, settings: Settings, state: State, admins: Admins, clerk: Clerk) -> None:
        self._settings = settings
        self._known = state.communities
        self._admins = admins
        self._clerk = clerk

    @spoken
    async def show(self, actor: Actor) -> Reply:
        """Tell what is chosen, and what holds in the channel one is in (admins)."""

        def told(name: str) -> Reply:
            rules = self._known.rules(name, actor.channel) if actor.channel else Rules()
            return replies.notice(_shown(self._known.choices(name), rules))

        return await self._only(actor, "settings", told)

    @spoken
    async def admin(self, actor: Actor, who: str, *, named: bool) -> Reply:
        """Make somebody, or whoever has a role, an admin of the shelf, or no more (admins)."""

        def choose(name: str) -> Reply:
            admins = [one for one in self._known.choices(name).admins if one != who]
            self._known.choose(name, admins=[*admins, *([who] if named else [])])
            form = said.ADMIN_NAMED if named else said.ADMIN_UNNAMED
            return replies.notice(form.format(who=who))

        return await self._among_others(
            actor, f"admin {who} {'named' if named else 'no more'}", choose
        )

    @spoken
    async def house(self, actor: Actor, shown: bool) -> Reply:
        """Have the house shelf asked beside, or not (admins)."""

        def choose(name: str) -> Reply:
            self._known.choose(name, house=shown)
            return replies.notice(said.HOUSE_ON if shown else said.HOUSE_OFF)

        return await self._only(actor, f"house {'on' if shown else 'off'}", choose)

    @spoken
    async def editors(self, actor: Actor, channel: str | None, helper: str | None = None) -> Reply:
        """Hand what is not found to a channel, calling somebody there; or to nobody (admins)."""

        def choose(name: str) -> Reply:
            before = self._known.choices(name).helpers
            helpers = [*(one for one in before if one != helper), *([helper] if helper else [])]
            self._known.choose(name, editors=channel, helpers=helpers if channel else [])
            if channel is None:
                return replies.notice(said.EDITORS_CLEARED)
            called = said.HELPER_SET.format(who=helper) if helper else ""
            return replies.notice(f"{said.EDITORS_SET.format(channel=channel)} {called}".strip())

        return await self._among_others(actor, f"editors {channel or 'none'}", choose)

    @spoken
    async def weekly(self, actor: Actor, channel: str | None) -> Reply:
        """Have the report of each week told in a channel, or nowhere (admins)."""

        def choose(name: str) -> Reply:
            self._known.choose(name, report=channel)
            said_so = said.WEEKLY_SET.format(channel=channel) if channel else said.WEEKLY_CLEARED
            return replies.notice(said_so)

        return await self._among_others(actor, f"weekly report {channel or 'none'}", choose)

    @spoken
    async def channel(
        self, actor: Actor, *, answers: bool | None = None, unasked: bool | None = None
    ) -> Reply:
        """Choose how the channel one is in is answered (admins)."""
        given = {"answers": answers, "unasked": unasked}
        changes = {name: value for name, value in given.items() if value is not None}

        def choose(name: str) -> Reply:
            if actor.channel is None:
                return replies.notice(said.NO_CHANNEL)
            told = _rules(self._known.rule(name, actor.channel, **changes))
            deaf = actor.platform == "discord" and not self._settings.discord_content
            return replies.notice(told, said.NEEDS_CONTENT if unasked and deaf else "")

        return await self._only(actor, f"rules in {actor.channel}", choose)

    async def _among_others(self, actor: Actor, action: str, do: Callable[[str], Reply]) -> Reply:
        """Choose what takes other people, of whom there are none where somebody is alone."""

        def choose(name: str) -> Reply:
            return replies.notice(said.NOBODY_ELSE) if actor.workspace is None else do(name)

        return await self._only(actor, action, choose)

    async def _only(self, actor: Actor, action: str, do: Callable[[str], Reply]) -> Reply:
        async def done(name: str) -> Any:
            return await self._clerk(do, name)

        return await self._admins.only(actor, action, done, shelf=actor.community)


def _shown(choices: Choices, rules: Rules) -> str:
    return said.SHOWN.format(
        admins=_named(choices.admins),
        house=said.HOUSE_SHOWN if choices.house else said.HOUSE_HIDDEN,
        editors=said.EDITORS.format(channel=choices.editors, helpers=_named(choices.helpers))
        if choices.editors
        else said.NOBODY,
        report=choices.report or said.NOWHERE,
        here=_rules(rules),
    )


def _rules(rules: Rules) -> str:
    return said.RULES.format(
        answers=said.ANSWERS if rules.answers else said.ANSWERS_NOT,
        unasked=said.UNASKED if rules.unasked else said.UNASKED_NOT,
        article=", ".join(rules.articles) or said.ALL_ARTICLES,
    )


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids) or said.NOBODY
