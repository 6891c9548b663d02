"""Models made ready: one that the package does not have is exported, once, and then opened.

Export needs the extra ``models``, and runs in a child process: the process that answers never
imports torch.
"""

import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from summitqa.encoder import Encoder
from summitqa.errors import ModelError
from summitqa.files import sync_folder, write_durably
from summitqa.model import ENCODER, READER, Model, is_path, open_encoder, open_reader
from summitqa.reader import Reader
from summitqa.sealed import contents
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
        require_exportable(model)
        _export(model)


def require_exportable(model: Model) -> None:
    """Raise ModelError where it names no folder there is, or the extra is not installed."""
    role = model.role
    if re.match(r"[/~]|\.\.?/", model.name) and not is_path(model.name):
        raise ModelError(
            f"{role.setting} is {model.name!r}, but expects {role.expected}: "
            "there is no such folder."
        )
    if any(importlib.util.find_spec(one) is None for one in EXTRA):
        raise ModelError(
            f"{role.setting} is {model.name!r}, which takes the extra `models` "
            "(`.venv/bin/pip install -e '.[models]'` in the checkout); "
            f"without that it expects {role.packaged} or a folder that `summitqa model export` "
            "made."
        )


def carry(model: Model, folder: Path) -> None:
    """Write a model, exported if need be, to a sealed folder that any machine can serve.

    Whole or not at all. Raises ModelError where ``folder`` holds something or cannot be written,
    or where the model is not to be had or is not what it should be.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ModelError(f"{folder} is there already; name a folder that is not, or is empty.")
    prepare(model)
    if model.fallback_reason is not None:
        raise ModelError(
            f"The model {model.name} cannot be exported to ONNX ({model.fallback_reason}), so that "
            "it is no folder to carry."
        )
    model.check_role()
    scratch = folder.absolute().with_name(f".{folder.name}-{os.getpid()}")
    try:
        scratch.mkdir(parents=True)
        for name, raw in contents(model.folder, model.mend):
            write_durably(scratch / name, raw)
        sync_folder(scratch)
        scratch.replace(folder)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"The model cannot be written to {folder} ({reason}).") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _fallback(model: Model, reason: str) -> Encoder:
    log.warning(
        "%s cannot be served by ONNX Runtime (%s); sentence-transformers answers, slower.",
        model.name,
        reason,
    )
    require_exportable(model)
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
