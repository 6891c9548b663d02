"""What speaks for each passage: late interaction over token vectors, and words in common.

**MaxSim** (Khattab and Zaharia 2020, arXiv:2004.12832), per sentence: each token of the
question takes its best cosine over the sentence's tokens, blended with its best over the
whole passage, negative ones as 0, squared, and averaged with weights √IDF over the scope's
passages. **BM25** scores each sentence on the question's content words. The exponents and
shares below are the best of a few values tried on SquadShifts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summitqa.context import answer_to
from summitqa.encoder import Floats, Ints
from summitqa.lexical import inverse_frequency
from summitqa.question import Question
from summitqa.snapshot import Blocks, Hits, Scope
from summitqa.weighing import Term, Words, along, summed, together, weigh_words

# Up to this many passages, of so many tokens, are all looked at closely; of more, only the best
# candidates. What was written without paragraphs is few passages of thousands of tokens each.
ALL_UP_TO, ALL_TOKENS = 512, 200_000
CANDIDATES = 64
# How much of a token's similarity is taken from the passage rather than from the sentence.
PASSAGE_SHARE = 0.35
# A token that weighs less than this share of the weightiest, such as "the" in a long article,
# is left out: a fifth of all tokens, without which the fitting set is ranked as well.
LEAST_WEIGHT = 0.3
# So many of the best passages give way to what answers them where they only ask: more than are
# read, or shown to somebody who turns the pages.
LEADING = 16
# Of a longer question the weightiest tokens are compared; an ordinary one has a dozen.
MOST_HEARD = 128
# Tokens that are decoded at a time.
_BLOCK = 512
# Where terms stand in more sentences than this, passages that could be candidates are found first.
_MANY = 1 << 13
# Of a stem that stands above more passages than this, none is weighed for that alone: it adds
# little to any.
_FEW_ABOVE = 16 * CANDIDATES
# A greater share than sums in float32 can be off by.
_ROUNDING = 1e-3
# Weights of BM25 and of the cosine of the best sentence, both divided by the best value in
# the scope, and of the passage's coverage and headings, when candidates are chosen.
BM25_SHARE, COSINE_SHARE, COVERAGE_SHARE, HEADINGS_SHARE = 0.4, 0.6, 0.3, 0.3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each of c candidate passages and their s sentences.

    ``passages``: (c,) numbers, ascending; ``sentences``: (s,) numbers; ``firsts``: (c,) where
    each passage's sentences begin among them; ``similarity`` and ``bm25``: (s,), the latter
    divided by the question's IDF mass;
    ``coverage``: (c,) share of the question's IDF mass whose word stands in the passage or above
    it; ``headings``: (c,) IDF, over headings, of what stands above it, divided by that mass, too;
    ``lengths``: (c,) natural logarithm of the words in the passage; ``cosine``: of the
    sentence vector nearest to the question's; ``nearness``: the weighted mean of its tokens' best
    cosines, wherever in the candidates each has it; ``total``: how many passages the scope has,
    candidates or not.
    """

    passages: Ints
    sentences: Ints
    firsts: Ints
    similarity: Floats
    bm25: Floats
    coverage: Floats
    headings: Floats
    lengths: Floats
    cosine: float
    nearness: float
    total: int

    def best(self, per_sentence: Floats) -> Floats:
        """Give the (c,) best value of each passage's sentences."""
        best: Floats = np.maximum.reduceat(per_sentence, self.firsts)
        return best

    def rows(self, place: int) -> slice:
        """Give the sentences of the passage at a place."""
        bounds = (*self.firsts[place : place + 2].tolist(), len(self.sentences))
        return slice(bounds[0], bounds[1])


def gather(question: Question, scope: Scope) -> Evidence:
    """Weigh every passage of a scope, or of a large one the best candidates."""
    hits = scope.search(question.stems, question.sentence, 4 * CANDIDATES)
    terms = [Term.of(one, scope.passages, scope.mean_words) for one in hits.postings]
    many = sum(len(one.sentences) for one in terms) > _MANY
    words = _contending(terms, hits) if many else weigh_words(terms)
    blocks = _read(scope, words, hits)
    if many:  # what answers a candidate is read with it, though it be no contender
        words = weigh_words([one.among(blocks.passages) for one in terms])
    lengths = np.add.reduceat(blocks.words, blocks.firsts)
    holding = scope.holding(question.pieces)
    weights = np.sqrt(inverse_frequency(scope.passages, holding).astype(np.float32))
    similarity, nearness = _similarity(question, weights, blocks)
    return Evidence(
        passages=blocks.passages,
        sentences=blocks.sentences,
        firsts=blocks.firsts,
        similarity=similarity,
        bm25=along(words.sentences, words.bm25, blocks.sentences),
        coverage=along(words.passages, words.coverage, blocks.passages),
        headings=along(words.passages, words.headings, blocks.passages),
        lengths=np.log(np.maximum(lengths, 1)).astype(np.float32),
        cosine=float(hits.cosines.max(initial=0)),
        nearness=nearness,
        total=scope.passages,
    )


