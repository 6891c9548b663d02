"""Bytes are kept once under what they are, whole or not at all, and no link is followed."""

import hashlib
import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from summitqa import files
from summitqa.errors import IndexDamagedError, InputError, UnreadableError
from summitqa_index import blobs as module
from summitqa_index.blobs import Blobs

DAY = timedelta(days=1)
RAW = b"The rules of the house."
NAME = hashlib.sha256(RAW).hexdigest()


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "home" / "shelves" / "one"


@pytest.fixture
def blobs(shelf: Path) -> Blobs:
    return Blobs(shelf)


def names(shelf: Path) -> set[str]:
    return {path.name for path in (shelf / "blobs").iterdir()}


def age(shelf: Path, name: str = NAME, days: float = 2) -> None:
    then = time.time() - days * 86_400
    os.utime(shelf / "blobs" / name, (then, then), follow_symlinks=False)


def test_what_is_put_is_got_by_its_name(blobs, shelf):
    assert blobs.put(RAW) == NAME
    assert blobs.get(NAME) == RAW
    assert names(shelf) == {NAME}
    assert blobs.put(b"") == hashlib.sha256().hexdigest()
    assert blobs.get(hashlib.sha256().hexdigest()) == b""


def test_the_same_bytes_are_written_once(blobs, shelf, monkeypatch):
    blobs.put(RAW)
    before = (shelf / "blobs" / NAME).stat().st_ino
    monkeypatch.setattr(module, "write_durably", None)
    assert blobs.put(RAW) == NAME
    assert (shelf / "blobs" / NAME).stat().st_ino == before


def test_many_threads_may_put_the_same(blobs, shelf):
    raw = os.urandom(1 << 20)
    with ThreadPoolExecutor(8) as pool:
        (name,) = set(pool.map(blobs.put, [raw] * 32))
    assert blobs.get(name) == raw
    assert names(shelf) == {name}


def test_what_was_put_is_on_the_disk_before_its_name_is_given(blobs, shelf, monkeypatch):
    done = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append(os.fstat(descriptor).st_ino))
    blobs.put(RAW)
    paths = (shelf / "blobs" / NAME, shelf / "blobs")
    assert done[-2:] == [path.stat().st_ino for path in paths]


@pytest.mark.parametrize("raw", [b"", RAW[:-1], RAW + b"x", b"x" + RAW[1:]])
def test_what_is_damaged_is_never_given_and_is_mended_by_being_put_again(blobs, shelf, raw):
    blobs.put(RAW)
    (shelf / "blobs" / NAME).write_bytes(raw)
    with pytest.raises(IndexDamagedError, match=NAME) as caught:
        blobs.get(NAME)
    assert caught.value.files == (f"blobs/{NAME}",)
    blobs.put(RAW)
    assert blobs.get(NAME) == RAW


@pytest.mark.parametrize("name", ["", "no", "../../CURRENT", "/etc/passwd", NAME.upper(), NAME])
def test_what_is_not_there_is_said_to_be_missing(blobs, name):
    with pytest.raises(IndexDamagedError, match="missing or damaged; put what it held"):
        blobs.get(name)


def test_no_link_is_followed(blobs, shelf, tmp_path):
    blobs.put(RAW)
    (tmp_path / "secret").write_bytes(RAW)
    (shelf / "blobs" / NAME).unlink()
    (shelf / "blobs" / NAME).symlink_to(tmp_path / "secret")
    with pytest.raises(IndexDamagedError):
        blobs.get(NAME)
    blobs.put(RAW)
    assert not (shelf / "blobs" / NAME).is_symlink()
    assert blobs.get(NAME) == RAW


def test_a_folder_that_is_a_link_is_not_gone_into(blobs, shelf, tmp_path):
    shelf.mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / NAME).write_bytes(RAW)
    (shelf / "blobs").symlink_to(tmp_path / "other")
    with pytest.raises(IndexDamagedError):
        blobs.get(NAME)
    with pytest.raises(InputError, match="is a link, but expects to be a folder"):
        blobs.put(b"x")
    blobs.prune(set(), timedelta())
    assert blobs.size() == 0
    assert (tmp_path / "other" / NAME).exists()


def test_a_pipe_in_place_of_a_blob_keeps_nobody_waiting(blobs, shelf):
    blobs.put(b"another")
    os.mkfifo(shelf / "blobs" / NAME)
    with pytest.raises(IndexDamagedError):
        blobs.get(NAME)


def test_what_may_not_be_read_is_no_damage(blobs, monkeypatch):
    blobs.put(RAW)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "open_regular", refused)
    with pytest.raises(UnreadableError, match="let the user that runs SummitQA read it"):
        blobs.get(NAME)


def test_all_of_them_are_counted(blobs):
    assert blobs.size() == 0
    blobs.put(RAW)
    blobs.put(RAW)
    blobs.put(b"12345")
    assert blobs.size() == len(RAW) + 5


def test_only_old_ones_that_nothing_names_are_removed(blobs, shelf):
    kept, old, young = (blobs.put(raw) for raw in (b"kept", b"old", b"young"))
    age(shelf, kept)
    age(shelf, old)
    blobs.prune({kept}, DAY)
    assert names(shelf) == {kept, young}


def test_what_is_put_again_is_young_again(blobs, shelf):
    blobs.put(RAW)
    age(shelf)
    blobs.put(RAW)
    blobs.prune(set(), DAY)
    assert blobs.get(NAME) == RAW


def test_what_is_put_again_while_it_is_being_removed_stays(blobs, shelf, monkeypatch):
    blobs.put(RAW)
    age(shelf)
    rename = Path.rename

    def late(path: Path, to: Path) -> Path:
        blobs.put(RAW)
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", late)
    blobs.prune(set(), DAY)
    assert blobs.get(NAME) == RAW
    assert names(shelf) == {NAME}


def test_what_is_put_again_just_after_it_was_put_out_of_the_way_is_written_anew(
    blobs, shelf, monkeypatch
):
    blobs.put(RAW)
    age(shelf)
    unlink = Path.unlink

    def late(path: Path, **given: bool) -> None:
        if path.name.startswith(".gone-"):
            blobs.put(RAW)
        unlink(path, **given)

    monkeypatch.setattr(Path, "unlink", late)
    blobs.prune(set(), DAY)
    assert blobs.get(NAME) == RAW


def test_what_a_removal_that_was_killed_left_is_settled_by_the_next(blobs, shelf):
    young, kept, old = (blobs.put(raw) for raw in (b"young", b"kept", b"old"))
    for name in (young, kept, old):
        (shelf / "blobs" / name).rename(shelf / "blobs" / f".gone-{name}")
    for name in (kept, old):
        age(shelf, f".gone-{name}")
    blobs.prune({kept}, DAY)
    assert names(shelf) == {young, kept}


def test_what_was_left_half_written_goes_with_time(blobs, shelf):
    blobs.put(RAW)
    (shelf / "blobs" / f".{NAME}-1-1").write_bytes(b"half")
    blobs.prune({NAME}, DAY)
    assert len(names(shelf)) == 2
    age(shelf, f".{NAME}-1-1")
    blobs.prune({NAME}, DAY)
    assert names(shelf) == {NAME}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("point", ["write_durably", "sync_folder"])
def test_a_kill_leaves_all_of_it_or_nothing(blobs, shelf, monkeypatch, point):
    def work() -> None:
        setattr(module, point, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        blobs.put(RAW)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert blobs.put(RAW) == NAME
    assert blobs.get(NAME) == RAW
