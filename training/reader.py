"""The reader: a cross-encoder fine-tuned to tell whether a sentence answers a question.

Each question is shown with the sentence that answers it, another of the same passage, and the
best of the passages that retrieval mistakes for the right one; a question that nothing answers
with wrong ones only. The right sentence is to score above the others (cross-entropy), and the
score is to be the log-odds that it answers (logistic loss).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from summitqa.reader import Pairs, Shown

FROZEN, RATE, BATCH, NEGATIVES = 4, 4e-5, 8, 3
WRONG = 0.35  # what a wrong sentence counts beside a right one in the logistic loss


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
        given = [self._pairs.put(question, shown) for question, shown in pairs]
        order = sorted(range(len(given)), key=lambda number: len(given[number][0]))
        found: dict[int, torch.Tensor] = {}
        for part in (order[start : start + 8] for start in range(0, len(order), 8)):
            scores = self._scores([given[number] for number in part])
            found.update(zip(part, scores, strict=True))
        return (
            torch.stack([found[number] for number in range(len(given))]) * self.scale + self.shift
        )

    def _scores(self, given: Sequence[tuple[list[int], list[int]]]) -> torch.Tensor:
        ids, types = (
            torch.nn.utils.rnn.pad_sequence([torch.tensor(one) for one in rows], batch_first=True)
            for rows in zip(*given, strict=True)
        )
        pooled = self.model(
            input_ids=ids, token_type_ids=types, attention_mask=ids.ne(0)
        ).pooler_output
        scores: torch.Tensor = self.classifier(pooled).squeeze(1)
        return scores


def train(
    reader: Reader, examples: Sequence[Example], chance: random.Random, epochs: int = 1
) -> None:
    """Show every example so many times, in batches, at a rate that is warmed up and then falls."""
    body = [one for one in reader.parameters() if one.requires_grad and one.ndim]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": RATE}, {"params": [reader.scale, reader.shift], "lr": 1e-2}]
    )
    plan = [one for _ in range(epochs) for one in chance.sample(examples, len(examples))]
    steps = -(-len(plan) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda done: min((done + 1) / 30, max(0.02, 1 - done / steps))
    )
    for step in range(steps):
        loss = _loss(reader, plan[step * BATCH : (step + 1) * BATCH], chance)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(body, 1.0)
        optimiser.step()
        schedule.step()
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", flush=True)


def _loss(reader: Reader, examples: Sequence[Example], chance: random.Random) -> torch.Tensor:
    drawn = [one.drawn(chance) for one in examples]
    pairs = [
        (one.question, shown)
        for one, all_ in zip(examples, drawn, strict=True)
        for shown, _ in all_
    ]
    scores = reader(pairs).split([len(all_) for all_ in drawn])
    loss = torch.tensor(0.0)
    for odds, all_ in zip(scores, drawn, strict=True):
        right = torch.tensor([float(is_right) for _, is_right in all_])
        if right.any():
            loss = loss + functional.cross_entropy(odds[None], right.argmax()[None])
        weights = torch.where(right > 0, 1.0, WRONG)
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(
            odds, right, weight=weights, reduction="sum"
        )
    return loss / len(examples)
