"""Export a sentence-transformers model to int8 ONNX: ``python -m summitqa.export MODEL FOLDER``.

Weights are quantised per channel, and with ``reduce_range`` (7 bits), since without VNNI
instructions 8-bit products overflow the 16-bit sums of the processor.
"""

import hashlib
import logging
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from filelock import FileLock
from onnxruntime.quantization import QuantType, quantize_dynamic

from summitqa.encoder import MODEL, TOKENIZER, WEIGHTS, serve_onnx
from summitqa.errors import ModelError
from summitqa.files import Manifest, write_durably
from summitqa.model import EXPORT_FAILED, NO_ROOM, source_of
from summitqa.reduction import append_product, principal_directions, vocabulary_lines
from summitqa.sbert import load_sentence_transformer

_SCRATCH = ".export-"


class _TokenVectors(torch.nn.Module):
    """The transformer alone: token ids and mask in, last hidden states out."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.model(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        return hidden


def export(model: str, folder: Path) -> None:
    """Write ``folder`` whole or not at all; one process at a time, the others wait for it.

    Raises ModelError where the model cannot be loaded, and OSError or MemoryError where the
    machine has no room, so that the next start tries again. Where the model itself is one that
    cannot be exported, the folder holds the reason instead, and sentence-transformers serves it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / ".export.lock"):
        for left in folder.parent.glob(f"{_SCRATCH}*"):  # by one that was killed
            shutil.rmtree(left, ignore_errors=True)
        if not folder.is_dir():
            _export(model, folder)


def _export(model: str, folder: Path) -> None:
    loaded = load_sentence_transformer(source_of(model))
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=_SCRATCH) as scratch:
        target = Path(scratch) / folder.name
        target.mkdir()
        try:
            _write(loaded, model, target)
        except Exception as error:
            if (fault := _machines_fault(error)) is not None:
                raise fault from error
            for file in target.iterdir():
                file.unlink()
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            (target / EXPORT_FAILED).write_text(reason + "\n", "utf-8")
        target.replace(folder)


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


def _write(loaded: Any, model: str, target: Path) -> None:
    transformer = loaded[0]
    tokenizer = transformer.tokenizer.backend_tokenizer
    max_tokens = int(loaded.max_seq_length or 256)
    tokenizer.save(str(target / TOKENIZER))
    plain = target / "fp32.onnx"
    _to_onnx(transformer.auto_model, plain)
    _forget_origins(plain)
    quantize_dynamic(
        plain,
        target / WEIGHTS,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    plain.unlink()
    _reduce(target / WEIGHTS, tokenizer, max_tokens)
    files = {name: _described(target / name) for name in (WEIGHTS, TOKENIZER)}
    facts = {"model": model, "max_tokens": max_tokens, "checksum": files[WEIGHTS][1]}
    write_durably(target / MODEL, Manifest(facts, files).dump())


def _described(path: Path) -> tuple[int, str]:
    raw = path.read_bytes()
    return len(raw), hashlib.sha256(raw).hexdigest()


def _forget_origins(path: Path) -> None:
    """Drop the files and lines that the exporter notes at each step.

    They would make one model another in every folder, and its index unusable there.
    """
    model = onnx.load(path)
    graph = model.graph
    parts = (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer)
    for part in (model, graph, *parts):
        del part.metadata_props[:]
    onnx.save(model, path)


def _reduce(path: Path, tokenizer: Any, max_tokens: int) -> None:
    encoder = serve_onnx(path.read_bytes(), tokenizer, max_tokens)
    directions = principal_directions(encoder, vocabulary_lines(list(tokenizer.get_vocab())))
    if directions is not None:
        append_product(path, directions)


def _to_onnx(transformer: Any, path: Path) -> None:
    # Of the ways to compute attention, the one that takes the fewest steps in the graph.
    transformer.set_attn_implementation("eager")
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=512)
    sample = torch.ones(2, 16, dtype=torch.long)
    torch.onnx.export(
        _TokenVectors(transformer).eval(),
        (sample, torch.ones_like(sample)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_shapes=({0: batch, 1: length}, {0: batch, 1: length}),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def main() -> int:
    """Run as a child process; the last line on standard error says what went wrong."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    try:
        export(sys.argv[1], Path(sys.argv[2]))
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except (OSError, MemoryError) as error:
        sys.stderr.write(f"{getattr(error, 'strerror', None) or error or 'no memory left'}\n")
        return NO_ROOM
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
