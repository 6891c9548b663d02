"""Large files that are mapped: the bytes that were checked, or an error; and arrays laid for it."""

import io
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from summitqa.folder.arrays import load_arrays
from summitqa.folder.mapped import Mapped
from tests.fakes import dump_arrays

RAW = bytes(range(256)) * 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "f").write_bytes(RAW)
    os.utime(tmp_path / "f", (1, 1))
    return tmp_path / "f"


@pytest.fixture
def mapped(path: Path) -> Mapped:
    return opened(path)


def opened(path: Path) -> Mapped:
    with path.open("rb") as file:
        return Mapped(file.fileno(), path.stat().st_size, lambda: ValueError("changed"))


def test_what_lies_in_a_file_is_seen_and_counted(mapped):
    mapped.check()
    assert bytes(mapped.view) == RAW
    assert len(mapped) == len(RAW)


@pytest.mark.parametrize("harmless", [
    lambda path: path.touch(),
    lambda path: path.chmod(0o600),
    lambda path: path.rename(path.with_name("g")),
    lambda path: path.unlink(),
    lambda path: shutil.copy(path, path.with_name("g")),
    lambda path: os.link(path, path.with_name("g")),
])  # fmt: skip
def test_a_file_that_says_what_it_said_is_good_again(path, mapped, harmless):
    harmless(path)
    mapped.check()
    mapped.check()
    assert bytes(mapped.view) == RAW


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x")


@pytest.mark.parametrize("change", [
    lambda path: os.truncate(path, 0),
    lambda path: os.truncate(path, len(RAW) + 1),
    overwrite,
])  # fmt: skip
def test_a_file_that_was_changed_is_refused_until_it_is_as_it_was(path, mapped, change):
    change(path)
    for _ in range(2):
        with pytest.raises(ValueError, match="changed"):
            mapped.check()
    with path.open("r+b") as file:
        file.write(RAW)
        file.truncate()
    os.utime(path, (2, 2))
    mapped.check()


def failing(*_: object) -> None:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize("call", ["fstat", "pread"])
def test_a_disk_that_fails_is_told_as_a_change(path, mapped, monkeypatch, call):
    path.touch()
    with pytest.raises(ValueError, match="changed") as caught, monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        mapped.check()
    assert isinstance(caught.value.__cause__, OSError)


def test_what_is_known_to_be_changed_is_not_read_again(path, mapped, monkeypatch):
    overwrite(path)
    with pytest.raises(ValueError, match="changed"):
        mapped.check()
    with pytest.raises(ValueError, match="changed") as caught, monkeypatch.context() as patch:
        patch.setattr(os, "pread", failing)
        mapped.check()
    assert caught.value.__cause__ is None


ARRAYS = {
    "numbers": np.arange(9, dtype=np.int64),
    "of another length": np.ones((3, 2), np.float32),
    "none": np.zeros(0, np.uint8),
    "bytes": np.frombuffer(b"abc", np.uint8),
}


def test_arrays_lie_where_they_can_be_used_and_any_reader_reads_them(tmp_path):
    raw = dump_arrays(**ARRAYS)
    (tmp_path / "f").write_bytes(raw)
    plain = np.load(io.BytesIO(raw), allow_pickle=False)
    for found in (load_arrays(raw), load_arrays(opened(tmp_path / "f"))):
        assert list(found) == list(ARRAYS)
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(found[name], array)
            np.testing.assert_array_equal(plain[name], array)
            assert found[name].dtype == array.dtype
            assert not found[name].flags.owndata
            assert not found[name].flags.writeable


def test_arrays_that_were_laid_otherwise_are_copied(tmp_path):
    buffer = io.BytesIO()
    np.savez(buffer, **ARRAYS)
    for name, array in load_arrays(buffer.getvalue()).items():
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert array.flags.aligned
