"""Make of trained weights the models that are served: ``python -m training.export``.

By default of those of the last run, which left nothing out, and into the package. They are
exported as any other model is: int8 ONNX, each folder sealed, its model card with it; one whose
card was edited is sealed anew by ``--seal``.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from transformers import BertForSequenceClassification

from summitqa.files import read_manifest
from summitqa.graph import write_encoder, write_reader
from summitqa.sealed import MODEL, PACKAGED, seal
from summitqa.settings import DEFAULT_MODEL, DEFAULT_READER
from training.encoder import DIMENSIONS, Layers
from training.groups import FOLDS
from training.reader import Reader
from training.start import encoder_start, reader_start

_MOST_TOKENS = 256  # what all-MiniLM-L6-v2 was trained on, and so were these


def main() -> None:
    """Export encoder and reader of a run, or only seal what is there."""
    options = _options()
    for role, write in (("encoder", encoder), ("reader", reader)):
        folder = options.to / role
        if options.seal:
            seal(folder, read_manifest(folder, MODEL).facts)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            state = torch.load(options.trained / f"{role}-{options.run}.pt", weights_only=True)
            write(state, folder)
        print(f"{folder} is sealed", flush=True)


def encoder(state: dict[str, Any], folder: Path) -> None:
    """Write the encoder that training left, its projection as the last product."""
    model, tokenizer = encoder_start()
    layers = Layers(model, tokenizer)
    layers.projection = torch.nn.Parameter(torch.empty(model.config.hidden_size, DIMENSIONS))
    layers.load_state_dict(state["layers"])
    facts = {"model": DEFAULT_MODEL, "max_tokens": _MOST_TOKENS}
    write_encoder(model, tokenizer, facts, folder, layers.projection.detach().numpy())


def reader(state: dict[str, Any], folder: Path) -> None:
    """Write the reader that training left, its scale and shift among its facts."""
    trained = Reader(*reader_start())
    trained.load_state_dict(state)
    trained.model.config.num_labels = 1
    whole = BertForSequenceClassification(trained.model.config)
    whole.bert, whole.classifier = trained.model, trained.classifier
    facts = {"model": DEFAULT_READER, "scale": trained.scale.item(), "shift": trained.shift.item()}
    write_reader(whole, trained.tokenizer, facts, folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("--trained", type=Path, default=Path("trained"), help="what training left")
    parser.add_argument("--run", type=int, choices=range(FOLDS + 1), default=FOLDS)
    parser.add_argument("--to", type=Path, default=PACKAGED, help="where to write the models")
    parser.add_argument("--seal", action="store_true", help="only seal what is there anew")
    return parser.parse_args()


if __name__ == "__main__":
    main()
