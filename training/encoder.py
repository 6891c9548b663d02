"""The encoder, fine-tuned for MaxSim by sentence.

all-MiniLM-L6-v2 with its lower layers as they are (their outputs are kept, so that a step costs
the upper ones only) and its upper layers and a projection to 160 dimensions trained: among the
passages of an article or a shelf the right one is to come first (cross-entropy), and so is the
right sentence, by the very score that serving computes (``summitqa.evidence``), BM25, headings
and length beside it.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from summitqa.encoder import Ints
from summitqa.evidence import PASSAGE_SHARE
from training.scope import Searched, Tokens, Unit, Wanted
from training.start import encoder_start

UPPER, DIMENSIONS = 3, 160
EPOCHS, RATE, BATCH = 2, 7e-5, 64
# The scores' weights, which are trained too, begin near what fitting gives: MaxSim, BM25, length,
# headings, and MaxSim among sentences.
COEFFICIENTS = (31.0, 1.5, -0.3, 5.0, 31.0)
SENTENCES = 0.5  # how much of the loss is about sentences
_CANDIDATES, _MORE = 40, 72


class Layers(torch.nn.Module):
    """A BERT cut in two: ``lower`` layers that stay, ``upper`` ones and a projection that learn."""

    def __init__(self, model: BertModel, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        for one in model.parameters():
            one.requires_grad = False
        layers = model.encoder.layer
        self.embeddings, self.lower = model.embeddings, layers[:-UPPER]
        self.upper = layers[-UPPER:]
        for one in self.upper.parameters():
            one.requires_grad = True
        self.projection = torch.nn.Parameter(torch.eye(model.config.hidden_size))
        self._kept: dict[Tokens, torch.Tensor] = {}

    @torch.inference_mode()
    def keep(self, texts: Iterable[Tokens]) -> None:
        """Run the lower layers once for each text and keep what they give, as float16."""
        todo = sorted(set(texts) - self._kept.keys(), key=lambda one: (len(one), one))
        for part in (todo[start : start + 16] for start in range(0, len(todo), 16)):
            ids = torch.zeros(len(part), len(part[-1]), dtype=torch.long)
            for row, text in enumerate(part):
                ids[row, : len(text)] = torch.tensor(text)
            mask = ids.ne(0)
            with quick():
                given = _run(self.lower, self.embeddings(input_ids=ids), mask).half()
            for row, text in enumerate(part):
                self._kept[text] = given[row, : len(text)].clone()

    @torch.no_grad()
    def project(self, units: Iterable[Unit]) -> None:
        """Start the projection from the 160 directions in which tokens' vectors vary most."""
        vectors = torch.cat(self([unit.given for unit in units])).double()
        _, found = torch.linalg.eigh(vectors.T @ vectors)
        kept = found[:, -DIMENSIONS:].flip(1).float().contiguous()
        self.projection = torch.nn.Parameter(kept.clone())

    def forward(self, texts: Sequence[Tokens]) -> list[torch.Tensor]:
        """Give the (n, 160) unit vectors of each kept text's n tokens."""
        found: dict[int, torch.Tensor] = {}
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for part in (order[start : start + 32] for start in range(0, len(order), 32)):
            kept = [self._kept[texts[number]].clone().float() for number in part]
            given = torch.nn.utils.rnn.pad_sequence(kept, batch_first=True)
            mask = torch.arange(given.shape[1]) < torch.tensor([len(one) for one in kept])[:, None]
            with quick():
                hidden = (_run(self.upper, given, mask) @ self.projection).float()
            for row, number in enumerate(part):
                found[number] = functional.normalize(hidden[row, : len(texts[number])], dim=-1)
        return [found[number] for number in range(len(texts))]


