"""Large files that are read where needed: the bytes that were checked, or an error."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from summitqa.folder import paged as module
from summitqa.folder.paged import BLOCK, Paged

RAW = os.urandom(5 * BLOCK + 100)
EDGES = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 5 * BLOCK, len(RAW) - 1, len(RAW)]


@pytest.fixture(params=[1, 2, None])
def path(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch) -> Path:
    if request.param:
        monkeypatch.setattr(module, "_AT_A_TIME", request.param * BLOCK)
    (tmp_path / "f").write_bytes(RAW)
    return tmp_path / "f"


@pytest.fixture
def paged(path: Path) -> Iterator[Paged]:
    with path.open("rb") as file:
        made = Paged(file.fileno(), len(RAW), lambda: ValueError("changed"))
    yield made  # its file is closed, its own descriptor is not


def test_it_is_sliced_as_bytes_are(paged):
    assert len(paged) == len(RAW)
    assert all(paged[a:b] == RAW[a:b] for a in EDGES for b in EDGES)
    assert paged[-3:] == RAW[-3:] and paged[: len(RAW) + 9] == RAW


def test_its_digest_is_that_of_the_whole_file(paged):
    assert paged.sha256 == hashlib.sha256(RAW).hexdigest()


@pytest.mark.parametrize("block", range(6))
def test_a_block_that_was_changed_is_refused_and_no_other(path, paged, block):
    with path.open("r+b") as file:
        file.seek(block * BLOCK + 50)
        file.write(bytes([RAW[block * BLOCK + 50] ^ 1]))
    for other in range(6):
        span = slice(other * BLOCK, other * BLOCK + 10)
        if other == block:
            with pytest.raises(ValueError, match="changed"):
                paged[span]
        else:
            assert paged[span] == RAW[span]


def test_a_file_that_was_cut_is_refused_where_it_is_missing(path, paged):
    os.truncate(path, 2 * BLOCK)
    assert paged[: 2 * BLOCK] == RAW[: 2 * BLOCK]
    with pytest.raises(ValueError, match="changed"):
        paged[2 * BLOCK : 2 * BLOCK + 1]


def test_a_file_that_is_shorter_than_was_said_is_refused(path):
    with path.open("rb") as file, pytest.raises(ValueError, match="changed"):
        Paged(file.fileno(), len(RAW) + 1, lambda: ValueError("changed"))


def test_a_disk_that_fails_is_told_as_a_change(paged, monkeypatch):
    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(ValueError, match="changed") as caught:
        paged[:1]
    assert isinstance(caught.value.__cause__, OSError)


def test_of_each_block_eight_bytes_are_kept(paged):
    assert len(paged._digests) == 6 * 8


def test_the_descriptor_is_given_back(path):
    with path.open("rb") as file:
        made = Paged(file.fileno(), len(RAW), ValueError)
        held = made._descriptor
    os.fstat(held)
    del made
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(held)
