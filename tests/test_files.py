"""A version's folder: damage of any kind is found before any of it is used."""

import json
import os
from pathlib import Path

import pytest

from summitqa.errors import IndexDamagedError, IndexMismatchError, UnreadableError
from summitqa.files import (
    FORMAT,
    MANIFEST,
    Manifest,
    Sink,
    _seal,
    broken_files,
    make_folder,
    read_manifest,
    read_verified,
    write_durably,
)
from summitqa.folder.held import hold_verified
from tests.nobody import nobody

FACTS = {"model": "m", "sources": ["/a/ü"], "count": 3}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {name: write_durably(tmp_path / name, name.encode() * 9) for name in ("one", "two")}
    write_durably(tmp_path / MANIFEST, Manifest(FACTS, files).dump())
    return tmp_path


def test_what_was_written_is_read_back_whole(folder):
    manifest = read_manifest(folder)
    assert manifest.facts == FACTS
    assert read_verified(folder, manifest, "one") == b"one" * 9
    assert bytes(hold_verified(folder, manifest, "two")) == b"two" * 9
    assert broken_files(folder, manifest) == []


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[5] ^= 4
    path.write_bytes(raw)


DAMAGE = {
    "flipped": flip,
    "truncated": lambda path: os.truncate(path, 5),
    "extended": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "emptied": lambda path: path.write_bytes(b""),
    "swapped": lambda path: path.write_bytes(b"xyz" * 9),
    "removed": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a link": lambda path: path.rename(path.with_name("x")) and path.symlink_to("x"),
    "enormous": lambda path: os.truncate(path, 2**40),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_damage_is_found_by_every_way_in(folder, damage):
    manifest = read_manifest(folder)
    if damage == "a link":
        (folder / "one").rename(folder / "x")
        (folder / "one").symlink_to(folder / "x")
    elif damage == "enormous" and not sparse(folder):
        pytest.skip("needs a file system with files of 1 TB")
    else:
        DAMAGE[damage](folder / "one")
    for read in (read_verified, hold_verified):
        with pytest.raises(IndexDamagedError, match="one is not what its manifest says") as caught:
            read(folder, manifest, "one")
        assert caught.value.files == ("one",)
    assert "one" in broken_files(folder, manifest)


def sparse(folder: Path) -> bool:
    try:
        os.truncate(folder / "two", 2**40)
    except OSError:
        return False
    return True


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"null", b"7", b"\xff", b"{}", b'{"seal": 1}', b"[" * 100_000,
    b'{"seal": "x", "format": 1, "facts": {}, "files": {}}',
])  # fmt: skip
def test_a_manifest_that_is_none_is_named(folder, content):
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(IndexDamagedError, match=MANIFEST):
        read_manifest(folder)


def test_every_bit_of_a_manifest_counts(folder):
    raw = (folder / MANIFEST).read_bytes()
    for bit in range(0, len(raw) * 8, 7):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        (folder / MANIFEST).write_bytes(changed)
        with pytest.raises(IndexDamagedError):
            read_manifest(folder)


@pytest.mark.parametrize("change", [lambda raw: raw + b"\n", lambda raw: raw.replace(b" ", b"\t")])
def test_a_manifest_that_means_the_same_but_is_not_the_same_is_damaged(folder, change):
    (folder / MANIFEST).write_bytes(change((folder / MANIFEST).read_bytes()))
    with pytest.raises(IndexDamagedError):
        read_manifest(folder)


def test_another_format_is_no_damage_and_says_what_to_do(folder):
    body = {"format": FORMAT + 1, "facts": {}, "files": {}}
    (folder / MANIFEST).write_text(json.dumps({"seal": _seal(body), **body}))
    with pytest.raises(IndexMismatchError, match=f"format {FORMAT + 1}.*summitqa index"):
        read_manifest(folder)


def test_a_sink_describes_what_it_was_given_not_what_the_disk_has(tmp_path):
    sink = Sink(tmp_path / "file")
    sink.write(b"one")
    sink.write(b"two")
    size, digest = sink.finish()
    assert (size, digest) == write_durably(tmp_path / "other", b"onetwo")
    assert (tmp_path / "file").read_bytes() == b"onetwo"


def test_folders_are_made_down_to_the_last(tmp_path):
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


@pytest.mark.parametrize("name", ["one", MANIFEST])
def test_a_file_that_may_not_be_read_is_not_called_damaged(open_folder, name):
    files = {"one": write_durably(open_folder / "one", b"one" * 9)}
    write_durably(open_folder / MANIFEST, Manifest(FACTS, files).dump())
    manifest = read_manifest(open_folder)
    (open_folder / name).chmod(0)
    reads = {
        "one": (lambda: hold_verified(open_folder, manifest, "one"),
                lambda: read_verified(open_folder, manifest, "one"),
                lambda: broken_files(open_folder, manifest)),
        MANIFEST: (lambda: read_manifest(open_folder),),
    }  # fmt: skip
    for read in reads[name]:
        with nobody(), pytest.raises(UnreadableError, match=r"cannot be read \(Perm") as caught:
            read()
        assert name in str(caught.value)
        assert "damaged" not in str(caught.value)
