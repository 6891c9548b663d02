"""What speaks for each passage: late interaction over token vectors, and words in common.

**MaxSim** (Khattab and Zaharia 2020, arXiv:2004.12832), per sentence: each token of the
question takes its best cosine over the sentence's tokens, blended with its best over the
whole passage, negative ones as 0, squared, and averaged with weights √IDF over the scope's
passages. **BM25** scores each sentence on the question's content words. The exponents and
shares below are the best of a few values tried on SquadShifts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summitqa.context import answer_to
from summitqa.encoder import Floats, Ints
from summitqa.lexical import Lexicon, bm25_parts, inverse_frequency
from summitqa.nearest import nearest
from summitqa.question import Question
from summitqa.store import Store

# Up to this many passages are all looked at closely; of more, only the best candidates.
ALL_UP_TO = 512
CANDIDATES = 64
# How much of a token's similarity is taken from the passage rather than from the sentence.
PASSAGE_SHARE = 0.35
# A token that weighs less than this share of the weightiest, such as "the" in a long article,
# is left out: a fifth of all tokens, without which the fitting set is ranked as well.
LEAST_WEIGHT = 0.3
# So many of the best passages give way to what answers them where they only ask: more than are
# read, or shown to somebody who turns the pages.
LEADING = 16
# Tokens that are decoded at a time.
_BLOCK = 512
# Weights of BM25 and of the cosine of the best sentence, both divided by the best value in
# the scope, and of the passage's coverage and headings, when candidates are chosen.
BM25_SHARE, COSINE_SHARE, COVERAGE_SHARE, HEADINGS_SHARE = 0.4, 0.6, 0.3, 0.3


@dataclass(frozen=True, slots=True)
class Scope:
    """Passages ``first:last`` of a store: those of one article, or all."""

    store: Store
    first: int
    last: int

    @classmethod
    def of(cls, store: Store, article: str | None) -> "Scope":
        """Scope to an article by slug, or to the whole shelf; ArticleUnknownError where unknown."""
        if article is None:
            return cls(store, 0, len(store.tables.passages) - 1)
        number = store.number(article)
        return cls(store, *(int(bound) for bound in store.tables.articles[number : number + 2]))

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self.last - self.first

    @property
    def sentences(self) -> tuple[int, int]:
        """First and end of the sentences."""
        return int(self.store.tables.passages[self.first]), int(
            self.store.tables.passages[self.last]
        )

    def answer_to(self, passage: int) -> int | None:
        """Give the passage that answers one that only asks; both are numbers of the store."""
        article, asking = self.store.home(passage)
        answer = answer_to(article, asking)
        return None if answer is None else passage + answer.number - asking.number

    def headed(self, stem: str) -> Ints:
        """Give the passages, as counted from the first, whose title or headings hold a stem."""
        tables = self.store.tables
        titled, under = self.store.headed(stem)
        if not len(titled) + len(under):  # as most words
            return titled
        marked = np.zeros(len(self.store.manifest.facts["headings"]), bool)
        marked[under] = True
        held = marked[tables.headings[self.first : self.last]]
        bounds = np.clip(tables.articles[[titled, titled + 1]], self.first, self.last)
        held[_runs(*(bounds - self.first))] = True
        return np.flatnonzero(held).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each of c candidate passages and their s sentences.

    ``passages``: (c,) numbers, ascending; ``sentences``: (s,) numbers; ``firsts``: (c,) where
    each passage's sentences begin among them; ``similarity`` and ``bm25``: (s,), the latter
    divided by the question's IDF mass;
    ``coverage``: (c,) share of the question's IDF mass whose word stands in the passage or above
    it; ``headings``: (c,) IDF, over headings, of what stands above it, divided by that mass, too;
    ``lengths``: (c,) natural logarithm of the words in the passage; ``cosine``: of the
    sentence vector nearest to the question's; ``total``: how many passages the scope has,
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
    total: int

    def best(self, per_sentence: Floats) -> Floats:
        """Give the (c,) best value of each passage's sentences."""
        best: Floats = np.maximum.reduceat(per_sentence, self.firsts)
        return best

    def rows(self, place: int) -> slice:
        """Give the sentences of the passage at a place."""
        bounds = (*self.firsts[place : place + 2].tolist(), len(self.sentences))
        return slice(bounds[0], bounds[1])


