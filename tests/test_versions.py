"""Versions: going back, checking, clearing away, and one builder at a time."""

import errno
import multiprocessing
import os
import re
import shutil
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from summitqa.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    InputError,
    RejectedError,
)
from summitqa.files import MANIFEST
from summitqa.folder.store import FILES, TOKENS
from summitqa.library import CURRENT, VERSIONS, current_version
from summitqa_index import versions
from summitqa_index.build import Progress
from tests.fakes import index, library, publisher, write


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def built(home: Path, count: int, **settings: int) -> list[str]:
    """Build so many versions, each of another text; name them, the oldest first."""
    shelf = home.parent / "shelf"
    return [
        str(index(home, write(shelf, {"a.txt": f"This is version {n}."}), **settings).index_version)
        for n in range(count)
    ]


def test_versions_are_listed_newest_first_and_the_one_in_use_is_marked(home):
    first, second = built(home, 2)
    assert [(v.id, v.in_use, v.articles, v.passages) for v in versions.listed(publisher(home))] == [
        (second, True, 1, 1),
        (first, False, 1, 1),
    ]


def test_versions_built_within_one_second_keep_their_order(home, monkeypatch):
    names = built(home, 3)
    assert names == sorted(names)
    # … and so does one built after the clock was set back.
    monkeypatch.setattr(versions, "datetime", Past)
    assert versions.new_id(names) > names[-1]


class Past(versions.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2001, 1, 1, tzinfo=tz)


def test_rollback_goes_back_one_at_a_time_or_to_a_named_one(home):
    first, second, third = built(home, 3)
    assert versions.rollback(publisher(home)) == second
    assert versions.rollback(publisher(home)) == first
    with pytest.raises(InputError, match=f"no version before {first}"):
        versions.rollback(publisher(home))
    assert versions.rollback(publisher(home), third) == third
    assert current_version(home) == third
    assert library(home).store.version == third


def test_what_was_rolled_back_from_does_not_come_back_unasked(home):
    first, second = built(home, 2)
    shelf = home.parent / "shelf"
    versions.rollback(publisher(home))
    for _ in range(2):
        with pytest.raises(
            RejectedError, match=f"{second} says, which was rolled.*--force"
        ) as held:
            index(home, shelf)
        assert held.value.exit_code == 2
    assert current_version(home) == first
    third = index(home, shelf, force=True).index_version
    assert current_version(home) == third
    write(shelf, {"b.txt": "Another is here."})
    assert index(home, shelf).switched
    (shelf / "b.txt").unlink()
    assert index(home, shelf).switched  # forced once, it is as good as any other


def test_each_version_gone_back_from_is_remembered_and_what_is_changed_is_built(home):
    built(home, 3)
    shelf = home.parent / "shelf"
    versions.rollback(publisher(home))
    versions.rollback(publisher(home))
    for said in ("This is version 1.", "This is version 2."):
        with pytest.raises(RejectedError):
            index(home, write(shelf, {"a.txt": said}))
    assert not index(home, write(shelf, {"a.txt": "This is version 0."})).switched
    assert index(home, write(shelf, {"a.txt": "This is version 4."})).switched
    with pytest.raises(RejectedError):
        index(home, write(shelf, {"a.txt": "This is version 1."}))


def test_to_go_forward_to_a_version_again_is_to_want_it(home):
    _first, second = built(home, 2)
    shelf = home.parent / "shelf"
    versions.rollback(publisher(home))
    assert versions.rollback(publisher(home), second) == second
    assert index(home, write(shelf, {"a.txt": "This is version 0."})).switched
    assert index(home, write(shelf, {"a.txt": "This is version 1."})).switched


def test_a_damaged_version_that_was_gone_back_from_is_built_again(home):
    _, second = built(home, 2)
    (home / VERSIONS / second / TOKENS).write_bytes(b"")
    versions.rollback(publisher(home))
    assert index(home, home.parent / "shelf").switched


def test_what_is_remembered_as_rejected_can_be_damaged_and_still_be_gone_back(home):
    first, *_ = built(home, 3)
    versions.rollback(publisher(home))
    (home / "REJECTED").write_bytes(b"\xff nonsense")
    with pytest.raises(IndexDamagedError, match="REJECTED is damaged"):
        index(home, home.parent / "shelf")
    assert versions.rollback(publisher(home)) == first


@pytest.mark.parametrize("name", ["nope", "../home", "..", "", ".", "a/b", "\0"])
def test_a_version_that_is_none_is_refused_by_name(home, name):
    built(home, 1)
    before = current_version(home)
    for action in (versions.rollback, versions.verify):
        with pytest.raises(InputError, match="There is no version"):
            action(publisher(home), name)
    assert current_version(home) == before


def test_rollback_to_a_damaged_version_is_refused_and_names_the_file(home):
    first, second = built(home, 2)
    (home / VERSIONS / first / TOKENS).write_bytes(b"")
    with pytest.raises(IndexDamagedError, match=re.escape(TOKENS)):
        versions.rollback(publisher(home))
    assert current_version(home) == second


def test_rollback_from_a_damaged_version_works(home):
    first, second = built(home, 2)
    (home / VERSIONS / second / MANIFEST).write_bytes(b"")
    assert versions.rollback(publisher(home)) == first
    assert library(home).ask("Which version is this?").matches


