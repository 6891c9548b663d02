"""Shared by all tests: a tiny deterministic encoder for speed, the real one for truth."""

import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

# Nothing may be fetched from a hub; set before any library looks at it.
os.environ["HF_HUB_OFFLINE"] = "1"
# A worker of pytest-xdist is told of a terminal 80 wide, which would fold what is compared.
os.environ["COLUMNS"] = os.environ["LINES"] = ""

import pytest
from slack_rig import Rig
from slack_server import SlackServer
from sqlalchemy import Engine
from tokenizers import Tokenizer

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa.reader import Reader
from summitqa.sealed import PACKAGED, TOKENIZER
from summitqa.settings import DEFAULT_MODEL, DEFAULT_READER
from summitqa_bot import assemble
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.slack import pace
from summitqa_bot.state.database import opened
from summitqa_index.build import build
from summitqa_index.export.pinned import MINILM
from summitqa_index.models import load_encoder, load_reader
from summitqa_index.sources.sandbox import Readers
from tests import postgres
from tests.fakes import FakeEncoder, job

SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a command takes from a file into the environment goes with its test."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """What a test sets the log to goes with it, and with what loggers remember of it."""
    before = logging.root.level
    yield
    logging.root.setLevel(before)


@pytest.fixture(autouse=True, scope="session")
def readers() -> Iterator[Readers]:
    """One pool of reading children for all tests: starting one takes longer than most files do."""
    with Readers() as pool, pytest.MonkeyPatch.context() as patch:
        for module in ("sources.shelf", "entries", "previewing"):
            patch.setattr(f"summitqa_index.{module}.Readers", lambda **_: nullcontext(pool))
        yield pool


@pytest.fixture
def fake_encoder() -> Encoder:
    return FakeEncoder()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds another model than the package's, exported: all-MiniLM-L6-v2."""
    home = tmp_path_factory.mktemp("minilm")
    load_encoder(home, MINILM)
    return home


@pytest.fixture
def tokenizer() -> Tokenizer:
    """The tokenizer of the package's encoder."""
    return Tokenizer.from_file(str(PACKAGED / "encoder" / TOKENIZER))


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return load_encoder(tmp_path_factory.mktemp("none"), DEFAULT_MODEL)


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader | None:
    return load_reader(tmp_path_factory.mktemp("none"), DEFAULT_READER)


@pytest.fixture(scope="session")
def bundled(
    tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, reader: Reader | None
) -> Library:
    """The bundled article, indexed with the real model."""
    home = tmp_path_factory.mktemp("bundled")
    build(job(Settings(home=home), encoder))
    return Library(home, encoder, reader)


@pytest.fixture
def real_home(tmp_path: Path) -> Path:
    """An empty data folder for a process of its own, which loads the real models."""
    home = tmp_path / "real"
    home.mkdir()
    return home


def shared(*parts: str) -> Path:
    """Give a file of the folder beside the checkout, or skip, saying so, where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {Path('..', 'shared', *parts)}, which is not part of the project")
    return path


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server; each call gives the URL of an empty database."""
    with tempfile.TemporaryDirectory() as folder, postgres.serving(Path(folder) / "pg") as fresh:
        yield fresh


@pytest.fixture
def engine(tmp_path: Path, postgres_databases: Callable[[], str]) -> Iterator[Engine]:
    """A database that replicas share, brought up to date."""
    made = opened(tmp_path, postgres_databases())
    yield made
    made.dispose()


@pytest.fixture
def url(postgres_databases: Callable[[], str]) -> str:
    """The URL of an empty database, for replicas to share."""
    return postgres_databases()


@pytest.fixture
def join(tmp_path: Path, url: str) -> Iterator[Any]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    from tests import sharing

    with sharing.joining(tmp_path, url) as join:
        yield join


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The mirrors that commands have made, which are kept as long as a process lasts; let go of."""
    made: list[Any] = []

    def opening(*given: Any) -> Any:
        made.append(real(*given))
        return made[-1]

    real = assemble._mirror.__wrapped__
    monkeypatch.setattr(assemble, "_mirror", cache(opening))
    yield made
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def whole_cluster() -> Iterator[Any]:
    """A PostgreSQL primary and two replicas, one of which has whatever a commit wrote."""
    from tests.cluster import replicated

    with replicated() as cluster:
        yield cluster


@pytest.fixture
def cluster(whole_cluster: Any) -> Iterator[Any]:
    """The same, to be broken: it is healed before the next test."""
    yield whole_cluster
    whole_cluster.heal()


@pytest.fixture(scope="module")
def vector_database(postgres_databases: Callable[[], str]) -> str:
    """The URL of an empty PostgreSQL database that shares no extension with another."""
    return postgres.apart(postgres_databases())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return str(request.getfixturevalue("postgres_databases")())


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """A stand-in of Slack on the loopback."""
    async with SlackServer() as server:
        yield server


@pytest.fixture
def rig(slack: SlackServer, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """The Slack app before that stand-in, in haste, with the desk of the test's own module."""
    monkeypatch.setattr(pace, "SECONDS", 0.01)
    return Rig(slack, desk)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that everybody reaches, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="summitqa-"))
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)
