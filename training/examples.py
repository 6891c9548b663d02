"""What the reader is trained on: for each question what the encoder finds, right and wrong."""

from collections.abc import Sequence

import torch

from benchmarks.corpus import Asked
from summitqa.article import Article
from summitqa.context import lead_of
from summitqa.reader import Shown
from training.encoder import Layers, Scored, Step, bodies_of, score
from training.reader import Example
from training.scope import Scope, Searched, Wanted

_AT_A_TIME, _WRONG, _BESIDE, _FOUND = 16, 6, 3, 3


def put(
    layers: Layers, articles: Sequence[Article], questions: Sequence[Asked]
) -> tuple[Searched, list[Wanted]]:
    """Put questions to articles; the lower layers have read all of them then."""
    searched = Searched(Scope.of(articles, layers.tokenizer), layers.tokenizer)
    wanted = [searched.wanted(one) for one in questions]
    layers.keep(unit.given for unit in searched.scope.units)
    layers.keep(one.given for one in wanted)
    return searched, wanted


@torch.inference_mode()
def examples(
    layers: Layers, coefficients: torch.Tensor, searched: Searched, wanted: Sequence[Wanted]
) -> list[Example]:
    """Score the whole scope for every question and take the best sentence of the best passages."""
    found = []
    passages = range(len(searched.scope.units))
    bodies = bodies_of(layers, searched.scope.units)
    for start in range(0, len(wanted), _AT_A_TIME):
        some = wanted[start : start + _AT_A_TIME]
        scored = score(layers, coefficients, Step(searched, some, passages), bodies)
        found += [_example(one, searched.scope, scored, row) for row, one in enumerate(some)]
    return found


def _example(sought: Wanted, scope: Scope, scored: Scored, row: int) -> Example:
    # What is beyond the window has no tokens, and so is like nothing.
    similarity = torch.full((len(scope.texts),), -1.0)
    similarity[torch.from_numpy(scored.numbers).long()] = scored.similarity[row]
    order = torch.argsort(scored.scores[row], descending=True).tolist()
    wrong = [passage for passage in order if passage not in sought.passages][:_WRONG]
    beside = {
        sentence for passage in sought.passages for sentence in scope.sentences(passage)
    } - set(sought.sentences)

    def best(sentences: Sequence[int]) -> list[int]:
        return sorted(sentences, key=lambda one: -float(similarity[one]))

    rank = min((order.index(one) + 1 for one in sought.passages), default=0)
    return Example(
        sought.text,
        rank,
        [shown(scope, best(scope.sentences(passage))[0]) for passage in order[:_FOUND]],
        [shown(scope, one) for one in best(sought.sentences)],
        [shown(scope, one) for one in best(sorted(beside))[:_BESIDE]],
        [shown(scope, best(scope.sentences(passage))[0]) for passage in wrong],
    )


def shown(scope: Scope, sentence: int) -> Shown:
    """Give a sentence of the scope as the reader sees it."""
    passage = scope.holder(sentence)
    article, home = scope.homes[passage]
    place = sentence - scope.firsts[passage]
    return Shown(scope.headings[passage], lead_of(article, home, place), scope.texts[sentence])