@pytest.mark.parametrize("content", [b"", b"nope", b"\xff\xfe", b"../../etc", b"\0", b"x" * 10**6])
def test_a_damaged_current_is_no_fresh_start_and_rollback_mends_it(home, content):
    names = built(home, 2)
    (home / CURRENT).write_bytes(content)
    with pytest.raises(IndexDamagedError, match="CURRENT"):
        current_version(home)
    assert versions.verify(publisher(home)) == [CURRENT]
    assert versions.rollback(publisher(home)) == names[-1]
    assert current_version(home) == names[-1]


def test_without_an_index_there_is_nothing_to_verify_or_go_back_to(home):
    for action in (versions.rollback, versions.verify, lambda kept: kept.used()):
        with pytest.raises(IndexMissingError, match="summitqa index"):
            action(publisher(home))


def test_old_versions_go_and_the_one_in_use_stays_even_when_it_is_the_oldest(home):
    names = built(home, 4, keep_versions=3)
    assert {v.id for v in versions.listed(publisher(home))} == set(names[1:])
    versions.rollback(publisher(home), names[1])
    publisher(home).prune(1)
    assert {folder.name for folder in (home / VERSIONS).iterdir()} == {names[1]}


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_verify_names_each_damaged_file(home, name):
    built(home, 1)
    folder = library(home).store.folder
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / name).write_bytes(raw)
    assert versions.verify(publisher(home)) == [name]
    (folder / name).unlink()
    assert versions.verify(publisher(home)) == [name]


def test_verify_names_all_damaged_files_and_strangers(home):
    built(home, 1)
    assert versions.verify(publisher(home)) == []
    folder = library(home).store.folder
    (folder / TOKENS).write_bytes(b"")
    (folder / "stranger").write_bytes(b"")
    assert versions.verify(publisher(home)) == ["stranger", TOKENS]


def test_a_second_builder_is_told_since_when_and_by_whom(home):
    shelf = write(home.parent / "shelf", {"a.txt": "One is here."})
    caught: list[str] = []

    def tell(_: Progress) -> None:
        for attempt in (lambda: index(home, shelf), lambda: versions.rollback(publisher(home))):
            with pytest.raises(IndexBusyError) as error:
                attempt()
            caught.append(str(error.value))

    index(home, shelf, who="discord user 1", tell=tell)
    assert caught
    for sentence in caught:
        assert re.search(
            r"busy since 2\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, by discord user 1", sentence
        )
    assert index(home, shelf, force=True).switched


def _build(home: Path, shelf: Path, number: int, start, outcomes) -> None:
    start.wait()
    pause = threading.Event()
    try:
        report = index(home, shelf, who=f"builder {number}", tell=lambda _: pause.wait(0.05))
        outcomes.put(("built", report.index_version))
    except IndexBusyError as error:
        outcomes.put(("busy", str(error)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_of_builders_at_once_one_builds_and_the_others_are_told(home):
    shelf = write(home.parent / "shelf", {f"{n}.txt": f"Article {n} is here." for n in range(6)})
    context = multiprocessing.get_context("fork")
    start, outcomes = context.Event(), context.Queue()
    builders = [
        context.Process(target=_build, args=(home, shelf, n, start, outcomes)) for n in range(4)
    ]
    for builder in builders:
        builder.start()
    start.set()
    found = [outcomes.get(timeout=20) for _ in builders]
    for builder in builders:
        builder.join()
    assert sorted(kind for kind, _ in found) == ["built", "busy", "busy", "busy"]
    assert all(
        re.search(r"since .*, by builder \d|since a moment ago", t) for k, t in found if k == "busy"
    )
    assert versions.verify(publisher(home)) == []


def test_what_a_killed_build_left_is_cleared_away_by_the_next(home):
    names = built(home, 1)
    shutil.copytree(home / VERSIONS / names[0], home / VERSIONS / ".building-x")
    shutil.copytree(home / VERSIONS / names[0], home / VERSIONS / ".gone-x")
    (home / f".{CURRENT}-123").write_text("x")
    (home / "index.holder").write_text("since long ago, by nobody")
    assert [v.id for v in versions.listed(publisher(home))] == names
    built(home, 1)
    left = {path.name for path in [*home.iterdir(), *(home / VERSIONS).iterdir()]}
    assert left == {CURRENT, VERSIONS, "index.lock", "readings", *names}


def test_a_data_folder_that_may_not_be_written_is_one_sentence(home, tmp_path, monkeypatch):
    built(home, 2)

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    shelf = tmp_path / "shelf"
    for act in (lambda: index(home, shelf), lambda: versions.rollback(publisher(home))):
        with pytest.raises(InputError, match="can be written to: Read-only file system") as caught:
            act()
        assert "damaged" not in str(caught.value)


def test_an_index_that_may_not_be_read_is_not_taken_for_none(home, tmp_path, monkeypatch):
    built(home, 1)
    used = home / VERSIONS / current_version(home)
    real = os.open

    def refuse(path, *args, **kwargs):
        if Path(path) == used / TOKENS:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    for use in (
        lambda: index(home, tmp_path / "shelf"),
        lambda: library(home),
        lambda: versions.verify(publisher(home)),
    ):
        with pytest.raises(InputError, match=r"cannot be read \(Permission denied\)") as caught:
            use()
        assert not isinstance(caught.value, IndexDamagedError)
    assert current_version(home) == used.name
