"""An index that another version of SummitQA read otherwise: it answers, and the mend is told."""

import sys
from contextlib import closing
from pathlib import Path

import pytest

from summitqa.files import MANIFEST, Manifest, read_manifest, write_durably
from summitqa.folder.lexicon import Lexicon
from summitqa.folder.store import LEXICON
from summitqa.library import VERSIONS, current_version
from summitqa.settings import HOUSE
from summitqa_bot.commands import cli, doctor
from summitqa_bot.service import reports
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_index import build
from tests.fakes import CountingEncoder, dump_arrays, index, library, shelves, write

MEND = "summitqa index"
SENTENCE = "The door is red."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    index(tmp_path / "home", write(tmp_path / "shelf", {"door.txt": SENTENCE}))
    return tmp_path / "home"


@pytest.fixture(params=["before it was noted", "without headings", "another way"])
def older(home: Path, request: pytest.FixtureRequest) -> Path:
    """The home, its index as another version would have left it."""
    folder = home / VERSIONS / current_version(home)
    manifest = read_manifest(folder)
    facts = {name: fact for name, fact in manifest.facts.items() if name != "reading"}
    files = dict(manifest.files)
    if request.param == "another way":
        facts["reading"] = build.WAY + 1
    if request.param == "without headings":
        facts["reading"] = 2
        files[LEXICON] = write_durably(
            folder / LEXICON, dump_arrays(**Lexicon.build([SENTENCE]).arrays())
        )
    (folder / MANIFEST).write_bytes(Manifest(facts, files).dump())
    return home


def told(home: Path, capsys, monkeypatch) -> list[str]:
    """Give what each of those says that tell of an index: the doctor, both kinds of status."""
    monkeypatch.setattr(sys, "argv", ["summitqa", "--home", str(home), "status"])
    monkeypatch.chdir(home)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    (check,) = [one for one in doctor.examine(Settings(home=home), ()) if one.name == "index"]
    assert check.well is not False
    status = " ".join(capsys.readouterr().err.split())
    with closing(State(home)) as state:
        said = reports.status(shelves(library(home), state), HOUSE).text
    return [status, check.detail, said]


def test_an_index_read_otherwise_answers_and_the_mend_is_told(older, capsys, monkeypatch):
    assert library(older).ask("Which colour is the door?").matches
    assert [MEND in said for said in told(older, capsys, monkeypatch)] == [True] * 3


def test_the_mend_mends_and_embeds_nothing_anew(older, capsys, monkeypatch):
    encoder = CountingEncoder()
    assert index(older, encoder=encoder).switched
    assert encoder.texts == []
    assert [MEND in said for said in told(older, capsys, monkeypatch)] == [False] * 3
    assert not index(older).switched
