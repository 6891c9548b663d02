"""How a version's file is held: in memory up to a size, else on the disk; either way checked."""

import logging
from pathlib import Path
from typing import Any

import pytest

from summitqa.errors import IndexDamagedError
from summitqa.files import Manifest, write_durably
from summitqa.folder import held
from summitqa.folder.held import hold_verified, map_verified
from summitqa.folder.mapped import Mapped
from summitqa.folder.paged import Paged

RAW = b"what was checked" * 10
WAYS = [(hold_verified, Paged), (map_verified, Mapped)]


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return Manifest({}, {"f": write_durably(tmp_path / "f", RAW)})


def read(kept: Any) -> bytes:
    if isinstance(kept, Mapped):
        kept.check()
        return bytes(kept.view)
    return kept[:]


@pytest.mark.parametrize(("way", "kind"), WAYS)
@pytest.mark.parametrize("over", [-1, 0, 1])
def test_up_to_a_size_it_is_in_memory(tmp_path, manifest, monkeypatch, way, kind, over):
    monkeypatch.setattr(held, "IN_MEMORY", len(RAW) - over)
    kept = way(tmp_path, manifest, "f")
    assert isinstance(kept, kind if over > 0 else bytes)
    assert read(kept) == RAW


@pytest.mark.parametrize("way", [way for way, _ in WAYS])
@pytest.mark.parametrize("most", [0, 1 << 20])
def test_what_is_not_what_the_manifest_says_is_refused(tmp_path, manifest, monkeypatch, way, most):
    monkeypatch.setattr(held, "IN_MEMORY", most)
    (tmp_path / "f").write_bytes(RAW[:-1] + b"?")
    with pytest.raises(IndexDamagedError) as caught:
        way(tmp_path, manifest, "f")
    assert caught.value.files == ("f",)


@pytest.mark.parametrize("way", [way for way, _ in WAYS])
def test_what_changes_later_is_refused_and_logged(tmp_path, manifest, monkeypatch, caplog, way):
    monkeypatch.setattr(held, "IN_MEMORY", 0)
    kept = way(tmp_path, manifest, "f")
    with (tmp_path / "f").open("r+b") as file:
        file.write(b"?")
    with caplog.at_level(logging.ERROR), pytest.raises(IndexDamagedError) as caught:
        read(kept)
    assert caught.value.files == ("f",)
    assert [str(tmp_path / "f") in one.message for one in caplog.records] == [True]


def test_sixteen_megabytes_are_held():
    assert held.IN_MEMORY == 16 * 1024 * 1024
