"""Make of trained weights the models that are served: ``python -m training.export``.

Into the package, and exported as any other model is: int8 ONNX, each folder sealed, its model card
with it; one whose card was edited is sealed anew by ``--seal``.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from transformers import BertForSequenceClassification

from summitqa.files import read_manifest
from summitqa.sealed import MODEL, PACKAGED, seal
from summitqa.settings import DEFAULT_MODEL, DEFAULT_READER
from summitqa_index.export.graph import write_encoder, write_reader
from training.encoder import DIMENSIONS, Layers
from training.groups import FOLDS, READ_FOLD
from training.reader import Reader
from training.start import encoder_start, reader_start
from training.student import WIDTH, narrowed

_MOST_TOKENS = 256  # what all-MiniLM-L6-v2 was trained on, and so were these


def main() -> None:
    """Export encoder and reader of a run, or only seal what is there."""
    options = _options()
    for role in ROLES:
        folder = options.to / role
        if options.seal:
            seal(folder, read_manifest(folder, MODEL).facts)
        else:
            write(role, options.trained, folder)
        print(f"{folder} is sealed", flush=True)


def write(role: str, trained: Path, folder: Path, run: int | None = None) -> None:
    """Write encoder or reader of a run, by default the one that is to be served, to a folder."""
    made, served = ROLES[role]
    number = served if run is None else run
    folder.mkdir(parents=True, exist_ok=True)
    made(torch.load(trained / f"{role}-{number}.pt", weights_only=True), folder)


def encoder(state: dict[str, Any], folder: Path) -> None:
    """Write the encoder that training left, its projection as the last product."""
    model, tokenizer = encoder_start()
    layers = Layers(model, tokenizer)
    layers.projection = torch.nn.Parameter(torch.empty(model.config.hidden_size, DIMENSIONS))
    layers.load_state_dict(state["layers"])
    facts = {"model": DEFAULT_MODEL, "max_tokens": _MOST_TOKENS}
    write_encoder(model, tokenizer, facts, folder, layers.projection.detach().numpy())


def reader(state: dict[str, Any], folder: Path) -> None:
    """Write the small reader that training left, its scale and shift among its facts."""
    large = Reader(*reader_start())
    small = narrowed(large, [torch.arange(WIDTH)] * len(large.model.encoder.layer))
    small.load_state_dict(state)
    small.model.config.num_labels = 1
    whole = BertForSequenceClassification(small.model.config)
    whole.bert, whole.classifier = small.model, small.classifier
    facts = {"model": DEFAULT_READER, "scale": small.scale.item(), "shift": small.shift.item()}
    write_reader(whole, small.tokenizer, facts, folder)


# What writes a model, and the run that is served: an encoder that nothing was left out for, and the
# one reader.
ROLES = {"encoder": (encoder, FOLDS), "reader": (reader, READ_FOLD)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("--trained", type=Path, default=Path("trained"), help="what training left")
    parser.add_argument("--to", type=Path, default=PACKAGED, help="where to write the models")
    parser.add_argument("--seal", action="store_true", help="only seal what is there anew")
    return parser.parse_args()


if __name__ == "__main__":
    main()
