"""A backup where replicas share one database holds all shelves, and fills another one."""

from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from summitqa.settings import HOUSE
from summitqa_bot import assemble
from summitqa_bot.saving.backup import backup
from summitqa_bot.saving.restore import restore
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, database
from summitqa_bot.state.adopting import adopted
from summitqa_index.postgres.publisher import SharedPublisher
from tests.saving import ADMIN, fill, made
from tests.test_adopting import all_held
from tests.test_adopting import home as home_of_all

home = home_of_all


@contextmanager
def started(folder: Path, url: str):
    with closing(adopted(database.opened(folder, url), folder)) as mirror:
        yield mirror


def saved(folder: Path, url: str, file: Path):
    chosen = Settings(home=folder, database_url=url)
    return backup(folder, url, file, gather=partial(assemble.gather, chosen))


def test_a_replica_that_has_seen_no_shelf_saves_all_of_them(
    home,
    url,
    tmp_path,
    postgres_databases,
    mirrors,
):
    before = all_held(home)
    with started(home, url), closing(State(home, url)) as state:
        fill(state)
    done = saved(tmp_path / "empty", url, tmp_path / "one.backup")
    assert (done.shelves, done.versions) == (2, 4)

    new, other = tmp_path / "new", str(postgres_databases())
    restore(tmp_path / "one.backup", new, other)
    with started(new, other) as mirror:
        assert SharedPublisher(mirror, HOUSE).rejected()
        for shelf, files in before.items():
            publisher = SharedPublisher(mirror, shelf)
            assert f"{publisher.used()}\n".encode() == files["CURRENT"]
            blobs = {name.removeprefix("blobs/") for name in files if name.startswith("blobs/")}
            assert set(publisher.blobs.names()) == blobs
    with closing(State(new, other)) as state:
        assert len(state.audited(5)) == 1


def test_what_was_restored_is_another_installation(
    home,
    url,
    tmp_path,
    postgres_databases,
    mirrors,
):
    with started(home, url), closing(State(home, url)) as state:
        fill(state)
    saved(home, url, tmp_path / "one.backup")
    new, other = tmp_path / "new", str(postgres_databases())
    restore(tmp_path / "one.backup", new, other)
    with started(new, other):
        assert (new / "MIRROR").read_text() != (home / "MIRROR").read_text()


def test_a_shelf_that_was_erased_meanwhile_is_in_no_backup(home, url, tmp_path, mirrors):
    with started(home, url), started(tmp_path / "other", url) as other:
        SharedPublisher(other, ADMIN.community).erase()
    done = saved(home, url, tmp_path / "one.backup")
    assert done.shelves == 1
    assert not (home / "shelves" / ADMIN.community).exists()


def test_a_replica_alone_is_saved_as_ever(tmp_path, mirrors):
    folder = made(tmp_path)
    done = backup(
        folder,
        None,
        tmp_path / "one.backup",
        gather=partial(assemble.gather, Settings(home=folder)),
    )
    assert done.shelves == 2
