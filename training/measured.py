"""What encoder and reader reach on articles and shelves that they were not trained on."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from benchmarks.measures import auroc
from training.encoder import Layers
from training.examples import examples, put
from training.groups import Group
from training.reader import Example, Reader


def of_encoder(
    left: Sequence[Group], layers: Layers, coefficients: torch.Tensor
) -> dict[str, float]:
    """Give recall@1 by group; empty where nothing was left out."""
    figures = {}
    for group in left:
        found = examples(layers, coefficients, *put(layers, group.articles, group.natural))
        known = [one.rank == 1 for one in found if one.rank]
        figures[f"{group.name}: recall@1"] = round(float(np.mean(known)), 4)
    return figures


def of_reader(left: Mapping[Group, Sequence[Example]], reader: Reader) -> dict[str, float]:
    """Give how well the reader tells answerable from near-topic questions, articles and shelves."""
    odds: dict[tuple[bool, bool], list[float]] = {}
    for group, shown in left.items():
        for one in shown[: len(group.natural)]:
            kind = (len(group.articles) > 1, bool(one.rank))
            odds.setdefault(kind, []).append(_best(reader, one))
    return {
        f"AUROC, {name}": round(
            auroc(np.asarray(odds[shelf, True]), np.asarray(odds[shelf, False])), 4
        )
        for shelf, name in ((False, "articles"), (True, "shelves"))
    }


@torch.inference_mode()
def _best(reader: Reader, example: Example) -> float:
    """Give the best log-odds of the sentences that serving would show: those found first."""
    return float(reader([(example.question, shown) for shown in example.found]).max())
