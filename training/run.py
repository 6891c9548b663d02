"""One run of training: without a fold, measured on it, or without leaving anything out."""

import json
import random
from pathlib import Path

import torch

from benchmarks.corpus import ANSWERABLE
from training import encoder, reader
from training.examples import examples
from training.groups import Group, groups
from training.measured import measured
from training.scope import Scope, Searched
from training.start import encoder_start, reader_start

SEED = 17


def run(data: Path, out: Path, fold: int, every: int) -> str:
    """Train without a fold; write its weights, and what it reaches on what was left out."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    everything = groups(data, every)
    taught = [one for one in everything if one.fold != fold]
    layers, coefficients, searched = _encoder(taught, chance)
    torch.save(
        {"layers": layers.state_dict(), "coefficients": coefficients}, out / f"encoder-{fold}.pt"
    )
    read = _reader(taught, searched, layers, coefficients, chance)
    torch.save(read.state_dict(), out / f"reader-{fold}.pt")
    left = [one for one in everything if one.fold == fold]
    figures = measured(left, layers, coefficients, read, layers.tokenizer)
    (out / f"figures-{fold}.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return f"fold {fold}: {json.dumps(figures)}"


def _encoder(
    taught: list[Group], chance: random.Random
) -> tuple[encoder.Layers, torch.Tensor, list[Searched]]:
    layers = encoder.Layers(*encoder_start())
    searched = [
        Searched(Scope.of(one.articles, layers.tokenizer), layers.tokenizer) for one in taught
    ]
    layers.keep(unit.given for one in searched for unit in one.scope.units)
    layers.project(unit for one in searched for unit in one.scope.units[::4])
    asked = []
    for one, place in zip(taught, searched, strict=True):
        wanted = [place.wanted(each) for each in one.questions if each.kind == ANSWERABLE]
        layers.keep(each.given for each in wanted)
        asked.append((place, wanted))
    plan = [step for _ in range(encoder.EPOCHS) for step in encoder.steps(asked, chance)]
    return layers, encoder.train(layers, plan), searched


def _reader(
    taught: list[Group],
    searched: list[Searched],
    layers: encoder.Layers,
    coefficients: torch.Tensor,
    chance: random.Random,
) -> reader.Reader:
    shown = [
        example
        for one, place in zip(taught, searched, strict=True)
        for example in examples(layers, coefficients, place, one.questions)
    ]
    read = reader.Reader(*reader_start())
    reader.train(read, shown, chance)
    return read
