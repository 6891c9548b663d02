"""Which model: one that comes with the package, or another, opened as the sealed folder it is.

A model that is exported here lives in ``HOME/models/<name>-<hash>/``; one that was carried here is
named by its folder. Who exports it, and what serves one that cannot be, is no matter of this
package.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from summitqa import encoder, reader
from summitqa.encoder import Encoder
from summitqa.errors import ModelError
from summitqa.reader import Reader
from summitqa.sealed import (
    CARRY_ANEW,
    EXPORT_ANEW,
    MODEL,
    PACKAGED,
    REINSTALL,
    WEIGHTS,
    broken,
    facts_of,
)
from summitqa.settings import DEFAULT_MODEL, DEFAULT_READER, OFF, Settings

# In a model's folder in place of its files: why it could not be exported.
EXPORT_FAILED = "export-failed.txt"


@dataclass(frozen=True, slots=True)
class Role:
    """What a model is for: the setting that names it, and what that expects.

    ``packaged`` names the one that comes with the package; ``recipe`` counts the ways of
    exporting there have been: a model exported otherwise is exported anew. ``fact`` is what the
    seal of a model for it tells, and of no other.
    """

    name: str
    setting: str
    packaged: str
    expected: str
    recipe: str
    fact: str


ENCODER = Role(
    "encoder",
    "SUMMITQA_MODEL",
    DEFAULT_MODEL,
    f"{DEFAULT_MODEL} or a sentence-transformers model's name or path",
    "4",
    "max_tokens",
)
READER = Role(
    "reader",
    "SUMMITQA_READER",
    DEFAULT_READER,
    f"{DEFAULT_READER}, off, or a cross-encoder's name or path",
    "reader 2",
    "scale",
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
    def is_carried(self) -> bool:
        """Tell whether it is named by a sealed folder, whole or not, exported elsewhere."""
        if self.is_packaged or not is_path(self.name):
            return False
        folder = Path(self.name).expanduser()
        # Without its seal it is still none that could be exported: those say how they are built.
        unsealed = (folder / WEIGHTS).exists() and not (folder / "config.json").exists()
        return (folder / MODEL).exists() or unsealed

    @property
    def known_as(self) -> str:
        """Name it as an index that it writes does: a carried one as where it was exported."""
        if not self.is_carried:
            return self.name
        return str(facts_of(self.folder, self.mend).get("model", self.name))

    @property
    def folder(self) -> Path:
        """Where its files are."""
        if self.is_packaged:
            return PACKAGED / self.role.name
        if self.is_carried:
            return Path(self.name).expanduser().absolute()
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
        return self.is_packaged or self.is_carried or exported

    @property
    def mend(self) -> str:
        """Tell what brings it back where it is damaged."""
        if self.is_packaged:
            return REINSTALL
        return CARRY_ANEW if self.is_carried else EXPORT_ANEW

    @property
    def fallback_reason(self) -> str | None:
        """Tell why its folder cannot serve it, and something slower must; None where it can."""
        try:
            return (self.folder / EXPORT_FAILED).read_text("utf-8").strip()
        except FileNotFoundError:
            return None

    def damaged(self) -> list[str]:
        """Name the files that are not what was sealed, below the data folder or the package.

        None where it is whole, not exported yet, or not served from its folder. Those of a carried
        one are named in full.
        """
        there = self.is_packaged or self.folder.is_dir()
        if not there or self.fallback_reason is not None:
            return []
        files = [self.folder / name for name in broken(self.folder)]
        if self.is_carried:
            return [str(file) for file in files]
        above = PACKAGED.parents[1] if self.is_packaged else self.home
        return [str(file.relative_to(above)) for file in files]

    def check_role(self) -> None:
        """Raise ModelError where a carried one is for something else than its setting is."""
        if self.is_carried and self.role.fact not in facts_of(self.folder, self.mend):
            raise ModelError(
                f"{self.role.setting} is {self.name!r}, but expects {self.role.expected}: "
                f"what is sealed there is no {self.role.name}."
            )


def is_path(model: str) -> bool:
    """Tell whether a model is named by a folder there is."""
    return Path(model).expanduser().is_dir()


def models(settings: Settings) -> list[Model]:
    """Give the models that the settings name: the encoder, and a reader unless that is off."""
    found = [Model(ENCODER, settings.model, settings.home)]
    if settings.reader != OFF:
        found.append(Model(READER, settings.reader, settings.home))
    return found


def open_encoder(model: Model) -> Encoder:
    """Open the sealed folder of an encoder; ModelError where it is damaged or not there."""
    model.check_role()
    return encoder.load_onnx(model.folder, model.mend)


def open_reader(model: Model) -> Reader:
    """Open the sealed folder of a reader; ModelError where it is damaged or not there."""
    model.check_role()
    return reader.load_onnx(model.folder, model.mend)
