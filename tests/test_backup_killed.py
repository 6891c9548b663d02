"""A backup or a restore that is killed at any step leaves nothing half done, and is done again."""

import os
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, inspect

from summitqa.errors import IndexMissingError, SummitQAError
from summitqa.library import current_version
from summitqa_bot.saving.backup import backup
from summitqa_bot.saving.restore import restore
from summitqa_bot.state import State, database
from summitqa_index.versions import has_index, verify
from tests.fakes import publisher
from tests.killing import killed_at
from tests.saving import ADMIN, asked, fill, made

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = made(tmp_path)
    with closing(State(home)) as state:
        fill(state)
    return home


def test_a_backup_that_is_killed_leaves_the_one_before_and_is_made_anew(home, tmp_path):
    file = tmp_path / "one.backup"
    backup(home, None, file)
    before, step = file.read_bytes(), 1
    while killed_at(step, partial(backup, home, None, file)):
        restore(file, tmp_path / f"new-{step}", None)
        assert file.read_bytes() == before or (tmp_path / f"new-{step}" / "CURRENT").exists()
        step += 1
    assert step > 3
    assert file.read_bytes() != before
    assert not (tmp_path / ".one.backup.part").exists()


def taken_for_an_index(home: Path) -> bool:
    """Tell whether a home looks like one that answers, or like one to build a first index in."""
    try:
        return has_index(publisher(home))
    except SummitQAError:
        return False  # damaged: nobody begins anew in it


# Every step that puts something in its place, and some of the many that write a file.
KILLS = [(("replace", "rename", "unlink"), 1), (("fsync",), 13)]


@pytest.mark.parametrize(("names", "stride"), KILLS)
def test_a_restore_that_is_killed_leaves_no_home_and_is_done_by_running_it_again(
    home, tmp_path, names, stride
):
    file = tmp_path / "one.backup"
    backup(home, None, file)
    step, seen = 1, set()
    while killed_at(step, partial(restore, file, tmp_path / f"new-{step}", None), names):
        new = tmp_path / f"new-{step}"
        seen.add(taken_for_an_index(new))
        if taken_for_an_index(new):
            assert_restored(new)
        elif new.exists():
            assert_no_home(new)
        restored_again(file, new, None)
        assert_restored(new)
        step += stride
    assert step > 5
    assert False in seen
    assert asked(tmp_path / f"new-{step}") == asked(home)


def restored_again(file: Path, new: Path, url: str | None) -> None:
    """Run it again; where all was done but for what is told, it says that all is there."""
    try:
        restore(file, new, url)
    except SummitQAError as error:
        assert "is not empty" in str(error)


def assert_restored(home: Path, url: str | None = None) -> None:
    for folder in (home, home / "shelves" / ADMIN.community):
        assert verify(publisher(folder)) == []
    with closing(State(home, url)) as state:
        assert len(state.audited(5)) == 1


def assert_no_home(home: Path) -> None:
    """Hold a home that is not whole to being none: nothing of it is asked, nor built upon."""
    if all(path.name.startswith(".") for path in home.iterdir()):
        return
    with pytest.raises(SummitQAError) as caught:
        current_version(home)
    assert not isinstance(caught.value, IndexMissingError)


def test_a_restore_into_postgresql_that_is_killed_is_done_by_running_it_again(
    home, tmp_path, postgres_databases
):
    file = tmp_path / "one.backup"
    backup(home, None, file)
    step, filled = 0, 0
    while True:
        step += 2
        new, url = tmp_path / f"new-{step}", postgres_databases()
        if not killed_at(step, partial(restore, file, new, url), KILLS[0][0]):
            break
        filled += has_tables(url)
        restored_again(file, new, url)
        assert_restored(new, url)
    assert filled


def has_tables(url: str) -> bool:
    place = database._place(Path(), url)
    return bool(inspect(create_engine(place, poolclass=NullPool)).get_table_names())
