"""``summitqa index`` on bad input: one sentence, exit code 2, and the index in use is unharmed."""

import os
from pathlib import Path

import pytest

from summitqa.folder.store import FILES
from summitqa.library import VERSIONS
from summitqa_bot.commands import cli
from tests.command import ran
from tests.fakes import FakeEncoder, index, library, write


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shelf = write(tmp_path / "good", {"door.txt": "The door is red."})
    index(tmp_path / "home", shelf)
    return tmp_path / "home"


@pytest.fixture
def run(home, capsys, monkeypatch):
    """Run the command in this process with the fake encoder; give (code, out, err)."""
    monkeypatch.setenv("SUMMITQA_HOME", str(home))
    monkeypatch.chdir(home.parent)
    monkeypatch.setattr(cli.assemble, "load_encoder", lambda *_: FakeEncoder())
    monkeypatch.setenv("COLUMNS", "1000")

    def command(*arguments: str) -> tuple[int, str, str]:
        return ran(monkeypatch, capsys, *arguments)

    return command


def bad_sources(folder: Path) -> dict[str, tuple[str, str]]:
    """Give each kind of bad source: its path, and a part of the sentence about it."""
    write(
        folder,
        {
            "empty.md": "",
            "binary.txt": os.urandom(4096),
            "latin.txt": "Grüße".encode("latin-1"),
            "big.txt": b"word " * 10_000_000,
            "nothing/image.png": b"\x89PNG",
            "junk.pdf": b"junk",
        },
    )
    (folder / "bare").mkdir()
    (folder / "loop.txt").symlink_to("loop.txt")
    return {
        "empty": ("empty.md", "is empty"),
        "binary": ("binary.txt", "looks like a binary file"),
        "wrong encoding": ("latin.txt", "UTF-8 is expected"),
        "50 MB": ("big.txt", "larger than 10 MB"),
        "no article": ("nothing", "No article could be read"),
        "bare folder": ("bare", "holds no article"),
        "missing": ("none.txt", "There is no file or folder"),
        "unreadable": ("loop.txt", "cannot be read"),
        "broken": ("junk.pdf", "is not a readable PDF"),
        "a URL": ("https://site.example/a", "SUMMITQA_ALLOW_URLS=1"),
        "a number": ("\x1b[31m", "\\x1b[31m"),
    }


@pytest.mark.parametrize("kind", [
    "empty", "binary", "wrong encoding", "50 MB", "no article", "bare folder", "missing",
    "unreadable", "broken", "a URL", "a number",
])  # fmt: skip
def test_bad_input_is_one_sentence_and_harms_nothing(run, home, tmp_path, kind):
    name, sentence = bad_sources(tmp_path / "bad")[kind]
    before = library(home).store.version
    path = name if "://" in name else str(tmp_path / "bad" / name)
    for arguments in (["index", path], ["index", "--dry-run", path], ["index", "--json", path]):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        lines = [line for line in err.splitlines() if line.strip() and "Reading" not in line]
        assert len(lines) == 1
        assert sentence in lines[0]
        assert lines[0].endswith(".")
        assert "\x1b" not in lines[0]
    assert library(home).store.version == before
    assert run("verify")[0] == 0
    assert sorted(p.name for p in home.iterdir()) == [
        "CURRENT",
        "index.lock",
        "readings",
        "versions",
    ]


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_damaged_index_is_named_by_every_command_and_can_be_mended(run, home, name):
    file = library(home).store.folder / name
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 3] ^= 16
    file.write_bytes(raw)
    for arguments in (["ask", "Which colour is the door?"], ["status"], ["chat"]):
        code, _, err = run(*arguments)
        assert code == 4
        assert f"{name} is not what its manifest says" in err
        assert "Traceback" not in err
    code, out, _ = run("verify")
    assert (code, out) == (3, f"damaged: {name}\n")
    code, _, _ = run("index", str(home.parent / "good"))
    assert code == 0
    assert run("verify") == (0, "every file is whole\n", "")
    assert run("ask", "Which colour is the door?")[0] in {0, 1}


def test_a_damaged_current_is_named_and_not_taken_for_a_fresh_start(run, home):
    (home / "CURRENT").write_text("nothing")
    code, _, err = run("ask", "Which colour is the door?")
    assert code == 4
    assert "CURRENT" in err
    assert run("verify")[0] == 3
    assert run("rollback")[0] == 0
    assert run("verify")[0] == 0


def test_an_index_by_another_model_is_one_sentence(run, home, monkeypatch):
    other = FakeEncoder()
    other.checksum = "another"
    monkeypatch.setattr(cli.assemble, "load_encoder", lambda *_: other)
    code, _, err = run("ask", "Which colour is the door?")
    assert code == 2
    assert "SUMMITQA_MODEL" in err
    assert "summitqa index" in err


def test_an_index_of_another_format_is_one_sentence(run, home, monkeypatch):
    monkeypatch.setattr("summitqa.files.FORMAT", 2)
    code, _, err = run("status")
    assert code == 2
    assert "has format 1, but this SummitQA reads format 2" in err


def test_versions_rollback_and_the_dry_run_through_the_command(run, home, tmp_path):
    shelf = tmp_path / "good"
    first = library(home).store.version
    write(shelf, {"door.txt": "The door is \x1b[31mblue.", "wall.txt": "The wall is white."})
    code, out, _ = run("index", "--dry-run", str(shelf))
    assert code == 0
    assert "The door is red." in out
    assert "The wall is white." in out
    assert out.index("The wall is white.") < out.index("unchanged")
    assert "\x1b" not in out
    assert library(home).store.version == first
    assert run("index", str(shelf))[0] == 0
    code, out, _ = run("index", str(shelf))
    assert "nothing has changed" in out
    listed = run("versions")[1]
    assert first in listed
    assert listed.count("in use") == 1
    assert first in run("rollback", first)[1]
    assert run("rollback")[0] == 2
    assert run("rollback", "nonsense")[0] == 2
    assert len(list((home / VERSIONS).iterdir())) == 2
