"""Models made ready: one that the package does not have is exported, once, and then opened.

Export needs the extra ``models``, and runs in a child process: the process that answers never
imports torch.
"""

import importlib.util
import logging
import os
import subprocess
import sys
from pathlib import Path

from summitqa.encoder import Encoder
from summitqa.errors import ModelError
from summitqa.model import ENCODER, READER, Model, open_encoder, open_reader
from summitqa.reader import Reader
from summitqa.settings import OFF
from summitqa_index.export import EXTRA, NO_ROOM

log = logging.getLogger(__name__)


def load_encoder(home: Path, name: str) -> Encoder:
    """Give the package's encoder, or one by name or path, exported if need be.

    Raises ModelError where the model is not to be had or is not what it should be.
    """
    model = Model(ENCODER, name, home)
    prepare(model)
    reason = model.fallback_reason
    return open_encoder(model) if reason is None else _fallback(model, reason)


def load_reader(home: Path, name: str) -> Reader | None:
    """Give the package's reader, or one by name or path, exported if need be; None for off.

    Raises ModelError where the model is not to be had or is not what it should be.
    """
    if name == OFF:
        return None
    model = Model(READER, name, home)
    prepare(model)
    return open_reader(model)


def prepare(model: Model) -> None:
    """Export a model if need be.

    Raises ModelError where it is not to be had or is not what it should be.
    """
    if not model.is_ready:
        require_extra(model)
        _export(model)


def require_extra(model: Model) -> None:
    """Raise ModelError where the extra `models` is not installed."""
    if any(importlib.util.find_spec(one) is None for one in EXTRA):
        raise ModelError(
            f"{model.role.setting} is {model.name!r}, which takes "
            f"`pip install 'summitqa[models]'`; without that it expects {model.role.packaged}."
        )


def _fallback(model: Model, reason: str) -> Encoder:
    log.warning(
        "%s cannot be served by ONNX Runtime (%s); sentence-transformers answers, slower.",
        model.name,
        reason,
    )
    require_extra(model)
    from summitqa_index.export.pinned import source_of
    from summitqa_index.export.sbert import load_fallback  # imports torch

    return load_fallback(source_of(model.name))


def _export(model: Model) -> None:
    """Export in a child process; what an encoder cannot do it leaves word of in the folder."""
    command = [sys.executable, "-m", "summitqa_index.export.child", model.role.name, model.name]
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