def _read(scope: Scope, words: Words, hits: Hits) -> Blocks:
    if scope.passages <= ALL_UP_TO:
        blocks = scope.read(np.arange(scope.first, scope.first + scope.passages, dtype=np.int32))
        if blocks.starts[-1] <= ALL_TOKENS:
            return blocks
    return scope.read(_candidates(scope, words, hits))


def answers_to(scope: Scope, passages: Ints) -> list[int | None]:
    """Give for each passage the one that answers it where it only asks, by their numbers."""
    found = []
    for number, (article, asking) in zip(
        passages.tolist(), scope.cite(passages.tolist()), strict=True
    ):
        answer = answer_to(article, asking)
        found.append(None if answer is None else number + answer.number - asking.number)
    return found


def _candidates(scope: Scope, words: Words, hits: Hits) -> Ints:
    """Choose passages by BM25 and by cosine, each sentence's two scores added, and by headings.

    Both are divided by the best in the scope: fusing by score keeps what ranks throw away. What
    answers one of the best that only ask comes with them, though it may share no word. Of two
    that are worth the same the former is taken.
    """
    passages, totals = _totals(words, hits)
    chosen = passages[_largest(totals, CANDIDATES)]
    answers = [one for one in answers_to(scope, chosen[:LEADING]) if one is not None]
    return np.union1d(chosen, answers).astype(np.int32)


def _contending(terms: Sequence[Term], hits: Hits) -> Words:
    """Weigh words in the passages that could be candidates, rather than in all that hold one.

    They are those of the nearest sentences, those under a word, that of the best sentence by words,
    and what could be worth as much as the last candidate of these. Any other's best sentence is
    worth so small a share of the best's that coverage, at its most, does not make up for it.
    """
    above = [one.above for one in terms if len(one.above) <= _FEW_ABOVE]
    near = np.zeros(len(hits.sentences), np.float32)
    for one in terms:
        near += along(one.sentences, one.bm25, hits.sentences)
    least = float(near.max(initial=0))
    passages = np.unique(np.concatenate([hits.passages, *above, _reaching(terms, 1, least)]))
    words = weigh_words([one.among(passages) for one in terms])
    share = _sharing(terms, _totals(words, hits)[1])
    if share > 1:
        return words
    if share <= 0:
        return weigh_words(terms)
    passages = np.union1d(passages, _reaching(terms, share, least))
    return weigh_words([one.among(passages) for one in terms])


def _sharing(terms: Sequence[Term], totals: Floats) -> float:
    """Give what share of the best BM25 a passage without a near sentence needs to be a candidate.

    ``totals``: what others are worth.
    """
    if len(totals) < CANDIDATES:
        return 0.0
    mass = max(sum(one.weight for one in terms), 1e-9)
    headings = sum(one.headed for one in terms if len(one.above) > _FEW_ABOVE) / mass
    last = float(np.partition(totals, -CANDIDATES)[-CANDIDATES])
    rest = COVERAGE_SHARE + HEADINGS_SHARE * headings + _ROUNDING
    return (last - rest) / BM25_SHARE


def _reaching(terms: Sequence[Term], share: float, best: float) -> Ints:
    """Give the passages of the sentences whose BM25 is such a share of the best's, and a few more.

    ``best``: what the best is worth at least. Sentences are taken from the rarest terms, until
    those that are left could not make up as much; these are looked up where it may still be reached
    (MaxScore, Turtle and Flood 1995).
    """
    ordered = sorted(terms, key=lambda one: len(one.sentences))
    left = np.cumsum([0.0, *(one.most for one in reversed(ordered))])[::-1]
    share *= 1 - _ROUNDING
    rare = int(np.count_nonzero(left[:-1] >= share * best))
    sentences, holders, scores = summed(ordered[:rare])
    for one, rest in zip([*ordered[rare:], None], left[rare:], strict=True):
        best = max(best, float(scores.max(initial=0)))
        kept = scores >= share * best - rest
        sentences, holders, scores = sentences[kept], holders[kept], scores[kept]
        if one:
            scores += along(one.sentences, one.bm25, sentences)
    return np.unique(holders)


