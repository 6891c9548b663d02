"""The communities: what each has chosen for its shelf and channels, when it came and left."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Engine, delete, func, or_, select, update

from summitqa_bot.state import rows
from summitqa_bot.state.erasure import alone
from summitqa_bot.state.schema import (
    ANSWERS,
    CHOSEN,
    DRAFTS,
    FEEDBACK,
    HANDOFFS,
    RULES,
    SHELVES,
)
from summitqa_bot.state.steadfast import perhaps_done, steadfast

# Seconds for which the rules of so many channels are remembered by ``lately``.
FRESH = 60.0
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the admins of a shelf have chosen.

    ``admins`` are ids of people and roles that are admins, too; ``house``: whether the house shelf
    is seen beside; ``editors`` is the channel that is told what was not found, ``helpers`` who is
    called there, ids of people and roles; ``report`` the channel that has the weekly report.
    """

    admins: tuple[str, ...] = ()
    house: bool = True
    editors: str | None = None
    helpers: tuple[str, ...] = ()
    report: str | None = None
    reported: str | None = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Take what is stored; what a later version has added is passed over."""
        return cls(**_known(cls, stored))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds in one channel.

    ``articles`` (slugs) are asked where no other is named; ``answers``: whether questions are
    answered there at all; ``unasked``: whether one that nobody put to us is, too.
    """

    articles: tuple[str, ...] = ()
    answers: bool = True
    unasked: bool = False

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Take what is stored; what a later version has added is passed over."""
        once = stored.get("article")  # the only one, before there could be several
        return cls(**_known(cls, {"articles": [once] if once else [], **stored}))


@steadfast
class Communities:
    """A part of the database; every method is one short transaction, safe in any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # When rules were read, and which, by community and channel. What changes any puts a new
        # one in its place, so that what is being read meanwhile goes with the old.
        self._read: dict[tuple[str, str], tuple[float, Rules]] = {}

    def joined(self, name: str) -> bool:
        """Note that a community is here, again or for the first time; tell whether it is news."""
        values = {"joined": _now(), "choices": {}}
        with self._engine.begin() as connection:
            if rows.put(connection, SHELVES, {"name": name}, values, replace=False):
                return True
            back = update(SHELVES).where(SHELVES.c.name == name, SHELVES.c.left.is_not(None))
            return connection.execute(back.values(left=None)).rowcount > 0

    def left(self, name: str) -> bool:
        """Note that a community has left; false where it was not here."""
        with self._engine.begin() as connection:
            gone = update(SHELVES).where(SHELVES.c.name == name, SHELVES.c.left.is_(None))
            return connection.execute(gone.values(left=_now())).rowcount > 0 or perhaps_done()

    def here(self) -> list[str]:
        """Give the communities that have not left."""
        with self._engine.connect() as connection:
            query = select(SHELVES.c.name).where(SHELVES.c.left.is_(None))
            return list(connection.execute(query).scalars())

    def due(self, week: str) -> list[tuple[str, str]]:
        """Give (community, channel) of those that want a report and did not have this week's."""
        with self._engine.connect() as connection:
            query = select(SHELVES.c.name, SHELVES.c.choices).where(SHELVES.c.left.is_(None))
            found = [(name, Choices.read(stored)) for name, stored in connection.execute(query)]
        return [(name, one.report) for name, one in found if one.report and one.reported != week]

    def long_gone(self, days: int) -> list[str]:
        """Give the communities that left more than ``days`` ago."""
        query = select(SHELVES.c.name).where(SHELVES.c.left < _now() - timedelta(days=days))
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def choices(self, name: str) -> Choices:
        """Give what was chosen for a shelf."""
        with self._engine.connect() as connection:
            query = select(SHELVES.c.choices).where(SHELVES.c.name == name)
            return Choices.read(connection.execute(query).scalar() or {})

    def choose(self, name: str, **changes: Any) -> Choices:
        """Change some of what was chosen for a shelf, and give the whole."""
        with self._engine.begin() as connection:
            values = {"joined": _now(), "choices": {}}
            rows.put(connection, SHELVES, {"name": name}, values, replace=False)
            query = select(SHELVES.c.choices).where(SHELVES.c.name == name).with_for_update()
            stored = dict(connection.execute(query).scalar_one())
            chosen = Choices.read(stored | changes)
            connection.execute(
                update(SHELVES).where(SHELVES.c.name == name).values(choices=asdict(chosen))
            )
        return chosen

    def rules(self, community: str, channel: str) -> Rules:
        """Give what holds in a channel, by what was said before communities were noted at last."""
        names = (community, community.partition("-")[0])
        query = select(RULES.c.community, RULES.c.rules).where(
            RULES.c.community.in_(names), RULES.c.channel == channel
        )
        with self._engine.connect() as connection:
            found = {row.community: row.rules for row in connection.execute(query)}
        return Rules.read(next((found[name] for name in names if name in found), {}))

    def lately(self, community: str, channel: str) -> Rules:
        """Give what holds in a channel, or did a minute ago, should another process change it."""
        known, now = self._read, time.monotonic()
        at, rules = known.get((community, channel), (now - FRESH, Rules()))
        if now - at < FRESH:
            return rules
        if len(known) >= REMEMBERED:
            known = self._read = {}
        known[community, channel] = now, self.rules(community, channel)
        return known[community, channel][1]

    def rule(self, community: str, channel: str, **changes: Any) -> Rules:
        """Change some of what holds in a channel, and give the whole."""
        before = asdict(self.rules(community, channel))
        key = {"community": community, "channel": channel}
        here = (RULES.c.community == community) & (RULES.c.channel == channel)
        with self._engine.begin() as connection:
            rows.put(connection, RULES, key, {"rules": before}, replace=False)
            query = select(RULES.c.rules).where(here).with_for_update()
            rules = Rules.read(dict(connection.execute(query).scalar_one()) | changes)
            connection.execute(update(RULES).where(here).values(rules=asdict(rules)))
        self._read = {}
        return rules

    def chosen(self, person: str) -> str | None:
        """Give the shelf that somebody (their id, hashed) chose to ask in direct messages."""
        with self._engine.connect() as connection:
            query = select(CHOSEN.c.shelf).where(CHOSEN.c.person == person)
            return connection.execute(query).scalar()

    def choose_for(self, person: str, shelf: str) -> None:
        """Note which shelf somebody asks in direct messages."""
        with self._engine.begin() as connection:
            rows.put(connection, CHOSEN, {"person": person}, {"shelf": shelf})

    def unchoose(self, person: str, shelf: str | None = None) -> None:
        """Forget which shelf somebody asks in direct messages, or that it is ``shelf``."""
        theirs = CHOSEN.c.person == person
        with self._engine.begin() as connection:
            connection.execute(
                delete(CHOSEN).where(
                    theirs if shelf is None else theirs & (CHOSEN.c.shelf == shelf)
                )
            )

    def asked_in(self, person: str, count: int) -> list[str]:
        """Give the communities in which somebody (their id, hashed) has asked, the latest first."""
        query = (
            select(ANSWERS.c.community)
            .where(ANSWERS.c.asker == person, ANSWERS.c.community != "")
            .order_by(ANSWERS.c.at.desc())
            .limit(1000)
        )
        with self._engine.connect() as connection:
            return list(dict.fromkeys(connection.execute(query).scalars()))[:count]

    def cited(self, platform: str, days: int) -> list[tuple[str, str]]:
        """Give (shelf, version) of what answers of the last days cite, or were held against last.

        Of those that were posted for all to see and are not marked as changed.
        """
        query = (
            select(ANSWERS.c.shelf, func.coalesce(ANSWERS.c.checked, ANSWERS.c.version))
            .where(ANSWERS.c.at > _now() - timedelta(days=days), ANSWERS.c.platform == platform)
            .where(ANSWERS.c.found, ~ANSWERS.c.private, ~ANSWERS.c.stale)
            .where(ANSWERS.c.message.is_not(None))
            .distinct()
        )
        with self._engine.connect() as connection:
            return [(name, version) for name, version in connection.execute(query)]

    def erase(self, name: str) -> int:
        """Erase all that is a community's but its lines of the audit log; count its answers."""
        asked = select(ANSWERS.c.ref).where(ANSWERS.c.community == name)
        with self._engine.begin() as connection, alone(connection, name):
            connection.execute(delete(FEEDBACK).where(FEEDBACK.c.ref.in_(asked)))
            mine = or_(ANSWERS.c.community == name, ANSWERS.c.shelf == name)
            answers = connection.execute(delete(ANSWERS).where(mine)).rowcount
            for table, column in (
                (RULES, RULES.c.community),
                (DRAFTS, DRAFTS.c.shelf),
                (HANDOFFS, HANDOFFS.c.community),
                (CHOSEN, CHOSEN.c.shelf),
                (SHELVES, SHELVES.c.name),
            ):
                connection.execute(delete(table).where(column == name))
        self._read = {}
        return answers


def _known(kind: Any, stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    known = {name: value for name, value in stored.items() if name in names}
    return {name: tuple(one) if isinstance(one, list) else one for name, one in known.items()}


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
