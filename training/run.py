"""What is trained, in which order, on what.

An encoder for each fold, without the articles and shelves that the fold leaves out, and one on
everything, which is served. One large reader, shown what fold 0's encoder finds, without what that
fold leaves out, and a small one that learns from it. The small one is served: confidence is fitted
on what neither it nor fold 0's encoder has seen.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import torch

from training import encoder, export, reader, student
from training.examples import examples, put
from training.groups import READ_FOLD, Group, groups, strangers
from training.measured import of_encoder, of_reader
from training.scope import Searched, Wanted
from training.start import encoder_start, reader_start

SEED = 17
_SQUAD = 6  # of SquadShifts' questions every so many-th is shown to the readers


def encoders(data: Path, out: Path, every: int, folds: Sequence[int]) -> None:
    """Train, export and measure an encoder for each fold; number ``FOLDS`` leaves nothing out."""
    for fold in folds:
        chance = _begin()
        everything = groups(data, every)
        layers = encoder.Layers(*encoder_start())
        asked = [put(layers, one.articles, one.questions()) for one in _taught(everything, fold)]
        layers.project(unit for searched, _ in asked for unit in searched.scope.units[::4])
        coefficients = encoder.train(layers, _plan(asked, chance))
        torch.save(
            {"layers": layers.state_dict(), "coefficients": coefficients},
            out / f"encoder-{fold}.pt",
        )
        export.write("encoder", out, out / f"encoder-{fold}", fold)
        left = [one for one in everything if one.fold == fold]
        _write(out / f"encoder-{fold}.json", of_encoder(left, layers, coefficients))


def readers(data: Path, out: Path, every: int) -> None:
    """Train the large reader on what fold 0's encoder finds, and the small one; measure both."""
    chance = _begin()
    everything = groups(data, every)
    layers, coefficients = encoder.load(out / f"encoder-{READ_FOLD}.pt")

    def shown_of(group: Group) -> list[reader.Example]:
        away = [*strangers(group, _taught(everything, READ_FOLD), chance), *group.lines]
        asked = [*group.questions(_SQUAD), *away]
        return examples(layers, coefficients, *put(layers, group.articles, asked))

    taught = [one for group in _taught(everything, READ_FOLD) for one in shown_of(group)]
    teacher = reader.Reader(*reader_start())
    reader.train(teacher, taught, chance)
    torch.save(teacher.state_dict(), out / "teacher.pt")
    small = student.student_of(teacher, taught, chance)
    student.distil(small, teacher, taught, chance)
    torch.save(small.state_dict(), out / f"reader-{READ_FOLD}.pt")
    export.write("reader", out, out / f"reader-{READ_FOLD}")
    left = {one: shown_of(one) for one in everything if one.fold == READ_FOLD}
    for name, one in (("teacher", teacher), (f"reader-{READ_FOLD}", small)):
        _write(out / f"{name}.json", of_reader(left, one))


def _begin() -> random.Random:
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    return random.Random(SEED)


def _taught(everything: Sequence[Group], fold: int) -> list[Group]:
    return [one for one in everything if one.fold != fold]


def _plan(
    asked: Sequence[tuple[Searched, Sequence[Wanted]]], chance: random.Random
) -> list[encoder.Step]:
    """Give the steps of all epochs: what nothing answers teaches the encoder nothing."""
    known = [(searched, [one for one in wanted if one.passages]) for searched, wanted in asked]
    return [step for _ in range(encoder.EPOCHS) for step in encoder.steps(known, chance)]


def _write(path: Path, figures: dict[str, float]) -> None:
    path.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(f"{path.stem}: {json.dumps(figures)}", flush=True)
