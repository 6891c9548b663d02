"""Which passages of a large shelf are looked at closely, and what is told of them."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.corpus import store_of
from benchmarks.same import digest
from summitqa import evidence
from summitqa.encoder import Encoder
from summitqa.evidence import (
    BM25_SHARE,
    COSINE_SHARE,
    answers_to,
    gather,
)
from summitqa.folder.store import Store
from summitqa.question import Question
from summitqa.snapshot import Hits, Postings
from summitqa.weighing import Term, Words, weigh_words
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

BRIDGE = """# The bridge

MARA — What is the toll for a cart?

JON — Two shillings.

It was built long ago. Nobody knows by whom.

The toll is due at night, too.

Goats pass.

MARA — And the weather?
"""


def ints(*numbers: int) -> np.ndarray:
    return np.asarray(numbers, np.int32)


def floats(*numbers: float) -> np.ndarray:
    return np.asarray(numbers, np.float32)


def words(sentences: Any, holders: Any, bm25: Any, *passages: tuple[int, float, float]) -> Words:
    numbers, coverage, headings = zip(*passages, strict=True) if passages else ((), (), ())
    return Words(
        ints(*sentences), ints(*holders), floats(*bm25),
        ints(*numbers), floats(*coverage), floats(*headings),
    )  # fmt: skip


def hits(*near: tuple[int, int, float]) -> Hits:
    sentences, passages, cosines = zip(*near, strict=True) if near else ((), (), ())
    return Hits((), ints(*sentences), ints(*passages), floats(*cosines))


@pytest.fixture
def store(tmp_path: Path, fake_encoder: Encoder) -> Store:
    articles = [
        to_article(read_plain(text.encode(), markdown=True), slug)
        for slug, text in (("barn", "# The barn\n\nIt is new.\n"), ("bridge", BRIDGE))
    ]
    return store_of(articles, fake_encoder, tmp_path / "store")


def test_a_passage_is_worth_its_best_sentence_by_words_and_by_likeness_together():
    by_words = words([4, 5, 9], [1, 1, 3], [0.8, 0.4, 0.2])
    near = hits((5, 1, 0.8), (11, 4, 0.4))
    holders, best = evidence._by_sentence(by_words, near)
    assert holders.tolist() == [1, 3, 4]
    expected = [BM25_SHARE / 2 + COSINE_SHARE, BM25_SHARE / 4, COSINE_SHARE / 2]
    assert best.tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("first", [0, 1])
def test_the_first_passages_are_worth_something_too(first):
    holders, best = evidence._by_sentence(words([0], [first], [2]), hits())
    assert holders.tolist() == [first]
    assert best.tolist() == pytest.approx([BM25_SHARE])


def test_what_is_unlike_the_question_speaks_against_no_passage():
    holders, best = evidence._by_sentence(words([], [], []), hits((0, 0, 0.5), (3, 2, -0.4)))
    assert (holders.tolist(), best.tolist()) == ([0, 2], pytest.approx([COSINE_SHARE, 0]))
    for near in (hits((3, 2, -0.4)), hits((3, 2, 0.0))):
        assert [one.tolist() for one in evidence._by_sentence(words([], [], []), near)] == [
            [2],
            [0],
        ]


def test_where_nothing_speaks_for_any_there_is_none():
    assert [len(one) for one in evidence._by_sentence(words([], [], []), hits())] == [0, 0]


def test_the_largest_come_first_and_of_equal_ones_the_former():
    values = floats(1, 3, 3, 2, 3, 2)
    assert evidence._largest(values, 2).tolist() == [1, 2]
    assert evidence._largest(values, 4).tolist() == [1, 2, 4, 3]
    assert evidence._largest(values, 6).tolist() == [1, 2, 4, 3, 5, 0]
    assert evidence._largest(values, 9).tolist() == [1, 2, 4, 3, 5, 0]


class Quiet:
    """A scope in which no passage asks."""

    def cite(self, passages: list[int]) -> list[tuple[Any, Any]]:
        article = SimpleNamespace(text="It says.", passages=())
        said = SimpleNamespace(sentences=(SimpleNamespace(start=0, end=8),))
        return [(article, said) for _ in passages]


@pytest.mark.parametrize(
    ("best", "chosen"),
    [
        # Of passages 0 to 3: a sentence's words, the share of words in it, those of its heading.
        ({1: (1, 0, 0), 2: (0, 1, 0), 3: (0, 0, 0.5)}, [1, 2]),
        ({1: (0, 0, 0), 2: (0, 1, 0.1), 3: (0, 0, 1.2)}, [2, 3]),
        ({1: (0, 0.2, 0), 2: (0, 1, 0), 3: (0, 0, 1)}, [2, 3]),
        ({1: (0, 1, 1), 2: (0, 1, 0), 3: (1, 0, 0)}, [1, 3]),
        ({0: (0, 1, 0), 1: (0, 0, 1), 2: (0, 1, 0)}, [0, 1]),
    ],
)
def test_what_stands_in_a_passage_and_above_it_is_added(monkeypatch, best, chosen):
    monkeypatch.setattr(evidence, "CANDIDATES", 2)
    said = [(number, bm25) for number, (bm25, *_) in best.items() if bm25]
    by_words = words(
        [number for number, _ in said],
        [number for number, _ in said],
        [bm25 for _, bm25 in said],
        *((number, *rest) for number, (_, *rest) in best.items()),
    )
    assert evidence._candidates(Quiet(), by_words, hits()).tolist() == chosen


def scattered(chance: np.random.Generator, rate: float, above: float) -> Postings:
    """Have a stem stand in some of 900 sentences, three to a passage, and above some passages."""
    sentences = np.flatnonzero(chance.random(900) < rate).astype(np.int32)
    counts, words = chance.integers((1, 3), (4, 30), (len(sentences), 2), np.int32).T
    under = np.flatnonzero(chance.random(300) < above).astype(np.int32)
    return Postings(sentences, sentences // 3, counts, words, under)


def likenesses(chance: np.random.Generator, least: float) -> Hits:
    """Have forty sentences be near."""
    near = chance.choice(900, 40, replace=False).astype(np.int32)
    return Hits((), near, near // 3, np.sort(chance.uniform(least, 1, 40).astype(np.float32))[::-1])


@pytest.mark.parametrize("least", [-0.5, 0.2, 0.9])
@pytest.mark.parametrize("few", [0, 20, 300])
@pytest.mark.parametrize("above", [0, 0.01, 0.5])
def test_of_what_could_be_a_candidate_nothing_is_left_out(monkeypatch, least, few, above):
    monkeypatch.setattr(evidence, "CANDIDATES", 12)
    monkeypatch.setattr(evidence, "_FEW_ABOVE", few)
    chance = np.random.default_rng(0)
    for rates in ((0.01, 0.02), (0.01, 0.1, 0.3), (0.3, 0.3), (0.02, 0), ()):
        terms = [Term.of(scattered(chance, one, above), 300, 12) for one in rates]
        near = likenesses(chance, least)
        every, some = weigh_words(terms), evidence._contending(terms, near)
        expected = evidence._candidates(Quiet(), every, near)
        assert evidence._candidates(Quiet(), some, near).tolist() == expected.tolist()
        assert some.bm25.max(initial=0) == every.bm25.max(initial=0)


def test_where_what_is_near_is_worth_most_words_are_weighed_in_few_others(monkeypatch):
    monkeypatch.setattr(evidence, "CANDIDATES", 12)
    chance = np.random.default_rng(0)
    rare, common = (Term.of(scattered(chance, one, 0), 300, 12) for one in (0.02, 0.6))
    some = evidence._contending([rare, common], likenesses(chance, 0.9))
    assert len(some.passages) < len(weigh_words([rare, common]).passages) / 4


def test_of_many_words_as_of_few_the_evidence_is_the_same(
    store: Store, fake_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(evidence, "ALL_UP_TO", 0)
    monkeypatch.setattr(evidence, "CANDIDATES", 2)
    question = Question.read("MARA — What is the toll for a cart at night?", fake_encoder)
    found = []
    for many in (0, 1000):
        monkeypatch.setattr(evidence, "_MANY", many)
        found.append(digest(gather(question, store.scope(None))))
    assert found[0] == found[1]


def test_what_only_asks_is_answered_by_a_passage_of_its_article(store: Store):
    scope = store.scope(None)
    assert answers_to(scope, ints(0, 1, 2, 6)) == [None, 2, None, None]


def test_what_answers_one_that_only_asks_is_a_candidate_beside_it(
    store: Store, fake_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(evidence, "ALL_UP_TO", 6)
    monkeypatch.setattr(evidence, "CANDIDATES", 1)
    question = Question.read("MARA — What is the toll for a cart?", fake_encoder)
    assert gather(question, store.scope(None)).passages.tolist() == [1, 2]


@pytest.mark.parametrize(("passages", "tokens", "looked_at"), [(0, 0, 7), (-1, 0, 1), (0, -1, 1)])
def test_as_many_as_may_be_are_all_looked_at_and_of_more_the_best(
    store: Store, fake_encoder: Encoder, monkeypatch: pytest.MonkeyPatch,
    passages: int, tokens: int, looked_at: int,
):  # fmt: skip
    scope = store.scope(None)
    every = np.arange(scope.passages, dtype=np.int32)
    monkeypatch.setattr(evidence, "CANDIDATES", 1)
    monkeypatch.setattr(evidence, "ALL_UP_TO", len(every) + passages)
    monkeypatch.setattr(evidence, "ALL_TOKENS", int(scope.read(every).starts[-1]) + tokens)
    question = Question.read("Are there goats?", fake_encoder)
    assert len(gather(question, scope).passages) == looked_at


def test_the_sentences_of_each_passage_are_those_it_begins_with(
    store: Store, fake_encoder: Encoder
):
    found = gather(Question.read("What is the toll?", fake_encoder), store.scope("bridge"))
    rows = [found.rows(place) for place in range(len(found.passages))]
    assert [one.stop - one.start for one in rows] == [1, 1, 2, 1, 1, 1]
    assert [one.start for one in rows] == found.firsts.tolist()


def test_a_passage_is_as_long_as_the_logarithm_of_its_words(store: Store, fake_encoder: Encoder):
    found = gather(Question.read("What is the toll?", fake_encoder), store.scope("bridge"))
    # "JON — Two shillings."; two sentences; "Goats pass."
    assert np.exp(found.lengths[[1, 2, 4]]).tolist() == pytest.approx([3, 9, 2], rel=1e-5)


class Unlike:
    """A scope whose sentences are all as unlike the question, or have no word at all."""

    def __init__(self, scope: Any, cosine: float, words: int | None = None) -> None:
        self._scope, self._cosine, self._words = scope, cosine, words

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scope, name)

    def search(self, *given: Any) -> Hits:
        found = self._scope.search(*given)
        return replace(found, cosines=np.full_like(found.cosines, self._cosine))

    def read(self, passages: Any) -> Any:
        blocks = self._scope.read(passages)
        if self._words is None:
            return blocks
        return replace(blocks, words=np.full_like(blocks.words, self._words))


@pytest.mark.parametrize(("cosine", "told"), [(0.25, 0.25), (-0.25, 0)])
def test_of_the_nearest_sentence_it_is_told_how_near_but_of_none_how_far(
    store: Store, fake_encoder: Encoder, cosine: float, told: float
):
    question = Question.read("What is the toll?", fake_encoder)
    assert gather(question, Unlike(store.scope(None), cosine)).cosine == told


@pytest.mark.parametrize("words", [0, 1])
def test_a_passage_of_one_word_or_none_is_no_shorter_than_nothing(
    store: Store, fake_encoder: Encoder, words: int
):
    question = Question.read("What is the toll?", fake_encoder)
    found = gather(question, Unlike(store.scope("barn"), 0.5, words))
    assert found.lengths.tolist() == [0]
