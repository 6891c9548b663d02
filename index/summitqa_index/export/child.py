"""Export a model to a sealed folder: ``python -m … encoder|reader MODEL FOLDER``."""

import logging
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from summitqa.errors import ModelError
from summitqa.model import ENCODER, EXPORT_FAILED, READER
from summitqa_index.export import NO_ROOM
from summitqa_index.export.graph import write_encoder, write_reader
from summitqa_index.export.pinned import source_of
from summitqa_index.export.sbert import load_cross_encoder, load_sentence_transformer

_SCRATCH = ".export-"

Write = Callable[[Path], None]  # fills a folder


def export(role: str, model: str, folder: Path) -> None:
    """Write ``folder`` whole or not at all; one process at a time, the others wait for it.

    Raises ModelError where the model cannot be loaded, or a reader not be exported, and OSError
    or MemoryError where the machine has no room, so that the next start tries again. Where an
    encoder itself is one that cannot be exported, the folder holds the reason instead, and
    sentence-transformers serves it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / ".export.lock"):
        for left in folder.parent.glob(f"{_SCRATCH}*"):  # by one that was killed
            shutil.rmtree(left, ignore_errors=True)
        if folder.is_dir():
            return
        write = _LOADED[role](model)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=_SCRATCH) as scratch:
            target = Path(scratch) / folder.name
            target.mkdir()
            _export(write, role, target)
            target.replace(folder)


def _export(write: Write, role: str, target: Path) -> None:
    try:
        write(target)
    except Exception as error:
        if (fault := _machines_fault(error)) is not None:
            raise fault from error
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        if role == READER.name:
            raise ModelError(f"it cannot be exported to ONNX: {reason}") from error
        for file in target.iterdir():
            file.unlink()
        (target / EXPORT_FAILED).write_text(reason + "\n", "utf-8")


def _machines_fault(error: BaseException | None) -> OSError | MemoryError | None:
    """Tell whether a failure is for want of space or memory, whatever a library makes of it."""
    while error is not None:
        if isinstance(error, OSError | MemoryError):
            return error
        if re.search(r"os error \d+|No space left", str(error)):
            return OSError(str(error))
        if re.search(r"bad_?alloc|(can't|Failed to) allocate memory", str(error), re.IGNORECASE):
            return MemoryError(str(error))
        error = error.__cause__ or error.__context__
    return None


def _encoder(model: str) -> Write:
    loaded = load_sentence_transformer(source_of(model))
    facts = {"model": model, "max_tokens": int(loaded.max_seq_length or 256)}
    given = loaded[0].auto_model, loaded[0].tokenizer.backend_tokenizer
    return lambda folder: write_encoder(*given, facts, folder)


def _reader(model: str) -> Write:
    loaded = load_cross_encoder(source_of(model))
    # What its logit is worth in log-odds is not known; fitted is what comes of it.
    facts = {"model": model, "scale": 1.0, "shift": 0.0}
    given = loaded.model, loaded.tokenizer.backend_tokenizer
    return lambda folder: write_reader(*given, facts, folder)


_LOADED = {ENCODER.name: _encoder, READER.name: _reader}


def main() -> int:
    """Run as a child process; the last line on standard error says what went wrong."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    try:
        export(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except (OSError, MemoryError) as error:
        sys.stderr.write(f"{getattr(error, 'strerror', None) or error or 'no memory left'}\n")
        return NO_ROOM
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
