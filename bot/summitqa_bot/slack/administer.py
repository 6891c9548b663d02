"""What admins say to /summitqa, as what the desk is to do."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.service.permissions import Actor
from summitqa_bot.slack.front import Front
from summitqa_bot.slack.named import named
from summitqa_bot.strings import slack as said
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply

Do = Callable[[Actor], Awaitable[Reply]]

HOUSE_FLAG = "--house"
# As Slack marks up whom and what somebody has picked from its list.
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^<>]*)?>")
_SWITCH = {"on": True, "off": False}


def action(front: Front, text: str) -> Do | None:
    """Give what is to be done; None where it is nothing that there is."""
    words = text.split()
    verb, *rest = [one for one in words if one != HOUSE_FLAG] or [""]
    verb, shelf = verb.lower(), HOUSE if HOUSE_FLAG in words else None
    of_a_shelf = _of_a_shelf(front, shelf)
    if verb in of_a_shelf or shelf is not None:
        return of_a_shelf.get(verb)
    choice = {
        "admins": _admins, "editors": _editors, "weekly": _weekly, "house": _house, "rules": _rules,
    }.get(verb)  # fmt: skip
    return choice(front, rest) if choice else _of_a_community(front, rest).get(verb)


def unknown(text: str) -> Reply:
    """Say what there is; or how people and channels are named, where that is what went wrong."""
    typed = any(word[0] in "@#" for word in text.split())
    return replies.notice(said.NOT_PICKED if typed else said.HELP)


def _of_a_shelf(front: Front, shelf: str | None) -> dict[str, Do]:
    desk = front.desk
    return {
        "status": partial(desk.status, shelf=shelf),
        "versions": partial(desk.versions, shelf=shelf),
        "rollback": partial(desk.rollback, shelf=shelf),
        "verify": partial(desk.verify, shelf=shelf),
    }


def _of_a_community(front: Front, rest: Sequence[str]) -> dict[str, Do]:
    desk = front.desk
    slugs = [one.removeprefix("in:") for word in rest for one in word.split(",") if one]
    return {
        "channel": lambda actor: desk.set_channel(actor, slugs),
        "unanswered": desk.unanswered,
        "feedback": desk.feedback,
        "forget": desk.forget,
        "report": desk.report,
        "settings": partial(_chosen, front, lambda actor: desk.choosing.show(actor)),
    }


def _admins(front: Front, rest: Sequence[str]) -> Do | None:
    verb, who = _two(rest)
    person = _PERSON.fullmatch(who)
    if person is None or verb not in {"add", "remove"}:
        return None

    def choose(actor: Actor) -> Awaitable[Reply]:
        return front.desk.choosing.admin(actor, person[1], named=verb == "add")

    return partial(_chosen, front, choose)


def _editors(front: Front, rest: Sequence[str]) -> Do | None:
    where, who = _two(rest)
    channel, person = _CHANNEL.fullmatch(where), _PERSON.fullmatch(who)
    if where == "off" and not who:
        return lambda actor: front.desk.choosing.editors(actor, None)
    if channel is None or bool(who) != bool(person):
        return None
    place, helper = front.channel(channel[1]), person[1] if person else None

    def choose(actor: Actor) -> Awaitable[Reply]:
        return front.desk.choosing.editors(actor, place, helper)

    return partial(_chosen, front, choose, channel=channel[1])


def _weekly(front: Front, rest: Sequence[str]) -> Do | None:
    where, more = _two(rest)
    channel = _CHANNEL.fullmatch(where)
    if more or (channel is None and where != "off"):
        return None
    there = channel[1] if channel else None

    def choose(actor: Actor) -> Awaitable[Reply]:
        return front.desk.choosing.weekly(actor, front.channel(there))

    return partial(_chosen, front, choose, channel=there)


def _house(front: Front, rest: Sequence[str]) -> Do | None:
    shown, more = _two(rest)
    if more or shown not in _SWITCH:
        return None
    return lambda actor: front.desk.choosing.house(actor, _SWITCH[shown])


def _rules(front: Front, rest: Sequence[str]) -> Do | None:
    rule, switched = _two(rest)
    if rule not in {"answers", "unasked"} or switched not in _SWITCH:
        return None
    return lambda actor: front.desk.choosing.channel(actor, **{rule: _SWITCH[switched]})


async def _chosen(front: Front, choose: Do, actor: Actor, channel: str | None = None) -> Reply:
    """Choose something, and say where we may not post in the ``channel`` that it is to be in."""
    reply = named(await choose(actor))
    if channel is None or reply.text == strings.ADMINS_ONLY or await front.post.is_let_in(channel):
        return reply
    return replace(reply, note=said.NOT_WRITTEN)


def _two(rest: Sequence[str]) -> tuple[str, str]:
    """Give the two words that follow a verb, in small letters, save ids."""
    first, *more = rest or [""]
    words = (first, " ".join(more))
    one, other = (word if word.startswith("<") else word.lower() for word in words)
    return one, other
