"""Replicas of one installation: each a mirror with a home of its own, over one PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine

from summitqa.postgres.claim import claim
from summitqa.postgres.database import listen, place_of, reading
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.searching import Searching
from summitqa.settings import HOUSE, Settings
from summitqa_bot.state import database
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from summitqa_index.vectors import embed
from tests.fakes import FakeEncoder, write


def connect(url: str) -> Engine:
    """Make an engine as the product does, without what it does for people."""
    engine = create_engine(place_of(url), hide_parameters=True, pool_pre_ping=True)
    listen(engine)
    return engine


@contextmanager
def replica(home: Path, url: str, search_above: int | None = None) -> Iterator[Mirror]:
    """Give what mirrors the shelves of a database into a home; large ones are searched there."""
    engine = database.opened(home, url)
    searching = None
    if search_above is not None:
        searching = Searching(engine, reading(url), search_above)
    with closing(Mirror(engine, home, searching)) as mirror:
        claim(home, database.installation(engine))
        yield mirror


Join = Callable[[str], Mirror]


@contextmanager
def joining(folder: Path, url: str) -> Iterator[Join]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(replica(folder / name, url))


def published(mirror: Mirror, said: str, shelf: str = HOUSE) -> str:
    """Build a shelf from one text, on one replica; give the version."""
    folder = mirror.folder(shelf)
    source = write(folder.parent / f"sources of {folder.name}", {"a.txt": said})
    home = mirror.folder(HOUSE)
    settings = Settings(home=home, shelf=shelf, sources=(str(source),), keep_versions=2)
    publisher = SharedPublisher(mirror, shelf)
    return str(build(Job(publisher, settings, FakeEncoder())).index_version)


def drafted(publisher: SharedPublisher) -> str:
    """Write a draft, under the lock that is held; give its version."""
    article = to_article(read_plain(b"The bell is of gold.", markdown=False), "bell")
    vectors = [(b"1" * 16, embed(FakeEncoder(), article, article.passages[0]))]
    return publisher.write([article], vectors, {"model": "m", "checksum": "fake", "sources": []})
