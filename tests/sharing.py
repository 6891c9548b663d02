"""Replicas of one installation: each a mirror with a home of its own, over one PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from summitqa.postgres.claim import claim
from summitqa.postgres.mirror import Mirror
from summitqa_bot.state import database


@contextmanager
def replica(home: Path, url: str) -> Iterator[Mirror]:
    """Give what mirrors the shelves of a database into a home."""
    engine = database.opened(home, url)
    with closing(Mirror(engine, home)) as mirror:
        claim(home, database.installation(engine))
        yield mirror