def quick() -> torch.autocast:
    """Multiply in bfloat16 where the processor does so itself: some five times as fast."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported())


def _run(layers: torch.nn.ModuleList, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    hindrance = ((~mask)[:, None, None, :].float() * -1e4).expand(-1, -1, mask.shape[1], -1)
    for layer in layers:
        given = layer(hidden, attention_mask=hindrance)
        hidden = torch.as_tensor(given[0] if isinstance(given, tuple) else given)
    return hidden


@dataclass(frozen=True, slots=True)
class Step:
    """Some questions, put to some passages of a scope at once."""

    searched: Searched
    wanted: Sequence[Wanted]
    passages: Sequence[int]


def steps(groups: Sequence[tuple[Searched, Sequence[Wanted]]], chance: random.Random) -> list[Step]:
    """Cut every scope's questions into batches, each with the passages it is put to."""
    plan = []
    for searched, questions in groups:
        small = len(searched.scope.units) < 100
        shuffled = chance.sample(questions, len(questions))
        parts = -(-len(shuffled) // (BATCH if small else BATCH // 2))
        for start in range(parts):
            wanted = shuffled[start::parts]
            most = _CANDIDATES if small else _MORE
            plan.append(Step(searched, wanted, _chosen(searched, wanted, most, chance)))
    return chance.sample(plan, len(plan))


def _chosen(
    searched: Searched, wanted: Sequence[Wanted], most: int, chance: random.Random
) -> list[int]:
    """Take the right passages, those that words alone mistake for them, and some at random."""
    right = {passage for one in wanted for passage in one.passages}
    firsts = searched.scope.firsts
    hard = [
        int(passage)
        for one in wanted
        for passage in np.argsort(-np.maximum.reduceat(one.bm25, firsts) - one.headings)[:3]
    ]
    rest = range(len(firsts))
    others = [*chance.sample(hard, len(hard)), *chance.sample(rest, len(rest))]
    return sorted(list(dict.fromkeys([*sorted(right), *others]))[: max(most, len(right))])


@dataclass(frozen=True, slots=True)
class Scored:
    """What the score is made of, for q questions and the p passages and s sentences of a step.

    ``numbers``: (s,) the sentences' within the scope; ``holders``: (s,) places of their passages;
    ``similarity``: (q, s) MaxSim; ``scores``: (q, p).
    """

    numbers: Ints
    holders: torch.Tensor
    similarity: torch.Tensor
    scores: torch.Tensor


def score(
    layers: Layers,
    coefficients: torch.Tensor,
    step: Step,
    bodies: Sequence[torch.Tensor] | None = None,
) -> Scored:
    """Score the passages of a step, and their sentences, for each of its questions.

    ``bodies``: what ``bodies_of`` gives for the passages, where it is known already.
    """
    units = [step.searched.scope.units[passage] for passage in step.passages]
    numbers, places = np.unique(np.concatenate([one.owners for one in units]), return_inverse=True)
    held = np.searchsorted(step.searched.scope.firsts, numbers, side="right") - 1
    holders = torch.tensor(np.searchsorted(step.passages, held))
    bodies = bodies or bodies_of(layers, units)
    similarity = _similarity(layers, step, bodies, torch.tensor(places), holders)
    words = torch.tensor(np.stack([one.bm25[numbers] for one in step.wanted]))
    features = (
        _best(similarity, holders, len(units)),
        _best(words, holders, len(units)),
        torch.tensor(step.searched.lengths[list(step.passages)]),
        torch.tensor(np.stack([one.headings[list(step.passages)] for one in step.wanted])),
    )
    scores = sum(weight * one for weight, one in zip(coefficients, features, strict=False))
    return Scored(numbers, holders, similarity, torch.as_tensor(scores))


def loss_of(layers: Layers, coefficients: torch.Tensor, step: Step) -> torch.Tensor:
    """Cross-entropy of the right passage among those of the step, and of the right sentence."""
    scored = score(layers, coefficients, step)
    right = _marked([one.passages for one in step.wanted], np.asarray(step.passages))
    quoted = _marked([one.sentences for one in step.wanted], scored.numbers)
    told = quoted.any(1)
    by_sentence = _missed(coefficients[4] * scored.similarity[told], quoted[told])
    return _missed(scored.scores, right) + SENTENCES * by_sentence


def bodies_of(layers: Layers, units: Sequence[Unit]) -> list[torch.Tensor]:
    """Give the vectors of each passage's own tokens."""
    given = layers([one.given for one in units])
    return [vectors[one.body : -1] for vectors, one in zip(given, units, strict=True)]


def _similarity(
    layers: Layers,
    step: Step,
    bodies: Sequence[torch.Tensor],
    places: torch.Tensor,
    holders: torch.Tensor,
) -> torch.Tensor:
    """MaxSim of each question to each sentence, (q, s), as ``summitqa.evidence`` says."""
    asked = layers([one.given for one in step.wanted])
    pairs = zip(asked, step.wanted, strict=True)
    tokens = torch.cat([vectors[1:-1][one.heard] for vectors, one in pairs])
    by_sentence = _best(tokens @ torch.cat(list(bodies)).T, places, len(holders))
    by_passage = _best(by_sentence, holders, len(bodies))
    blended = (1 - PASSAGE_SHARE) * by_sentence + PASSAGE_SHARE * by_passage[:, holders]
    shares = torch.tensor(np.concatenate([one.shares for one in step.wanted]))
    weighed = shares[:, None] * blended.clamp(min=0).square()
    owners = _repeated(len(one.heard) for one in step.wanted)
    return torch.zeros(len(asked), len(holders)).index_add(0, owners, weighed)


def _repeated(counts: Iterable[int]) -> torch.Tensor:
    """Give 0 so many times, then 1, and so on."""
    listed = torch.tensor(list(counts))
    return torch.repeat_interleave(torch.arange(len(listed)), listed)


def _best(values: torch.Tensor, owners: torch.Tensor, count: int) -> torch.Tensor:
    """Give the largest of each owner's (n, k) values, (n, count); -1 where it has none."""
    start = torch.full((len(values), count), -1.0)
    return start.scatter_reduce(1, owners.expand(len(values), -1), values, "amax")


def _marked(wanted: Sequence[Sequence[int]], among: Ints) -> torch.Tensor:
    return torch.tensor(np.stack([np.isin(among, one) for one in wanted]))


def _missed(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Give the mean negative log-likelihood that any of the right ones is drawn."""
    likely = torch.log_softmax(scores, 1).masked_fill(~right, -1e9)
    return -torch.logsumexp(likely, 1).mean()


def train(layers: Layers, plan: Sequence[Step], rate: float = RATE) -> torch.Tensor:
    """Take the steps in order; give the coefficients. AdamW, its rate warmed up, then to 0."""
    coefficients = torch.nn.Parameter(torch.tensor(COEFFICIENTS))
    parameters = [
        {"params": list(layers.upper.parameters()), "lr": rate},
        {"params": [layers.projection], "lr": 4 * rate},
        {"params": [coefficients], "lr": 2e-2},
    ]
    optimiser = torch.optim.AdamW(parameters, betas=(0.9, 0.98))
    warm = max(4, len(plan) // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda done: min((done + 1) / warm, max(0.02, (len(plan) - done) / len(plan)))
    )
    for number, step in enumerate(plan, start=1):
        loss = loss_of(layers, coefficients, step)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([*layers.upper.parameters(), layers.projection], 1.0)
        optimiser.step()
        schedule.step()
        if number % 25 == 0:
            print(f"step {number} of {len(plan)}: loss {loss.item():.3f}", flush=True)
    return coefficients.detach()


def load(path: Path) -> tuple[Layers, torch.Tensor]:
    """Give the layers and the coefficients that a run left."""
    kept = torch.load(path, weights_only=True)
    layers = Layers(*encoder_start())
    layers.projection = torch.nn.Parameter(torch.empty_like(kept["layers"]["projection"]))
    layers.load_state_dict(kept["layers"])
    return layers, kept["coefficients"]
