"""A version that is served: nothing that becomes of its files is quoted as the source, or kills."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from summitqa.errors import IndexDamagedError
from summitqa.folder import held
from summitqa.folder.paged import BLOCK, Paged
from summitqa.folder.store import FILES, TEXT, TOKENS
from tests.fakes import index, library, write
from tests.faults.common import child, copied, ended

QUESTION = "What is the number of gate 7?"


def shelf(folder: Path, word: str = "number") -> Path:
    lines = "\n\n".join(
        f"The {word} of gate {n} is {n * 37}, as the keeper wrote." for n in range(200)
    )
    return write(folder, {"gates.txt": lines, "other.txt": "The bell rings at noon."})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    index(folder / "home", shelf(folder / "s"))
    return folder / "home"


@pytest.fixture(params=["in memory", "paged"])
def home(
    request: pytest.FixtureRequest, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    if request.param == "paged":
        monkeypatch.setattr(held, "IN_MEMORY", 0, raising=False)
    return copied(built, tmp_path / "home")


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x" * path.stat().st_size)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "overwritten": overwrite,
    "cut": lambda path: os.truncate(path, 0),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "replaced": lambda path: (
        path.with_name("new").write_bytes(b"x"),
        path.with_name("new").replace(path),
    ),
    "removed": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", FILES)
def test_what_becomes_of_a_served_file_is_never_quoted_and_never_kills(home, name, damage):
    def work() -> None:
        served = library(home)
        path = served.store.folder / name
        truth = path.parent.joinpath(TEXT).read_text()
        DAMAGE[damage](path)
        for number in (7, 199):
            try:
                found = served.ask(f"What is the number of gate {number}?")
            except IndexDamagedError as error:
                assert error.files == (name,), error.files
            else:
                for match in found.matches:
                    assert match.citation.quote in truth
                    assert match.citation.article.text in truth

    assert ended(child(work)) == 0


def test_one_damaged_file_is_one_sentence_and_a_line_in_the_log_until_a_good_version_comes(
    home, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(held, "IN_MEMORY", 0)
    served = library(home)
    overwrite(served.store.folder / TOKENS)
    with pytest.raises(IndexDamagedError, match=f"damaged: {TOKENS} is not what") as caught:
        served.ask(QUESTION)
    assert "\n" not in str(caught.value)
    assert str(served.store.folder / TOKENS) in caplog.text
    assert QUESTION not in caplog.text
    index(home, shelf(tmp_path / "s", "figure"))
    assert served.refresh()
    assert served.ask("What is the figure of gate 7?").matches


def test_what_is_not_damaged_goes_on_being_answered(home, monkeypatch):
    monkeypatch.setattr(held, "IN_MEMORY", 0)
    served = library(home)
    path = served.store.folder / TEXT
    with path.open("r+b") as file:
        file.write(b"x")
    with pytest.raises(IndexDamagedError):
        served.ask("What is the number of gate 7?", article="gates")
    assert served.ask("When does the bell ring?", article="other").matches


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5, 300 * BLOCK])
def test_slices_are_those_of_the_bytes(tmp_path, size):
    raw = random.Random(size).randbytes(size)
    (tmp_path / "f").write_bytes(raw)
    with (tmp_path / "f").open("rb") as file:
        paged = Paged(file.fileno(), size, lambda: ValueError("changed"))
    assert len(paged) == size
    for start, end in [
        (0, size),
        (0, 0),
        (size, size),
        (size // 3, size // 2),
        (size - 1, size + 9),
        (5, 2),
    ]:
        assert paged[start:end] == raw[start:end]


def test_every_flipped_byte_is_found_where_it_is_and_nowhere_else(tmp_path):
    path = tmp_path / "f"
    raw = random.Random(1).randbytes(5 * BLOCK + 9)
    path.write_bytes(raw)
    with path.open("rb") as file:
        paged = Paged(file.fileno(), len(raw), lambda: ValueError("changed"))
    for place in (0, BLOCK - 1, BLOCK, 3 * BLOCK, len(raw) - 1):
        changed = bytearray(raw)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ValueError, match="changed"):
            paged[place : place + 1]
        far = (place + 2 * BLOCK) % len(raw)
        assert paged[far : far + 1] == raw[far : far + 1]
    path.write_bytes(raw)
    assert paged[:] == raw
