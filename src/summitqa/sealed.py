"""A model's folder: ONNX weights and a tokenizer, sealed by a file that names size and SHA-256.

ONNX Runtime and ``tokenizers`` serve it; nothing here imports torch.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime
from tokenizers import Tokenizer

from summitqa.errors import IndexDamagedError, ModelError, UnreadableError
from summitqa.files import Manifest, broken_files, read_manifest, read_verified, write_durably

# The files of a model; the first holds the size and SHA-256 of the others.
MODEL, WEIGHTS, TOKENIZER = "model.json", "model.onnx", "tokenizer.json"
# Where the package has its own models, a folder for each.
PACKAGED = Path(__file__).with_name("models")
# What brings a damaged model back: the package's, one that was exported here, one from elsewhere.
REINSTALL = "install summitqa anew."
EXPORT_ANEW = "delete that folder and it is exported anew."
CARRY_ANEW = "copy it anew from where `summitqa model export` made it."


@dataclass(frozen=True, slots=True)
class Sealed:
    """A model ready to run, and what its seal says of it: ``model``, ``checksum`` and so on."""

    facts: Mapping[str, Any]
    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer


def seal(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write down what a model is, and the size and SHA-256 of every file of its folder.

    Its ``checksum``, by which an index knows the model that wrote it, is that of the weights.
    """
    others = sorted(path for path in folder.iterdir() if path.name != MODEL)
    files = {path.name: _described(path) for path in others}
    checksum = files[WEIGHTS][1]
    write_durably(folder / MODEL, Manifest({**facts, "checksum": checksum}, files).dump())


def _described(path: Path) -> tuple[int, str]:
    raw = path.read_bytes()
    return len(raw), hashlib.sha256(raw).hexdigest()


@contextmanager
def opened(folder: Path, mend: str = EXPORT_ANEW) -> Iterator[Sealed]:
    """Open a model, each file read once and checked, to make of it what serves.

    Raises ModelError, ending in ``mend``, where a file is damaged or missing, or where that making
    fails.
    """
    with _told(folder, mend):
        manifest = read_manifest(folder, MODEL)
        weights, words = (read_verified(folder, manifest, name) for name in (WEIGHTS, TOKENIZER))
        yield Sealed(manifest.facts, session_of(weights), Tokenizer.from_buffer(words))


def facts_of(folder: Path, mend: str = EXPORT_ANEW) -> Mapping[str, Any]:
    """Give what the seal of a model says of it; ModelError where that is damaged or missing."""
    with _told(folder, mend):
        return read_manifest(folder, MODEL).facts


def contents(folder: Path, mend: str = EXPORT_ANEW) -> Iterator[tuple[str, bytes]]:
    """Give each file of a model, the seal first, as it was sealed; ModelError where one is not."""
    with _told(folder, mend):
        manifest = read_manifest(folder, MODEL)
        yield MODEL, manifest.dump()
        for name in manifest.files:
            yield name, read_verified(folder, manifest, name)


@contextmanager
def _told(folder: Path, mend: str) -> Iterator[None]:
    """Make one sentence of whatever is wrong with a model's files."""
    try:
        yield
    except UnreadableError:
        raise
    except IndexDamagedError as error:
        reason = f"is damaged: {', '.join(error.files)} is not what was sealed"
        raise ModelError(f"The model in {folder} {reason}; {mend}") from error
    except Exception as error:  # both libraries raise bare Exception
        raise ModelError(f"The model in {folder} cannot be loaded ({error}); {mend}") from error


def broken(folder: Path) -> list[str]:
    """Name the files of a model that are not what was sealed."""
    try:
        return broken_files(folder, read_manifest(folder, MODEL), MODEL)
    except IndexDamagedError as error:
        return list(error.files)


def session_of(weights: bytes) -> onnxruntime.InferenceSession:
    """Give what runs the bytes of an ONNX model, on one thread."""
    # What is asked at once is small: a second thread costs more than it gives, and the second
    # core is better used by a second question.
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        weights,
        options,
        providers=["CPUExecutionProvider"],
        # Added and normalised in one step takes longer than in two: a third of a reader's time.
        disabled_optimizers=["SkipLayerNormFusion"],
    )
