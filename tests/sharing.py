"""Replicas of one installation: each a mirror with a home of its own, over one PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from summitqa.postgres.claim import claim
from summitqa.postgres.database import reading
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.searching import Searching
from summitqa_bot.state import database


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
