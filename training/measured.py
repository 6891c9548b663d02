"""What encoder and reader reach on articles and shelves that they were not trained on."""

from collections.abc import Sequence

import numpy as np
import torch

from benchmarks.measures import auroc
from training.encoder import Layers
from training.examples import examples, put
from training.groups import Group
from training.reader import Example, Reader


def measured(
    left: Sequence[Group],
    layers: Layers,
    coefficients: torch.Tensor,
    reader: Reader,
) -> dict[str, float]:
    """Give recall@1 of the encoder by group, and how well the reader tells what answers.

    Empty where nothing was left out.
    """
    figures: dict[str, float] = {}
    odds: dict[bool, list[float]] = {True: [], False: []}
    for group in left:
        found = examples(layers, coefficients, *put(layers, group))
        known = [one for one in found if one.rank]
        figures[f"{group.name}: recall@1"] = float(np.mean([one.rank == 1 for one in known]))
        for one in found:
            odds[bool(one.rank)].append(_best(reader, one))
    if odds[True] and odds[False]:
        area = auroc(np.asarray(odds[True]), np.asarray(odds[False]))
        figures["AUROC of the reader, answerable against near-topic"] = area
    return figures


@torch.inference_mode()
def _best(reader: Reader, example: Example) -> float:
    """Give the best log-odds of the sentences that serving would show: those found first."""
    return float(reader([(example.question, shown) for shown in example.found]).max())
