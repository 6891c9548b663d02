"""The reader: a cross-encoder fine-tuned to tell whether a sentence answers a question.

Each question is shown with the sentence that answers it, another of the same passage, and the
best of the passages that retrieval mistakes for the right one; a question that nothing answers
with wrong ones only. The right sentence is to score above the others (cross-entropy), and the
score is to be the log-odds that it answers (logistic loss).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from summitqa.reader import Pairs, Shown
from training.encoder import quick

FROZEN, RATE, BATCH, NEGATIVES = 4, 4e-5, 8, 3
WRONG = 0.35  # what a wrong sentence counts beside a right one in the logistic loss
_PART = 24  # pairs that are read at once

Put = tuple[list[int], list[int]]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and sentences, best first.

    ``rank``: of the first right passage, from 1, 0 where nothing answers; ``found``: the best
    sentence of each of the passages that retrieval puts first; ``right`` ones answer, those
    ``beside`` stand in their passages, ``wrong`` ones elsewhere.
    """

    question: str
    rank: int
    found: Sequence[Shown]
    right: Sequence[Shown]
    beside: Sequence[Shown]
    wrong: Sequence[Shown]

    def drawn(self, chance: random.Random) -> list[tuple[Shown, bool]]:
        """Draw what is shown at one step: the right one, if there is any, first."""
        shown = [(chance.choice(self.right), True)] if self.right else []
        if self.right and self.beside:
            shown.append((chance.choice(self.beside), False))
        return [*shown, *((one, False) for one in self.wrong[:NEGATIVES])]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader makes of n pairs of up to t tokens.

    ``logits``: (n,); ``layers``: what each layer gives, (n, t, 384); ``mask``: (n, t), which are
    tokens at all.
    """

    logits: torch.Tensor
    layers: Sequence[torch.Tensor]
    mask: torch.Tensor


class Reader(torch.nn.Module):
    """A BERT with a linear layer on its pooled output, and the scale and shift of its log-odds."""

    def __init__(self, model: BertModel, classifier: torch.nn.Linear, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.model, self.classifier, self.tokenizer = model, classifier, tokenizer
        self._pairs = Pairs(tokenizer)
        self.scale = torch.nn.Parameter(torch.tensor(0.5))
        self.shift = torch.nn.Parameter(torch.tensor(0.0))
        for part in (model.embeddings, *model.encoder.layer[:FROZEN]):
            for one in part.parameters():
                one.requires_grad = False

    def forward(self, pairs: Sequence[tuple[str, Shown]]) -> torch.Tensor:
        """Give the log-odds, (n,), that each sentence answers its question."""
        found: dict[int, torch.Tensor] = {}
        for numbers, given in self.parts(pairs):
            found.update(zip(numbers, self.look(given).logits, strict=True))
        return self.odds(torch.stack([found[number] for number in range(len(pairs))]))

    def odds(self, logits: torch.Tensor) -> torch.Tensor:
        """Turn what the classifier gives into log-odds."""
        return logits * self.scale + self.shift

    def parts(
        self, pairs: Sequence[tuple[str, Shown]], size: int = _PART
    ) -> Iterator[tuple[list[int], list[Put]]]:
        """Put pairs together and give them by length, some at a time, with their numbers.

        Of like length, so that little is padded; the more, the fewer times weights are cast.
        """
        given = [self._pairs.put(question, shown) for question, shown in pairs]
        order = sorted(range(len(given)), key=lambda number: len(given[number][0]))
        for start in range(0, len(order), size):
            numbers = order[start : start + size]
            yield numbers, [given[number] for number in numbers]

    def look(self, given: Sequence[tuple[list[int], list[int]]]) -> "Seen":
        """Run the model over some pairs of tokens and types."""
        ids, types = (
            torch.nn.utils.rnn.pad_sequence([torch.tensor(one) for one in rows], batch_first=True)
            for rows in zip(*given, strict=True)
        )
        with quick():
            given_out = self.model(
                input_ids=ids,
                token_type_ids=types,
                attention_mask=ids.ne(0),
                output_hidden_states=True,
            )
            scores = self.classifier(given_out.pooler_output).squeeze(1)
        return Seen(scores.float(), given_out.hidden_states[1:], ids.ne(0))


def train(reader: Reader, examples: Sequence[Example], chance: random.Random) -> None:
    """Fine-tune a reader on labels alone."""
    plan = chance.sample(examples, len(examples))
    learn(reader, plan, BATCH, (RATE, 1e-2), lambda some: _loss(reader, some, chance))


def learn(
    reader: Reader,
    plan: Sequence[Example],
    batch: int,
    rates: tuple[float, float],
    loss_of: Callable[[Sequence[Example]], torch.Tensor],
) -> None:
    """Show every example once, in batches, at rates that are warmed up and then fall.

    ``rates``: of the layers, and of scale and shift.
    """
    body = [one for one in reader.parameters() if one.requires_grad and one.ndim]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rates[0]}, {"params": [reader.scale, reader.shift], "lr": rates[1]}]
    )
    steps = -(-len(plan) // batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda done: min((done + 1) / 30, max(0.02, 1 - done / steps))
    )
    for step in range(steps):
        loss = loss_of(plan[step * batch : (step + 1) * batch])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimiser.step()
        schedule.step()
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", flush=True)


def _loss(reader: Reader, examples: Sequence[Example], chance: random.Random) -> torch.Tensor:
    drawn = [one.drawn(chance) for one in examples]
    return missed(reader(pairs_of(examples, drawn)), drawn)


def pairs_of(
    examples: Sequence[Example], drawn: Sequence[Sequence[tuple[Shown, bool]]]
) -> list[tuple[str, Shown]]:
    """Give each question with all that was drawn for it, end to end."""
    both = zip(examples, drawn, strict=True)
    return [(one.question, shown) for one, some in both for shown, _ in some]


def missed(odds: torch.Tensor, drawn: Sequence[Sequence[tuple[Shown, bool]]]) -> torch.Tensor:
    """Give the loss of the log-odds of what was drawn for each question, end to end."""
    loss = torch.tensor(0.0)
    for one, some in zip(torch.split(odds, [len(some) for some in drawn]), drawn, strict=True):
        right = torch.tensor([float(is_right) for _, is_right in some])
        if right.any():
            loss = loss + functional.cross_entropy(one[None], right.argmax()[None])
        weights = torch.where(right > 0, 1.0, WRONG)
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(
            one, right, weight=weights, reduction="sum"
        )
    return loss / len(drawn)
