"""What cannot be made or placed is one sentence, and nothing is there that was not before."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from summitqa.errors import DiskFullError, IndexDamagedError, InputError, SettingsError
from summitqa.files import Sink
from summitqa.library import VERSIONS, current_version
from summitqa_bot.saving.backup import backup
from summitqa_bot.saving.disk import BackupBusyError
from summitqa_bot.saving.restore import restore
from summitqa_bot.state import State
from tests.command import ran
from tests.fakes import library
from tests.nobody import nobody
from tests.saving import backed_up, made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture
def file(home: Path, tmp_path: Path) -> Path:
    return backed_up(home, tmp_path)


def test_nothing_is_restored_over_anything(file, home, tmp_path, postgres_databases):
    used = current_version(home)
    with pytest.raises(InputError, match="is not empty, there is CURRENT"):
        restore(file, home, None)
    assert current_version(home) == used
    url = postgres_databases()
    State(tmp_path / "x", url).close()
    with pytest.raises(InputError, match="SUMMITQA_DATABASE_URL names is not empty"):
        restore(file, tmp_path / "new", url)
    assert not (tmp_path / "new").exists()


def test_a_folder_with_settings_alone_is_empty_and_keeps_them(file, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / ".env").write_text("SUMMITQA_PASSAGES=2\n")
    restore(file, tmp_path / "new", None)
    assert (tmp_path / "new" / ".env").read_text() == "SUMMITQA_PASSAGES=2\n"
    assert library(tmp_path / "new").store.slugs


def test_what_begins_there_meanwhile_is_not_written_over(file, home, tmp_path, monkeypatch):
    new = tmp_path / "new"
    real = os.walk  # the last thing before all is put in place

    def walk(top):
        shutil.copytree(home / VERSIONS, new / VERSIONS)
        return real(top)

    monkeypatch.setattr("summitqa_bot.saving.restore.os.walk", walk)
    with pytest.raises(InputError, match="is not empty, there is versions"):
        restore(file, new, None)
    assert sorted(path.name for path in new.iterdir()) == [".restoring", "versions"]


def test_a_backup_that_cannot_be_written_leaves_the_one_before(file, home, tmp_path, monkeypatch):
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("summitqa_bot.saving.backup.os.fsync", full)
        with pytest.raises(DiskFullError):
            backup(home, None, file)
        patch.setattr(Sink, "write", full)
        with pytest.raises(DiskFullError):
            restore(file, tmp_path / "new", None)
    assert not (tmp_path / "new").exists()
    for name in ("", "nowhere/file", "one.backup/file"):
        with pytest.raises(InputError, match="cannot be written"):
            backup(home, None, tmp_path / name)
    with (tmp_path / ".one.backup.part").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BackupBusyError, match="Another backup"):
            backup(home, None, file)
    assert file.read_bytes() == before
    backup(home, None, file)
    assert not (tmp_path / ".one.backup.part").exists()


def test_two_restores_do_not_share_a_folder(file, tmp_path):
    (tmp_path / "new").mkdir()
    held = os.open(tmp_path / "new", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(BackupBusyError, match="Another restore"):
        restore(file, tmp_path / "new", None)
    os.close(held)
    restore(file, tmp_path / "new", None)


def test_what_cannot_answer_is_not_saved_as_if_it_could(home, tmp_path):
    with pytest.raises(InputError, match="nothing in"):
        backup(tmp_path / "nowhere", None, tmp_path / "two.backup")
    text = home / VERSIONS / current_version(home) / "text.utf8"
    text.write_bytes(text.read_bytes().replace(b"stone", b"straw"))
    with pytest.raises(IndexDamagedError, match=r"text\.utf8"):
        backup(home, None, tmp_path / "two.backup")
    (home / "CURRENT").write_text("nothing")
    with pytest.raises(IndexDamagedError, match="CURRENT"):
        backup(home, None, tmp_path / "two.backup")
    with pytest.raises(SettingsError):
        backup(home, "mysql://host/name", tmp_path / "two.backup")
    assert not (tmp_path / "two.backup").exists()


def test_what_may_not_be_read_or_written_is_one_sentence(file, open_folder):
    new = open_folder / "new"
    shutil.copy(file, open_folder / "mine")
    (open_folder / "mine").chmod(0o600)
    shutil.copy(file, open_folder / "all")
    (open_folder / "all").chmod(0o644)
    home = made(open_folder)
    text = home / VERSIONS / current_version(home) / "text.utf8"
    text.chmod(0o600)
    for folder in (home, home / "shelves" / "discord-1"):
        folder.chmod(0o777)
    (open_folder / "free").mkdir()
    (open_folder / "free").chmod(0o777)
    with nobody():
        with pytest.raises(InputError, match="cannot be read"):
            restore(open_folder / "mine", new, None)
        with pytest.raises(InputError, match="cannot be filled"):
            restore(open_folder / "all", new, None)
        with pytest.raises(InputError, match="cannot be written"):
            backup(home, None, open_folder / "two.backup")
        with pytest.raises(InputError, match=r"text\.utf8 cannot be read"):
            backup(home, None, open_folder / "free" / "two.backup")
    assert list((open_folder / "free").iterdir()) == []


@pytest.fixture
def run(capsys, monkeypatch, tmp_path) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        return ran(monkeypatch, capsys, *arguments)

    return command


def test_the_commands_say_what_was_done(run, home):
    code, out, err = run("--home", str(home), "backup", "two.backup")
    assert (code, err) == (0, "")
    assert "two.backup: 2 shelves, 3 versions, 0 rows of the database" in out
    code, out, err = run("--home", "new", "restore", "two.backup")
    assert (code, err) == (0, "")
    assert "restored as it was on" in out
    assert run("--home", "new", "verify")[0] == 0
    assert run("--home", "new", "--shelf", "discord-1", "verify")[0] == 0
    for arguments in (["backup", "x"], ["restore", "two.backup"]):
        code, out, err = run("--home", "other", "--shelf", "discord-1", *arguments)
        assert (code, out) == (2, "")
        assert "A backup is of all shelves" in err