def _totals(words: Words, hits: Hits) -> tuple[Ints, Floats]:
    """Give the passages that anything speaks for, ascending, and what each is worth."""
    holders, best = _by_sentence(words, hits)
    passages, (held, worded) = together([holders, words.passages])
    totals = np.zeros(len(passages), np.float32)
    totals[held] = best
    totals[worded] += np.float32(COVERAGE_SHARE) * words.coverage
    totals[worded] += np.float32(HEADINGS_SHARE) * words.headings
    return passages, totals


def _by_sentence(words: Words, hits: Hits) -> tuple[Ints, Floats]:
    """Give the passages that a sentence speaks for, ascending, and the score of each one's best.

    What is unlike the question speaks against none: the least is 0.
    """
    sentences, (worded, near) = together([words.sentences, hits.sentences])
    scores = np.zeros(len(sentences), np.float32)
    most = max(float(words.bm25.max(initial=0)), 1e-9)
    scores[worded] = words.bm25 * np.float32(BM25_SHARE / most)
    if len(near):
        most = max(float(hits.cosines.max()), 1e-9)
        scores[near] += np.float32(COSINE_SHARE) * hits.cosines / most
    holders = np.empty(len(sentences), np.int32)
    holders[worded], holders[near] = words.holders, hits.passages
    firsts = np.flatnonzero(np.diff(holders, prepend=-1))
    if not len(firsts):
        return holders, scores
    return holders[firsts], np.maximum(np.maximum.reduceat(scores, firsts), 0)


def _largest(values: Floats, count: int) -> NDArray[np.int64]:
    """Give the places of the largest values, these first; of equal ones the former comes first."""
    places: NDArray[np.int64] = np.arange(len(values))
    if len(values) > count:
        least = np.partition(values, len(values) - count)[len(values) - count]
        places = np.flatnonzero(values >= least)
    return places[np.argsort(-values[places], kind="stable")][:count]


def _similarity(question: Question, weights: Floats, blocks: Blocks) -> tuple[Floats, float]:
    """MaxSim of each sentence, (s,), as the module says, and how near anything comes to the tokens.

    ``weights``: (q,) of the tokens.
    """
    heard = _heard(weights)
    by_sentence = _nearest(question.tokens[heard], blocks)
    by_passage = np.maximum.reduceat(by_sentence, blocks.firsts, axis=1)
    counts = np.diff(blocks.firsts, append=len(blocks.sentences))
    by_passage = np.repeat(by_passage, counts, axis=1)
    blended = (1 - PASSAGE_SHARE) * by_sentence + PASSAGE_SHARE * by_passage
    weights = (question.shares * weights)[heard]
    weights /= weights.sum()
    similarity: Floats = weights @ np.square(np.maximum(blended, 0))
    return similarity, float(weights @ np.maximum(by_sentence.max(axis=1), 0))


def _heard(weights: Floats) -> NDArray[np.int64]:
    """Give the places of the tokens that are compared, in order."""
    heard = np.flatnonzero(weights >= LEAST_WEIGHT * weights.max())
    return np.sort(heard[_largest(weights[heard], MOST_HEARD)])


def _nearest(tokens: Floats, blocks: Blocks) -> Floats:
    """Give the best cosine of each of the (q, d) tokens of a question in each sentence, (q, s).

    Decoded and compared block by block in two small buffers: they stay in the processor's cache,
    and memory does not grow with the tokens of the scope.
    """
    best = np.full((len(tokens), len(blocks.sentences)), -np.inf, np.float32)
    buffer = np.empty((_BLOCK, tokens.shape[1]), np.float32)
    for start, end in _blocks(blocks.passages, blocks.starts[[*blocks.firsts, -1]]):
        decoded = buffer[: end - start]
        decoded[:] = blocks.tokens[start:end]
        cosines = tokens @ decoded.T
        cosines *= blocks.scales[start:end]
        first, last = np.searchsorted(blocks.starts, [start + 1, end]) - [1, 0]
        begins = np.maximum(blocks.starts[first:last], start) - start
        part = best[:, first:last]
        np.maximum(part, np.maximum.reduceat(cosines, begins, axis=1), out=part)
    return best


def _blocks(passages: Ints, bounds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cover the tokens of passages, ``bounds[i]:bounds[i + 1]``, in order.

    Those of passages that follow one another are taken together, and no others: how a product is
    divided shows in its last bits, which must not depend on what else was chosen.
    """
    apart = bounds[np.flatnonzero(np.diff(passages) != 1) + 1].tolist()
    for start, end in zip([0, *apart], [*apart, int(bounds[-1])], strict=True):
        for first in range(start, end, _BLOCK):
            yield first, min(first + _BLOCK, end)