@dataclass(frozen=True, slots=True)
class Words:
    """Lexical evidence: BM25 by sentence, (s,), coverage and headings by passage, (p,).

    All are divided by the mass: the sum of the inverse frequencies of what was looked for.
    """

    bm25: Floats
    coverage: Floats
    headings: Floats


def gather(question: Question, scope: Scope) -> Evidence:
    """Weigh every passage of a scope, or of a large one the best candidates."""
    bounds = scope.store.tables.passages[scope.first : scope.last + 1]
    found = weigh_words(question.stems, scope.store.lexicon, bounds, scope.headed)
    near = nearest(scope.store.vectors, question.sentence, 4 * CANDIDATES, *scope.sentences)
    if scope.passages <= ALL_UP_TO:
        passages = np.arange(scope.first, scope.last, dtype=np.int32)
    else:
        passages = _candidates(scope, found, *near)
    tables = scope.store.tables
    starts, ends = tables.passages[passages], tables.passages[passages + 1]
    sentences = _runs(starts, ends)
    firsts = np.concatenate([[0], np.cumsum(ends - starts)[:-1]]).astype(np.int32)
    lengths = np.add.reduceat(scope.store.lexicon.lengths[sentences], firsts)
    return Evidence(
        passages=passages,
        sentences=sentences,
        firsts=firsts,
        similarity=_similarity(question, scope, passages, sentences, firsts),
        bm25=found.bm25[sentences - scope.sentences[0]],
        coverage=found.coverage[passages - scope.first],
        headings=found.headings[passages - scope.first],
        lengths=np.log(np.maximum(lengths, 1)).astype(np.float32),
        cosine=float(near[1].max(initial=0)),
        total=scope.passages,
    )


def weigh_words(
    stems: Iterable[str], lexicon: Lexicon, bounds: Ints, headed: Callable[[str], Ints]
) -> Words:
    """Look for stems in p passages and above them.

    ``bounds``: (p + 1,) where their sentences begin, and end; ``headed`` gives the passages whose
    title or headings hold a stem.
    """
    first, last, passages = int(bounds[0]), int(bounds[-1]), len(bounds) - 1
    lengths = lexicon.lengths[first:last].astype(np.float32)
    scores = np.zeros(last - first, np.float32)
    coverage, headings = np.zeros((2, passages), np.float32)
    mass = 0.0
    average = float(lengths.mean()) if len(lengths) else 1.0
    for stem in stems:
        rows, counts = lexicon.postings(stem, first, last)
        holding = np.unique(np.searchsorted(bounds, rows, side="right") - 1)
        weight = inverse_frequency(passages, len(holding))
        scores[rows - first] += weight * bm25_parts(counts, lengths[rows - first], average)
        above = headed(stem)
        if len(above):
            headings[above] += inverse_frequency(passages, len(above))
            holding = np.union1d(holding, above)
        coverage[holding] += weight
        mass += weight
    share = np.float32(1 / max(mass, 1e-9))
    return Words(scores * share, coverage * share, headings * share)


def _candidates(scope: Scope, found: Words, near: Ints, cosines: Floats) -> Ints:
    """Choose passages by BM25 and by cosine, each sentence's two scores added, and by headings.

    Both are divided by the best in the scope: fusing by score keeps what ranks throw away. What
    answers one of the best that only ask comes with them, though it may share no word.
    """
    first, _ = scope.sentences
    scores = found.bm25 * np.float32(BM25_SHARE / max(float(found.bm25.max()), 1e-9))
    if len(near):
        scores[near - first] += np.float32(COSINE_SHARE) * cosines / max(float(cosines.max()), 1e-9)
    bounds = scope.store.tables.passages[scope.first : scope.last] - first
    best = np.maximum.reduceat(scores, bounds) + np.float32(COVERAGE_SHARE) * found.coverage
    best += np.float32(HEADINGS_SHARE) * found.headings
    chosen = np.argpartition(-best, CANDIDATES)[:CANDIDATES]
    leading = chosen[np.argsort(-best[chosen])[:LEADING]] + scope.first
    answers = (scope.answer_to(int(one)) for one in leading)
    found_with = [one for one in answers if one is not None]
    return np.union1d(chosen + scope.first, found_with).astype(np.int32)


