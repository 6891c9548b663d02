"""Replicas of one installation whose versions lie in object storage."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE, Settings
from summitqa_bot.state import database
from summitqa_bot.state.adopting import adopted
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from tests.fakes import FakeEncoder, write
from tests.objects import BUCKET

ADDRESS = f"s3://{BUCKET}/some/prefix"
Join = Callable[..., Mirror]


@pytest.fixture
def join(tmp_path: Path, url: str, bucket) -> Iterator[Join]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    with ExitStack() as stack:

        def one(name: str, address: str | None = ADDRESS) -> Mirror:
            home = tmp_path / name
            mirror = adopted(database.opened(home, url), home, None, address)
            return stack.enter_context(closing(mirror))

        yield one


def published(mirror: Mirror, text: str, **given) -> str:
    folder = mirror.folder(HOUSE)
    source = write(folder.parent / "sources", {"a.txt": text})
    settings = Settings(home=folder, sources=(str(source),), **{"keep_versions": 2, **given})
    return str(build(Job(SharedPublisher(mirror, HOUSE), settings, FakeEncoder())).index_version)


def rows(mirror: Mirror, query: str) -> list:
    with mirror.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]
