"""A data folder's shelves are taken into a database that has none: all of them, whoever is killed."""

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from summitqa.errors import IndexBusyError, SettingsError
from summitqa.library import current_version
from summitqa.postgres import chunks
from summitqa.postgres.database import session
from summitqa.postgres.mirror import Mirror
from summitqa.settings import HOUSE, Settings
from summitqa.taught import Pair, pairs_of, read_raw, teach
from summitqa_bot.state import adopting, database
from summitqa_bot.state.adopting import adopted
from summitqa_index.blobs import Blobs
from summitqa_index.folder import layout
from summitqa_index.folder.lock import builder_lock
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.versions import rollback, verify
from tests import fakes
from tests.cluster import until
from tests.killing import killed_at
from tests.saving import ADMIN, add, made

COMMUNITY = ADMIN.community


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of two shelves: versions, one rolled back from, one aside, a draft, what was taught."""
    home = made(tmp_path)
    add(home, "pier", "# Pier\n\nThe pier is of oak.\n")
    rollback(fakes.publisher(home))
    shelf = Settings(home=home, shelf=COMMUNITY).folder
    Blobs(shelf).put(b"a draft that nobody has confirmed")
    article = fakes.library(shelf).store.article("pier")
    teach(shelf, Pair.of("Oak or elm?", article, 1))
    used = shelf / "versions" / current_version(shelf)
    shutil.copytree(used, used.with_name(".aside-20990101-000000-000000"))
    return home


@contextmanager
def started(home: Path, url: str) -> Iterator[Mirror]:
    """Start a replica as far as its shelves go."""
    with closing(adopted(database.opened(home, url), home)) as mirror:
        yield mirror


def held(folder: Path) -> dict[str, bytes]:
    """Give all that is kept of a shelf."""
    names = ["CURRENT", "REJECTED", "questions.jsonl"]
    kept = [
        *folder.glob("versions/*/*"),
        *folder.glob("versions/.aside-*/*"),
        *folder.glob("blobs/*"),
    ]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in [*kept, *(folder / name for name in names)]
        if path.is_file()
    }


def assert_taken(url: str, home: Path, before: dict[str, dict[str, bytes]]) -> None:
    """Hold the database to having all that was held, and a new replica to getting it."""
    new = home.with_name(f"{home.name}-new")
    with started(new, url) as mirror:
        for shelf, files in before.items():
            mirror.bring(shelf)
            publisher = SharedPublisher(mirror, shelf)
            for version in [*publisher.ids(), *([publisher.aside()] if publisher.aside() else [])]:
                assert verify(publisher, version) == []
            for name in files:
                if name.startswith("blobs/"):
                    publisher.blobs.get(name.removeprefix("blobs/"))
            assert held(mirror.folder(shelf)) == files


def all_held(home: Path) -> dict[str, dict[str, bytes]]:
    folders = {HOUSE: home, COMMUNITY: home / "shelves" / COMMUNITY}
    return {shelf: held(folder) for shelf, folder in folders.items()}


def test_the_first_start_takes_over_all_that_the_home_holds(home, url):
    before = all_held(home)
    assert any(".aside-" in name for name in before[COMMUNITY])
    with started(home, url) as mirror:
        for shelf in (HOUSE, COMMUNITY):
            mirror.bring(shelf)
    assert all_held(home) == before
    assert_taken(url, home, before)


def test_what_was_taught_and_rejected_is_so_for_a_new_replica(home, url, tmp_path):
    with started(home, url):
        pass
    with started(tmp_path / "new", url) as mirror:
        for shelf in (HOUSE, COMMUNITY):
            mirror.bring(shelf)
        assert [one.question for one in pairs_of(read_raw(mirror.folder(COMMUNITY)))] == [
            "Oak or elm?"
        ]
        assert len(SharedPublisher(mirror, HOUSE).rejected()) == 1


def test_it_is_done_once(home, url):
    for _ in range(2):
        with started(home, url) as mirror:
            used = SharedPublisher(mirror, HOUSE).used()
    assert used == current_version(home)
    assert not (home / "ADOPTING").exists()


def test_a_home_with_shelves_is_refused_by_a_database_with_others_and_keeps_them(
    home, url, tmp_path
):
    other = made(tmp_path / "other")
    with started(home, url):
        pass
    before = held(other)
    with pytest.raises(SettingsError, match="holds shelves that are not in the database"):
        started(other, url).__enter__()
    assert held(other) == before


def test_an_empty_home_takes_nothing_over(tmp_path, url):
    with started(tmp_path / "new", url) as mirror:
        assert mirror.shelves() == []


def test_a_damaged_version_is_left_out(home, url, caplog):
    folder = next(one for one in layout.folders(home) if one.name != current_version(home))
    next(folder.glob("*.jsonl")).write_bytes(b"nonsense")
    with started(home, url) as mirror:
        assert SharedPublisher(mirror, HOUSE).ids() == [current_version(home)]
    assert f"{folder.name} is damaged" in caplog.text


def test_where_the_version_in_use_is_damaged_nothing_is_taken_over(home, url):
    file = next((home / "versions" / current_version(home)).glob("*.jsonl"))
    file.write_bytes(b"nonsense")
    with pytest.raises(SettingsError, match="is damaged"):
        started(home, url).__enter__()
    assert file.exists()


def test_a_shelf_that_is_being_built_is_waited_for_by_trying_again(home, url):
    with builder_lock(home, "Ada"), pytest.raises(IndexBusyError, match="by Ada"):
        started(home, url).__enter__()
    with started(home, url) as mirror:
        assert SharedPublisher(mirror, HOUSE).used() == current_version(home)


@pytest.mark.parametrize("lasts", [False, True])
def test_another_that_starts_is_waited_for_and_warned_of_where_that_lasts(
    tmp_path, url, caplog, monkeypatch, lasts
):
    caplog.set_level("INFO")
    monkeypatch.setattr(adopting, "_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(adopting, "_WAITS", ((0.0, 20), (0.05 if lasts else 600.0, 30)))
    engine = database.opened(tmp_path, url)
    told = ["INFO", "WARNING"] if lasts else ["INFO"]

    def levels() -> list[str]:
        said = [one for one in caplog.records if one.name == adopting.__name__]
        return [one.levelname for one in said if "waiting" in one.getMessage()]

    first, second = session(engine), session(engine)
    with closing(first), closing(second), ThreadPoolExecutor() as pool:
        with adopting._alone(first):
            waiting = pool.submit(lambda: adopting._alone(second).__enter__())
            until(lambda: levels() == told, "the wait to be told of")
        waiting.result(20)
    engine.dispose()
    assert levels() == told


def killed_in_the_midst(number: int, home: Path, url: str) -> bool:
    """Start in a child that is killed as it puts the so-manieth version; tell whether it was."""
    child = os.fork()
    if child == 0:
        left, real = [number], chunks.write

        def write(*args):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            real(*args)

        chunks.write = write
        try:
            with started(home, url):
                pass
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_start_that_is_killed_in_the_midst_goes_on_at_the_next(home, url):
    before, kills = all_held(home), 0
    for number in range(1, 10):
        kills += killed_in_the_midst(number, home, url)
        assert all_held(home) == before
    assert kills >= 3
    with started(home, url):
        pass
    assert_taken(url, home, before)


def test_a_start_that_is_killed_at_any_step_goes_on_at_the_next(tmp_path, postgres_databases, home):
    before, step = all_held(home), 1

    def start(url: str) -> None:
        with started(home, url):
            pass

    while True:
        url = str(postgres_databases())
        if not killed_at(step, lambda url=url: start(url)):
            break
        assert all_held(home) == before
        start(url)
        assert all_held(home) == before
        (home / "MIRROR").unlink()
        step += 3
    assert step > 6
    assert_taken(url, home, before)


def test_where_a_home_is_half_taken_over_another_starts_nothing(home, url, tmp_path):
    assert killed_in_the_midst(2, home, url)
    with pytest.raises(SettingsError, match="are being taken into the database"):
        started(tmp_path / "other", url).__enter__()
    with started(home, url), started(tmp_path / "other", url) as other:
        other.bring(COMMUNITY)
        assert fakes.library(other.folder(COMMUNITY)).ask("What is the pier of?").found
