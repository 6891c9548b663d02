"""A build that was interrupted goes on where it was, and trusts nothing that it finds unverified."""

import io
import logging
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from summitqa.errors import CalledOffError, IndexDamagedError
from summitqa.library import VERSIONS
from summitqa_bot.commands.terminal import progress_bar
from summitqa_index import build as building
from summitqa_index.folder.stored import stored
from summitqa_index.folder.writer import Writer
from summitqa_index.journal import JOURNAL, Journal, _record
from tests.fakes import CountingEncoder, index, library, write

PASSAGES = 200


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    texts = [f"Stone {n} stands upright. It is number {n * 7}." for n in range(PASSAGES)]
    return write(tmp_path / "shelf", {"a.txt": "\n\n".join(texts)})


class Mortal(CountingEncoder):
    """Does something in the middle of a passage."""

    def __init__(self, after: int, then: Callable[[], object]) -> None:
        super().__init__()
        self._after, self._then = after, then

    def encode(self, text, before=""):
        if len(self.texts) == self._after:
            self._then()
        return super().encode(text, before)


def killed(home: Path, shelf: Path, after: int) -> None:
    """Build in a child that is killed when it has embedded so many passages."""

    def work() -> None:
        index(home, shelf, encoder=Mortal(after, lambda: os.kill(os.getpid(), signal.SIGKILL)))

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


def same_as_fresh(home: Path, shelf: Path) -> bool:
    index(home.parent / "fresh", shelf)
    found, fresh = library(home).store, library(home.parent / "fresh").store
    return all(
        (found.folder / name).read_bytes() == (fresh.folder / name).read_bytes()
        for name in ("tokens.i8", "tables.npz", "sentences.faiss")
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_kill_only_what_was_not_embedded_is_embedded(home, shelf):
    killed(home, shelf, 150)
    encoder = CountingEncoder()
    report = index(home, shelf, encoder=encoder)
    assert len(encoder.texts) == report.embedded
    assert PASSAGES - 150 <= report.embedded <= PASSAGES - 128  # whole batches are kept for sure
    assert same_as_fresh(home, shelf)
    assert not (home / JOURNAL).exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_build_that_is_killed_again_and_again_comes_to_its_end(home, shelf):
    for _ in range(3):
        killed(home, shelf, 65)
    encoder = CountingEncoder()
    index(home, shelf, encoder=encoder)
    assert len(encoder.texts) <= 8
    assert same_as_fresh(home, shelf)


def cancelled(home: Path, shelf: Path) -> bytes:
    """Call a build off once it has embedded 150 passages; give the journal it left."""
    flag = threading.Event()
    with pytest.raises(CalledOffError):
        index(home, shelf, encoder=Mortal(150, flag.set), cancelled=flag)
    return (home / JOURNAL).read_bytes()


def test_after_a_cancel_too(home, shelf):
    cancelled(home, shelf)
    encoder = CountingEncoder()
    index(home, shelf, encoder=encoder)
    assert len(encoder.texts) <= PASSAGES - 150


@pytest.mark.parametrize("place", [0, 17, 40, 5000, -3])
def test_a_record_that_was_damaged_is_not_used_nor_any_after_it(home, shelf, place):
    raw = bytearray(cancelled(home, shelf))
    raw[place] ^= 1
    (home / JOURNAL).write_bytes(raw)
    encoder = CountingEncoder()
    index(home, shelf, encoder=encoder)
    assert 0 < len(encoder.texts) <= PASSAGES
    assert same_as_fresh(home, shelf)


@pytest.mark.parametrize("size", [0, 1, 29, 100, 10_000])
def test_a_journal_that_was_cut_off_is_used_as_far_as_it_goes(home, shelf, size):
    raw = cancelled(home, shelf)
    (home / JOURNAL).write_bytes(raw[:size])
    index(home, shelf)
    assert same_as_fresh(home, shelf)


def test_what_is_no_journal_is_in_nobodys_way(home, shelf):
    home.mkdir()
    (home / JOURNAL).symlink_to(shelf / "a.txt")
    before = (shelf / "a.txt").read_bytes()
    assert index(home, shelf).embedded == PASSAGES
    assert (shelf / "a.txt").read_bytes() == before


def forged(home: Path, shelf: Path, **change: Any) -> None:
    """Leave a journal with a sound record for every passage but for what is changed."""
    index(home, shelf)
    store = library(home).store
    raw = b""
    for row, key in enumerate(store.tables.keys):
        raw += _record(key.tobytes(), replace(stored(store, row), **change))
    shutil.rmtree(home / VERSIONS)
    (home / JOURNAL).write_bytes(raw)


TOKENS = 10  # of every passage of the shelf: two sentences of four words and a full stop each


@pytest.mark.parametrize("change", [
    {"tokens": np.ones((TOKENS, 7), np.int8)}, {"firsts": np.array([1, 4])}, {"firsts": np.array([0, 0])},
    {"firsts": np.array([0, 99])}, {"firsts": np.array([0, -1])}, {"firsts": np.array([0, 4, 5])},
    {"pieces": np.full(TOKENS, -5)}, {"pieces": np.full(TOKENS, 10**9)},
    {"scales": np.full(TOKENS, np.nan)}, {"scales": np.full(TOKENS, np.inf)}, {"norms": np.full(TOKENS, np.nan)},
    {"norms": np.full(TOKENS, -1.0)}, {"norms": np.full(TOKENS, 1e38)},
])  # fmt: skip
def test_a_record_that_is_sealed_but_cannot_be_is_embedded_anew(home, shelf, change):
    forged(home, shelf, **change)
    assert index(home, shelf).embedded == PASSAGES
    assert same_as_fresh(home, shelf)


def test_a_record_that_is_sound_is_taken(home, shelf):
    forged(home, shelf)
    assert index(home, shelf).embedded == 0


@pytest.mark.parametrize("error", [ValueError("no"), IndexDamagedError("no", [])])
def test_a_build_that_fails_leaves_no_journal(home, shelf, monkeypatch, error):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Writer, "finish", fail)
    with pytest.raises(type(error)):
        index(home, shelf)
    assert not (home / JOURNAL).exists()


def test_another_model_uses_nothing_of_it(home, shelf):
    cancelled(home, shelf)
    other = CountingEncoder()
    other.checksum = "another"
    assert index(home, shelf, encoder=other).embedded == PASSAGES


def test_a_disk_with_no_room_for_the_journal_is_no_reason_to_fail(home, shelf, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "_scan", full)
    assert index(home, shelf).embedded == PASSAGES
    assert len(list((home / VERSIONS).iterdir())) == 1


def test_a_long_build_logs_how_far_it_is(home, shelf, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    index(home, shelf)
    assert "embedding" not in caplog.text  # a short one does not
    monkeypatch.setattr(building, "LOG_SECONDS", 0.0)
    index(home, shelf, force=True)
    assert f"embedding: 64 of {PASSAGES}" in caplog.text


@pytest.mark.parametrize("logged", [True, False])
def test_without_a_terminal_a_line_says_how_far_it_is_once(home, shelf, monkeypatch, logged):
    monkeypatch.setattr(building, "LOG_SECONDS", 0.0)
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.NullHandler()] * logged)
    console = Console(file=io.StringIO(), width=100)
    with progress_bar(console) as tell:
        index(home, shelf, tell=tell)
    said = console.file.getvalue()
    assert (f"Embedding passages: 64 of {PASSAGES}" in said) is not logged
    assert "\x1b" not in said
