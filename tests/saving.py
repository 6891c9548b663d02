"""A home that is backed up, as the tests of that make it."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from summitqa_bot.saving.backup import backup
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.state.schema import ANSWERS
from summitqa_index.blobs import Blobs
from summitqa_index.catalogue import Change, Entry
from summitqa_index.putting import put
from tests.fakes import FakeEncoder, index, job, library, write
from tests.putting import AT

ADMIN = Actor("discord", "200000000000000002", "1", "10", "t1", manages=True)
BRIDGE = "# Bridge\n\nThe bridge is of stone.\n\nThe gate is shut at nine.\n"
MOST = Rate(10**6, 1)


def settings(home: Path, **given) -> Settings:
    return Settings(home=home, user_limit=MOST, channel_limit=MOST, **given)


def add(home: Path, slug: str, text: str, **given) -> None:
    """Put an article on the community's shelf; ``given`` are settings."""
    chosen = settings(home, shelf=ADMIN.community, **given)
    blob = Blobs(chosen.folder).put(text.encode())
    entry = Entry(slug=slug, name=f"{slug}.md", blob=blob, url=None, at=AT, ref=f"put-{slug}")
    put(job(chosen, FakeEncoder()), Change.adding(entry))


@contextmanager
def desk(home: Path, url: str | None = None) -> Iterator[Desk]:
    one = Desk(settings(home), library(home), State(home, url), FakeEncoder())
    try:
        yield one
    finally:
        asyncio.run(one.close())


def made(folder: Path) -> Path:
    """Make a home with a house shelf of two versions and a community's shelf."""
    home, sources = folder / "home", folder / "house"
    index(home, write(sources, {"bridge.md": BRIDGE}))
    index(home, write(sources, {"tower.md": "# Tower\n\nThe tower holds a bell.\n"}))
    add(home, "harbour", "# Harbour\n\nBoats tie up at the east pier.\n")
    return home


def fill(state: State) -> None:
    """Remember something of many kinds."""
    state.audit("200000000000000002", "reindex", "done")
    state.events.claim("event-1")
    state.communities.joined("discord-1")
    state.communities.rule("discord-1", "10", article="bridge")
    state.rate("r1", "somebody", good=False, reason="no\ud800\0 ☃")


def asked(home: Path, url: str | None = None) -> list[tuple[str, str]]:
    """Ask; give quotes and labels of the answer."""
    with desk(home, url) as one:
        reply = asyncio.run(one.ask(ADMIN, "Where do boats tie up?"))
    return [(card.quote, card.label) for card in reply.cards]


def rows(state: State) -> list[tuple]:
    """Give all answers that are remembered."""
    with state._engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(ANSWERS)).all()), key=repr)


def backed_up(home: Path, folder: Path) -> Path:
    """Make a backup of a home, of which something is remembered."""
    with closing(State(home)) as state:
        fill(state)
    backup(home, None, folder / "one.backup")
    return folder / "one.backup"
