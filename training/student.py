"""The reader that is served: fewer layers, which learn from all of those that were fine-tuned.

It begins as every so many-th layer of its teacher, and is to give what the teacher gives, layer
by layer and in the end, on the same questions and sentences, labels beside it (Sun et al. 2019,
arXiv:1908.09355; Wang et al. 2020, arXiv:2002.10957, for MiniLM itself).
"""

import copy
import random
from collections.abc import Sequence

import torch
from torch.nn import functional

from summitqa.reader import Shown
from training.reader import Example, Reader, Seen, learn, missed, pairs_of

LAYERS, RATE, BATCH = 6, 1.4e-4, 24
_PART = 24
# What the layers' likeness, that of the logits, and the labels count.
_LAYERS, _LOGITS, _LABELS = 0.5, 0.05, 0.5


def student_of(teacher: Reader, layers: int = LAYERS) -> Reader:
    """Begin with every so many-th layer of the teacher; its embeddings stay as they are."""
    step = len(teacher.model.encoder.layer) // layers
    student = copy.deepcopy(teacher)
    student.model.encoder.layer = student.model.encoder.layer[step - 1 :: step]
    student.model.config.num_hidden_layers = layers
    for one in student.parameters():
        one.requires_grad = True
    for one in student.model.embeddings.parameters():
        one.requires_grad = False
    return student


def distil(
    student: Reader, teacher: Reader, examples: Sequence[Example], chance: random.Random
) -> None:
    """Show every example once, to student and teacher."""
    plan = chance.sample(examples, len(examples))
    learn(student, plan, BATCH, (RATE, 5e-3), lambda some: _loss(student, teacher, some, chance))


def _loss(
    student: Reader, teacher: Reader, examples: Sequence[Example], chance: random.Random
) -> torch.Tensor:
    drawn = [one.drawn(chance) for one in examples]
    labelled = pairs_of(examples, drawn)
    others = [
        (one.question, shown)
        for one, some in zip(examples, drawn, strict=True)
        for shown in _others(one, [shown for shown, _ in some])
    ]
    pairs = [*labelled, *others]
    loss = torch.tensor(0.0)
    logits: dict[int, torch.Tensor] = {}
    for numbers, given in student.parts(pairs, _PART):
        with torch.no_grad():
            sought = teacher.look(given)
        seen = student.look(given)
        loss = loss + _unlike(seen, sought) * len(numbers) / len(pairs)
        logits.update(zip(numbers, seen.logits, strict=True))
    told = torch.stack([logits[number] for number in range(len(labelled))])
    return loss + _LABELS * missed(student.odds(told), drawn)


def _others(example: Example, drawn: Sequence[Shown]) -> list[Shown]:
    """Give more of what serving would show: of these only the teacher's opinion is known."""
    return [one for one in example.found if one not in drawn][: max(0, 6 - len(drawn))]


def _unlike(seen: Seen, sought: Seen) -> torch.Tensor:
    """Tell how far the student is from its teacher on the tokens of some pairs."""
    step = len(sought.layers) // len(seen.layers)
    weight = seen.mask.float() / seen.mask.sum()
    apart = torch.tensor(0.0)
    for mine, theirs in zip(seen.layers, sought.layers[step - 1 :: step], strict=True):
        square = (_level(mine) - _level(theirs)).square().mean(-1)
        apart = apart + (weight * square).sum() / len(seen.layers)
    return _LAYERS * apart + _LOGITS * (seen.logits - sought.logits).square().mean()


def _level(hidden: torch.Tensor) -> torch.Tensor:
    return functional.layer_norm(hidden.float(), hidden.shape[-1:])
