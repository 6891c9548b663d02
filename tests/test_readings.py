"""Reading: an unchanged file is not extracted again, and several are read at a time."""

import errno
import hashlib
import json
import os
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from summitqa_index.sources import readings as kept
from summitqa_index.sources import shelf as sources
from summitqa_index.sources.readings import READINGS
from summitqa_index.sources.sandbox import Readers
from tests.fakes import index, library, write


class Watched:
    """Remembers what it is given to read, and has somebody else read it."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self.read_so_far: list[bytes] = []

    def read(self, kind: str, raw: bytes, *, charset: str | None = None) -> object:
        self.read_so_far.append(raw)
        return self._readers.read(kind, raw, charset=charset)

    def taken(self) -> list[bytes]:
        """Give what was read since the last time."""
        taken, self.read_so_far = sorted(self.read_so_far), []
        return taken


@pytest.fixture
def watched(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> Watched:
    one = Watched(readers)
    monkeypatch.setattr(sources, "Readers", lambda **_: nullcontext(one))
    return one


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"a.txt": "It is A.", "b.html": "<p>It is B, they say.</p>"})


def test_only_what_is_new_is_read(home, shelf, watched):
    index(home, shelf)
    assert len(watched.taken()) == 2
    index(home, shelf)
    assert watched.taken() == []
    index(home, write(shelf, {"a.txt": "It is C.", "d.txt": "It is D."}))
    assert watched.taken() == [b"It is C.", b"It is D."]
    (shelf / "b.html").rename(shelf / "e.html")
    assert index(home, shelf).changes.added == ("e",)
    assert watched.taken() == []
    (shelf / "e.html").rename(shelf / "e.txt")  # of another kind it is another text
    index(home, shelf)
    assert len(watched.taken()) == 1


@pytest.mark.parametrize("spoil", [b"", b"\xff\xfe", b"0" * 64 + b"\n{}"])
def test_what_is_kept_damaged_is_read_anew(home, shelf, watched, spoil):
    index(home, shelf)
    watched.taken()
    for file in (home / READINGS).iterdir():
        file.write_bytes(spoil or file.read_bytes().replace(b"It is", b"It was", 1))
    report = index(home, shelf)
    assert len(watched.taken()) == 2
    assert not report.switched
    assert {library(home).store.nth(n).text for n in (0, 1)} == {
        "It is A.",
        "It is B, they say.",
    }


@pytest.mark.parametrize(
    "change", [{"title": "\x1b[31m"}, {"passages": 10**30}, {"language": "../x"}]
)
def test_what_is_kept_forged_is_read_anew(home, shelf, watched, change):
    index(home, shelf)
    watched.taken()
    for file in (home / READINGS).iterdir():
        head, rest = file.read_bytes().partition(b"\n")[2].split(b"\n", 1)
        body = json.dumps({**json.loads(head), **change}).encode() + b"\n" + rest
        file.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert not index(home, shelf).switched
    assert len(watched.taken()) == 2


@pytest.mark.parametrize("kind", ["file", "fifo", "link", "nowhere", "loop"])
def test_what_is_in_the_folders_place_only_costs_what_would_be_kept(
    home, shelf, watched, tmp_path, kind, caplog
):
    home.mkdir()
    (away := tmp_path / "away").mkdir()
    (away / "letter").write_text("x")
    place = home / READINGS
    match kind:
        case "file":
            place.write_text("x")
        case "fifo":
            os.mkfifo(place)
        case _:
            place.symlink_to({"link": away, "nowhere": tmp_path / "no", "loop": place}[kind])
    assert len(index(home, shelf).changes.added) == 2
    assert [one.message for one in caplog.records if "cannot be kept" in one.message][1:] == []
    assert "cannot be kept" in caplog.text
    assert [path.name for path in away.iterdir()] == ["letter"]


def test_a_fifo_among_what_is_kept_is_not_waited_for(home, shelf, watched):
    index(home, shelf)
    watched.taken()
    for file in list((home / READINGS).iterdir()):
        file.unlink()
        os.mkfifo(file)
    index(home, shelf)
    assert len(watched.taken()) == 2


def test_nothing_is_kept_that_the_sources_hold_no_more(home, shelf, watched):
    index(home, shelf)
    (shelf / "b.html").unlink()
    (home / READINGS / ".half-written").write_bytes(b"x")
    index(home, shelf)
    (only,) = (home / READINGS).iterdir()
    assert b"It is A." in only.read_bytes()


def test_nothing_fails_for_want_of_what_is_kept(home, shelf, watched, monkeypatch):
    def full(path: Path, _raw: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert len(index(home, shelf).changes.added) == 2
    assert not any((home / READINGS).iterdir())


def test_a_dry_run_of_another_shelf_forgets_nothing(home, shelf, watched, tmp_path):
    index(home, shelf)
    index(home, write(tmp_path / "other", {"o.txt": "It is O."}), dry_run=True)
    watched.taken()
    index(home, shelf)
    assert watched.taken() == []


def test_another_way_of_reading_reads_everything_anew(home, shelf, watched, monkeypatch):
    index(home, shelf)
    watched.taken()
    monkeypatch.setattr(kept, "_recipe", lambda: "another")
    index(home, shelf)
    assert len(watched.taken()) == 2


@pytest.mark.skipif(sources.AT_A_TIME < 2, reason="needs two processors")
def test_two_are_read_at_a_time(home, shelf, watched, monkeypatch):
    both = threading.Barrier(2)
    real = watched.read

    def read(*given: object, **more: object) -> object:
        both.wait(60)
        return real(*given, **more)

    monkeypatch.setattr(watched, "read", read)
    assert len(index(home, shelf).changes.added) == 2