def _similarity(
    question: Question, scope: Scope, passages: Ints, sentences: Ints, firsts: Ints
) -> Floats:
    """MaxSim of each sentence, (s,), as the module says."""
    tables = scope.store.tables
    weights = np.sqrt(_token_weights(question, scope))
    heard = np.flatnonzero(weights >= LEAST_WEIGHT * weights.max())
    cosines = _cosines(question.tokens[heard], scope.store, passages)
    counts = tables.sentences[sentences + 1] - tables.sentences[sentences]
    by_sentence = np.maximum.reduceat(cosines, np.cumsum(counts) - counts, axis=1)
    by_passage = np.maximum.reduceat(by_sentence, firsts, axis=1)
    by_passage = np.repeat(by_passage, np.diff(firsts, append=len(sentences)), axis=1)
    blended = (1 - PASSAGE_SHARE) * by_sentence + PASSAGE_SHARE * by_passage
    weights = (question.shares * weights)[heard]
    similarity: Floats = (weights / weights.sum()) @ np.square(np.maximum(blended, 0))
    return similarity


def _cosines(tokens: Floats, store: Store, passages: Ints) -> Floats:
    """Cosines of the (q, d) tokens of a question to the t tokens of the passages, (q, t).

    Decoded block by block into one small buffer: it stays in the processor's cache, and memory
    does not grow with the scope.
    """
    tables = store.tables
    starts = tables.sentences[tables.passages[passages]]
    ends = tables.sentences[tables.passages[passages + 1]]
    cosines = np.empty((len(tokens), int((ends - starts).sum())), np.float32)
    buffer = np.empty((_BLOCK, tokens.shape[1]), np.float32)
    done = 0
    for start, end in _blocks(starts, ends):
        decoded = buffer[: end - start]
        decoded[:] = store.tokens[start:end]
        part = cosines[:, done : done + end - start]
        np.matmul(tokens, decoded.T, out=part)
        part *= tables.scales[start:end]
        done += end - start
    return cosines


def _blocks(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cover the ranges ``starts[i]:ends[i]`` in order, those that touch taken together."""
    apart = np.flatnonzero(starts[1:] != ends[:-1])
    for start, end in zip(starts[[0, *apart + 1]], ends[[*apart, -1]], strict=True):
        for first in range(start, end, _BLOCK):
            yield first, min(first + _BLOCK, int(end))


def _token_weights(question: Question, scope: Scope) -> Floats:
    """Inverse frequency of each token of the question, (q,), over the scope's passages."""
    tables = scope.store.tables
    if scope.passages == len(tables.passages) - 1:
        known = np.minimum(question.pieces, len(tables.frequencies) - 1)
        holding = np.where(known == question.pieces, tables.frequencies[known], 0)
    else:
        bounds = tables.sentences[tables.passages[scope.first : scope.last + 1]]
        pieces = tables.pieces[bounds[0] : bounds[-1]]
        held = np.logical_or.reduceat(
            pieces == question.pieces[:, None], bounds[:-1] - bounds[0], axis=1
        )
        holding = held.sum(axis=1)
    weights: Floats = inverse_frequency(scope.passages, holding).astype(np.float32)
    return weights


def _runs(starts: Ints, ends: Ints) -> Ints:
    """Concatenate the ranges ``starts[i]:ends[i]``."""
    counts = ends - starts
    offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    runs: Ints = np.arange(counts.sum()) + offsets
    return runs
