"""Large shelves are searched in the database: replicas hold their manifests, whoever builds all."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from summitqa.errors import DatabaseUnavailableError, IndexDamagedError
from summitqa.files import MANIFEST
from summitqa.folder.store import TEXT
from summitqa.library import VERSIONS, Library
from summitqa.postgres.database import reading
from summitqa.postgres.mirror import Mirror
from summitqa.postgres.searching import Searching
from summitqa.postgres.snapshot import PostgresSnapshot
from summitqa.settings import HOUSE, Settings
from summitqa_bot import assemble
from summitqa_bot.settings import Settings as BotSettings
from summitqa_bot.state.adopting import adopted
from summitqa_bot.state.database import opened
from summitqa_index import versions
from summitqa_index.build import Job, Report, build
from summitqa_index.postgres.publisher import SharedPublisher
from tests import fakes, postgres, sharing
from tests.fakes import CountingEncoder, FakeEncoder, write

Join = Callable[..., Mirror]
SILVER, GOLD = "The bell is of silver.", "The bell is of gold."


@pytest.fixture(scope="module")
def url(vector_database: str) -> str:
    return vector_database


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[Engine]:
    engine = sharing.connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def join(tmp_path: Path, url: str) -> Iterator[Join]:
    """Give what adds a replica, with a home of its own name, to one installation."""
    with ExitStack() as stack:
        first = stack.enter_context(sharing.replica(tmp_path / "clearing", url))
        for shelf in first.shelves():
            SharedPublisher(first, shelf).erase()
        yield lambda name, above=0: stack.enter_context(
            sharing.replica(tmp_path / name, url, search_above=above)
        )


def job(mirror: Mirror, *said: str, encoder: FakeEncoder | None = None) -> Job:
    home = mirror.folder(HOUSE)
    files = {f"{number}.txt": one for number, one in enumerate(said)}
    source = write(home.parent / f"sources of {home.name}", files)
    settings = Settings(home=home, sources=(str(source),), keep_versions=2)
    return Job(SharedPublisher(mirror, HOUSE), settings, encoder or FakeEncoder())


def published(mirror: Mirror, *said: str) -> Report:
    return build(job(mirror, *said))


def library(mirror: Mirror) -> Library:
    mirror.bring(HOUSE)
    opened = partial(mirror.searching.opened, HOUSE) if mirror.searching else None
    given = {"opened": opened} if opened else {}
    return Library(mirror.folder(HOUSE), FakeEncoder(), **given)


def answered(library: Library) -> str:
    return library.ask("What is the bell of?").matches[0].citation.quote


def files(mirror: Mirror, version: str) -> list[str]:
    return sorted(path.name for path in (mirror.folder(HOUSE) / VERSIONS / version).iterdir())


def in_rows(database: Engine) -> list[str]:
    with database.connect() as connection:
        found = connection.execute(text("SELECT version FROM rows_version ORDER BY version"))
        return [version for (version,) in found]


def change(database: Engine, query: str) -> None:
    with database.begin() as connection:
        connection.execute(text(query))


def test_what_one_replica_publishes_another_searches_with_the_manifest_alone(join):
    one, other = join("one"), join("other")
    version = published(one, SILVER).index_version
    shelf = library(other)
    assert isinstance(shelf.store, PostgresSnapshot)
    assert shelf.store.version == version
    assert answered(shelf) == SILVER
    assert files(other, version) == [MANIFEST]
    assert isinstance(library(one).store, PostgresSnapshot)


def test_where_the_manifest_is_all_there_is_to_have_a_look_finds_nothing_to_do(join):
    one, other = join("one"), join("other")
    published(one, SILVER)
    other.bring(HOUSE)
    assert other.stale() == set()
    published(one, GOLD)
    assert other.stale() == {HOUSE}


def test_so_it_does_where_all_files_are_there_and_the_replica_was_started_anew(join):
    one = join("one")
    version = str(published(one, SILVER).index_version)
    again = join("one")
    again.bring(HOUSE)
    assert len(files(again, version)) > 1
    assert again.stale() == set()
    text_file = again.folder(HOUSE) / VERSIONS / version / TEXT
    text_file.write_bytes(b"tin")
    SharedPublisher(again, HOUSE).verify(version)
    assert text_file.read_bytes() != b"tin"


def test_shelves_that_are_taken_over_are_searched_there_at_once(tmp_path, postgres_databases):
    home = tmp_path / "alone"
    source = write(tmp_path / "source", {"0.txt": SILVER})
    settings = Settings(home=home, sources=(str(source),))
    version = str(build(fakes.job(settings, FakeEncoder())).index_version)
    url = postgres.apart(postgres_databases())
    for name in ("alone", "other"):
        engine = opened(tmp_path / name, url)
        searching = Searching(engine, reading(url), 0)
        with closing(adopted(engine, tmp_path / name, searching)) as mirror:
            shelf = library(mirror)
            assert isinstance(shelf.store, PostgresSnapshot)
            assert shelf.store.version == version
            assert answered(shelf) == SILVER
    assert files(mirror, version) == [MANIFEST]


def test_a_shelf_that_is_not_large_is_searched_in_its_files(join):
    one, other = join("one", 1), join("other", 1)
    version = published(one, SILVER).index_version
    assert not isinstance(library(other).store, PostgresSnapshot)
    assert len(files(other, version)) > 1
    published(one, SILVER, GOLD)
    shelf = library(other)
    assert isinstance(shelf.store, PostgresSnapshot)
    assert answered(shelf) in {SILVER, GOLD}


def test_a_replica_swaps_between_rows_as_between_folders(join):
    one, other = join("one"), join("other")
    published(one, SILVER)
    shelf = library(other)
    before = shelf.store
    version = published(one, GOLD).index_version
    other.bring(HOUSE)
    assert shelf.refresh()
    assert shelf.store.version == version
    assert answered(shelf) == GOLD
    assert before.article("0").text.strip() == SILVER  # a question that began with it ends with it


def test_rows_go_with_their_version(join, database):
    one = join("one")
    found = [str(published(one, said).index_version) for said in (SILVER, GOLD, SILVER + GOLD)]
    assert in_rows(database) == found[1:]
    SharedPublisher(one, HOUSE).erase()
    assert in_rows(database) == []


def test_another_replica_builds_on_it_and_goes_back_to_it(join):
    one, other = join("one"), join("other")
    first = published(one, SILVER, GOLD).index_version
    library(other)
    encoder = CountingEncoder()
    second = build(job(other, SILVER, "The bell is of tin.", encoder=encoder))
    assert encoder.texts == ["The bell is of tin."]
    assert (second.changes.changed, second.changes.unchanged) == (("1",), ("0",))
    shelf = library(one)
    assert shelf.store.version == second.index_version
    versions.rollback(SharedPublisher(one, HOUSE))
    one.bring(HOUSE)
    assert shelf.refresh()
    assert shelf.store.version == first


def test_an_earlier_version_is_looked_up_without_its_files(join):
    one, other = join("one"), join("other")
    first = str(published(one, SILVER).index_version)
    published(one, GOLD)
    library(other)
    earlier = SharedPublisher(other, HOUSE).opened(first)
    assert earlier.article("0").text.strip() == SILVER
    assert not (other.folder(HOUSE) / VERSIONS / first).exists()


def test_rows_that_were_changed_are_named(join, database):
    one = join("one")
    version = str(published(one, SILVER).index_version)
    assert SharedPublisher(one, HOUSE).verify(version) == []
    change(database, "UPDATE rows_article SET text = 'The bell is of lead.'::bytea")
    assert SharedPublisher(one, HOUSE).verify(version) == ["rows_article"]


def test_where_the_manifest_is_all_that_is_here_rows_are_verified_and_no_file_is_fetched(
    join, database
):
    one, other = join("one"), join("other")
    version = str(published(one, SILVER).index_version)
    other.bring(HOUSE)
    looking = SharedPublisher(other, HOUSE)
    assert versions.verify(looking) == []
    change(database, "UPDATE rows_form SET forms = 'lead'::bytea")
    assert versions.verify(looking) == ["rows_form"]
    change(database, "DELETE FROM rows_version")
    assert versions.verify(looking) == ["rows_version"]
    assert files(other, version) == [MANIFEST]


def test_without_the_database_whoever_has_the_files_goes_on(join):
    one, other = join("one"), join("other")
    version = str(published(one, SILVER).index_version)
    library(other)
    away = sharing.connect("postgresql://nobody@127.0.0.1:9/none")
    searching = Searching(away, away, 0)
    assert searching.opened(HOUSE, one.folder(HOUSE), version).version == version
    with pytest.raises(DatabaseUnavailableError):
        searching.opened(HOUSE, other.folder(HOUSE), version)


def test_a_reader_that_never_shows_the_version_is_told_of(join, url, database, monkeypatch):
    one = join("one")
    version = str(published(one, SILVER).index_version)
    behind = reading(url)
    monkeypatch.setattr(PostgresSnapshot.open.__func__, "__defaults__", (0,))
    change(database, "DELETE FROM rows_version")
    with pytest.raises(IndexDamagedError, match=version):
        Searching(one.engine, behind, 0).found(HOUSE, version)
    behind.dispose()


def test_the_settings_put_it_together(tmp_path, join, url):
    one = join("one")
    version = published(one, SILVER).index_version
    chosen = BotSettings(
        home=tmp_path / "other", database_url=url, database_read_url=url, database_search=0
    )
    assemble.bring(chosen)
    with_rows = assemble.opener(chosen)(chosen.folder, str(version))
    assert isinstance(with_rows, PostgresSnapshot)
    mirror = assemble.mirror(chosen)
    assert mirror is not None
    mirror.close()
    plain = assemble.opener(BotSettings(home=tmp_path / "plain"))
    with pytest.raises(IndexDamagedError):
        plain(chosen.folder, str(version))
