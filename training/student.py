"""The reader that is served: as deep as the one that was fine-tuned, its layers narrower inside.

Of each layer's inner neurons those stay that give most; then it is to give what its teacher gives,
layer by layer and in the end, on the same questions and sentences, labels beside it (Sun et al.
2019, arXiv:1908.09355). Leaving out layers instead costs more: half of them, trained as long, agree
with the teacher at .81 where half of the inner neurons, not trained at all, do at .90.
"""

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from summitqa.reader import Shown
from training.reader import Example, Put, Reader, Seen, learn, missed, pairs_of

WIDTH, BATCH = 768, 24
_PAIRS = 6  # at most that a question is shown with at one step, if more are not labelled
_PROBES = 60  # questions on which neurons are told apart
# Rounds over all examples and the layers' rate: first layer by layer, then by the logits alone.
_FIRST, _FURTHER = (1, 1.2e-4), (1, 1e-4)
_SHIFTING = 5e-3
# What the layers' likeness counts, that of the logits in the first round and after, and labels.
_LAYERS, _LOGITS, _LOGITS_ALONE, _LABELS = 0.5, 0.05, 0.2, 0.5

Pair = tuple[str, Shown]


def student_of(teacher: Reader, examples: Sequence[Example], chance: random.Random) -> Reader:
    """Begin with the inner neurons that give most on some of the examples."""
    some = chance.sample(examples, min(_PROBES, len(examples)))
    given = _given(teacher, pairs_of(some, [one.drawn(chance) for one in some]))
    return narrowed(teacher, [one.topk(WIDTH).indices.sort().values for one in given])


def narrowed(teacher: Reader, kept: Sequence[torch.Tensor]) -> Reader:
    """Keep of each layer's inner neurons those listed; embeddings stay as they are."""
    student = copy.deepcopy(teacher)
    for layer, stay in zip(_layers(student), kept, strict=True):
        up, down = layer.intermediate.dense, layer.output.dense
        up.weight = torch.nn.Parameter(up.weight.detach()[stay].clone())
        up.bias = torch.nn.Parameter(up.bias.detach()[stay].clone())
        down.weight = torch.nn.Parameter(down.weight.detach()[:, stay].clone())
        up.out_features = down.in_features = len(stay)
    student.model.config.intermediate_size = len(kept[0])
    for one in student.parameters():
        one.requires_grad = True
    for one in student.model.embeddings.parameters():
        one.requires_grad = False
    return student


@torch.no_grad()
def _given(reader: Reader, pairs: Sequence[Pair]) -> list[torch.Tensor]:
    """Give how much each inner neuron of each layer gives: its mean square times its weights'."""
    layers = _layers(reader)
    sums = [torch.zeros(layer.intermediate.dense.out_features) for layer in layers]

    def listen(number: int) -> Callable[..., None]:
        def add(_: torch.nn.Module, __: object, told: torch.Tensor) -> None:
            sums[number] += told.float().flatten(0, -2).square().mean(0)

        return add

    hooks = [
        layer.intermediate.register_forward_hook(listen(number))
        for number, layer in enumerate(layers)
    ]
    for _, some in reader.parts(pairs):
        reader.look(some)
    for hook in hooks:
        hook.remove()
    weights = (layer.output.dense.weight.square().sum(0) for layer in layers)
    return [one * weight for one, weight in zip(sums, weights, strict=True)]


def _layers(reader: Reader) -> list[Any]:
    return list(reader.model.encoder.layer)


class Teacher:
    """A large reader, whose logit for a pair is computed once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._logits: dict[Pair, torch.Tensor] = {}

    @torch.no_grad()
    def look(self, pairs: Sequence[Pair], given: Sequence[Put]) -> Seen:
        """Run all layers over some pairs."""
        seen = self._reader.look(given)
        self._logits.update(zip(pairs, seen.logits, strict=True))
        return seen

    def logits(self, pairs: Sequence[Pair]) -> torch.Tensor:
        """Give the logits, (n,), of n pairs."""
        unknown = [pair for pair in dict.fromkeys(pairs) if pair not in self._logits]
        for numbers, given in self._reader.parts(unknown, BATCH):
            self.look([unknown[number] for number in numbers], given)
        return torch.stack([self._logits[pair] for pair in pairs])


def distil(
    student: Reader, teacher: Reader, examples: Sequence[Example], chance: random.Random
) -> None:
    """Show every example, drawn anew in each round, to student and teacher."""
    known = Teacher(teacher)
    for (rounds, rate), loss_of in ((_FIRST, _by_layer), (_FURTHER, _by_logit)):
        plan = [one for _ in range(rounds) for one in chance.sample(examples, len(examples))]
        learn(
            student,
            plan,
            BATCH,
            (rate, _SHIFTING),
            lambda some: _loss(student, known, some, chance, loss_of),  # noqa: B023
        )


Likeness = Callable[[Teacher, Seen, Sequence[Pair], Sequence[Put]], torch.Tensor]


def _loss(
    student: Reader,
    teacher: Teacher,
    examples: Sequence[Example],
    chance: random.Random,
    unlike: Likeness,
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
    for numbers, given in student.parts(pairs, BATCH):
        seen = student.look(given)
        some = [pairs[number] for number in numbers]
        loss = loss + unlike(teacher, seen, some, given) * len(numbers) / len(pairs)
        logits.update(zip(numbers, seen.logits, strict=True))
    told = torch.stack([logits[number] for number in range(len(labelled))])
    return loss + _LABELS * missed(student.odds(told), drawn)


def _others(example: Example, drawn: Sequence[Shown]) -> list[Shown]:
    """Give more of what serving would show: of these only the teacher's opinion is known."""
    return [one for one in example.found if one not in drawn][: max(0, _PAIRS - len(drawn))]


def _by_layer(
    teacher: Teacher, seen: Seen, pairs: Sequence[Pair], given: Sequence[Put]
) -> torch.Tensor:
    """Tell how far the student is from its teacher on the tokens of some pairs."""
    sought = teacher.look(pairs, given)
    weight = seen.mask.float() / seen.mask.sum()
    apart = torch.tensor(0.0)
    for mine, theirs in zip(seen.layers, sought.layers, strict=True):
        square = (_level(mine) - _level(theirs)).square().mean(-1)
        apart = apart + (weight * square).sum() / len(seen.layers)
    return _LAYERS * apart + _LOGITS * (seen.logits - sought.logits).square().mean()


def _by_logit(
    teacher: Teacher, seen: Seen, pairs: Sequence[Pair], _: Sequence[Put]
) -> torch.Tensor:
    return _LOGITS_ALONE * (seen.logits - teacher.logits(pairs)).square().mean()


def _level(hidden: torch.Tensor) -> torch.Tensor:
    return functional.layer_norm(hidden.float(), hidden.shape[-1:])
