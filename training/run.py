"""One run of training: without a fold, measured on it, or without leaving anything out."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import torch

from training import encoder, reader
from training.examples import examples, put
from training.groups import groups
from training.measured import measured
from training.scope import Searched, Wanted
from training.start import encoder_start, reader_start

SEED = 17


def run(data: Path, out: Path, fold: int, every: int) -> str:
    """Train without a fold; write its weights, and what it reaches on what was left out."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    everything = groups(data, every)
    taught = [one for one in everything if one.fold != fold]
    layers = encoder.Layers(*encoder_start())
    asked = [put(layers, one) for one in taught]
    layers.project(unit for searched, _ in asked for unit in searched.scope.units[::4])
    coefficients = encoder.train(layers, _plan(asked, chance))
    torch.save(
        {"layers": layers.state_dict(), "coefficients": coefficients}, out / f"encoder-{fold}.pt"
    )
    shown = [one for each in asked for one in examples(layers, coefficients, *each)]
    read = reader.Reader(*reader_start())
    reader.train(read, shown, chance)
    torch.save(read.state_dict(), out / f"reader-{fold}.pt")
    left = [one for one in everything if one.fold == fold]
    figures = measured(left, layers, coefficients, read)
    (out / f"figures-{fold}.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return f"fold {fold}: {json.dumps(figures)}"


def _plan(
    asked: Sequence[tuple[Searched, Sequence[Wanted]]], chance: random.Random
) -> list[encoder.Step]:
    """Give the steps of all epochs: what nothing answers teaches the encoder nothing."""
    known = [(searched, [one for one in wanted if one.passages]) for searched, wanted in asked]
    return [step for _ in range(encoder.EPOCHS) for step in encoder.steps(known, chance)]
