"""Late interaction and words, over a store."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.corpus import store_of
from summitqa import evidence
from summitqa.encoder import Encoder, Floats
from summitqa.errors import ArticleUnknownError
from summitqa.evidence import ALL_UP_TO, CANDIDATES, gather
from summitqa.folder.scope import FolderScope
from summitqa.folder.store import Store
from summitqa.lexical import inverse_frequency
from summitqa.question import Question
from summitqa.snapshot import Blocks
from summitqa_index.sources.document import Document, Paragraph, join
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

ALASKA = (
    "The two leaders met in Alaska. They shook hands.",
    "Soldiers unrolled a red carpet. Volodymyr Zelensky stayed in Kyiv.",
    "The working lunch was cancelled.",
)
BREAD = ("Knead the dough. Let it rest.", "Bake the bread in a hot oven.")


def shelf(folder: Path, encoder: Encoder, **articles: tuple[str, ...]) -> Store:
    made = []
    for slug, paragraphs in articles.items():
        text, blocks = join(Paragraph(paragraph) for paragraph in paragraphs)
        made.append(to_article(Document(text, blocks, slug=slug), slug))
    return store_of(made, encoder, folder)


@pytest.fixture
def store(tmp_path: Path, fake_encoder: Encoder) -> Store:
    return shelf(tmp_path / "store", fake_encoder, alaska=ALASKA, bread=BREAD)


def test_the_sentence_with_the_words_of_the_question_is_nearest(
    store: Store, fake_encoder: Encoder
):
    found = gather(Question.read("Who unrolled the red carpet?", fake_encoder), store.scope(None))
    assert np.argmax(found.best(found.similarity)) == np.argmax(found.best(found.bm25)) == 1
    assert found.coverage[1] == pytest.approx(1)
    assert found.total == 5


def test_a_scope_is_one_article_and_no_other(store: Store, fake_encoder: Encoder):
    question = Question.read("Which oven bakes bread?", fake_encoder)
    assert gather(question, store.scope("bread")).passages.tolist() == [3, 4]
    assert gather(question, store.scope("alaska")).passages.tolist() == [0, 1, 2]
    with pytest.raises(ArticleUnknownError, match="alaska, bread"):
        store.scope("moscow")


def test_a_whole_shelf_agrees_with_its_parts(store: Store, fake_encoder: Encoder):
    """The vectors of a passage do not depend on what else is on the shelf."""
    question = Question.read("Knead the dough!", fake_encoder)
    whole = gather(question, store.scope(None))
    assert whole.best(whole.similarity).argmax() == 3


def test_of_a_large_shelf_the_candidates_hold_the_answer(tmp_path: Path, fake_encoder: Encoder):
    many = tuple(f"Paragraph {number} is about thing{number} and stuff." for number in range(600))
    large = shelf(tmp_path / "large", fake_encoder, many=many)
    question = Question.read("What is said about thing137?", fake_encoder)
    found = gather(question, large.scope(None))
    assert len(large.tables.passages) - 1 > ALL_UP_TO
    assert len(found.passages) == CANDIDATES
    assert found.passages[found.best(found.similarity).argmax()] == 137
    assert found.total == 600


HOUSE = """# The house

It is old.

## Parking of cars

Behind the barn.

Two at a time.

## Rent

Forty euros.
"""


@pytest.fixture
def house(tmp_path: Path, fake_encoder: Encoder) -> Store:
    articles = [
        to_article(read_plain(text.encode(), markdown=True), slug)
        for slug, text in (("barn", "# The barn\n\nIt is new.\n"), ("house", HOUSE))
    ]
    return store_of(articles, fake_encoder, tmp_path / "house")


def test_a_passage_is_held_by_the_words_of_its_title_and_headings(
    house: Store, fake_encoder: Encoder
):
    found = gather(Question.read("Parking at the house", fake_encoder), house.scope(None))
    rare, common = (inverse_frequency(5, holding) for holding in (2, 4))
    mass = 2 * inverse_frequency(5, 0)
    expected = np.asarray([0, common, common + rare, common + rare, common]) / mass
    np.testing.assert_allclose(found.headings, expected, rtol=1e-5)
    assert found.coverage.tolist() == [0, 0.5, 1, 1, 0.5]
    assert not found.bm25.any()


def test_of_headings_those_of_the_scope_count(house: Store, fake_encoder: Encoder):
    question = Question.read("Parking at the house or the barn", fake_encoder)
    assert gather(question, house.scope("barn")).headings.tolist() == [
        pytest.approx(inverse_frequency(1, 1) / (3 * inverse_frequency(1, 0)))
    ]
    part = gather(question, FolderScope(house, 3, 5))
    assert (part.headings > 0).tolist() == [True, True]
    assert part.headings[0] > part.headings[1]


def test_of_a_large_shelf_what_a_heading_speaks_of_is_a_candidate(
    tmp_path: Path, fake_encoder: Encoder
):
    """Though the words of its own say nothing, and many others hold a commoner word."""
    parts = [f"Paragraph {number} is about thing{number} and stuff." for number in range(600)]
    parts[:200] = [f"The visitors of room {number} sleep." for number in range(200)]
    parts[337] = f"## Parking\n\n{parts[337]}\n\n## More"
    article = to_article(read_plain("\n\n".join(parts).encode(), markdown=True), "many")
    large = store_of([article], fake_encoder, tmp_path / "large")
    question = Question.read("Is there parking for visitors?", fake_encoder)
    found = gather(question, large.scope(None))
    assert len(found.passages) == CANDIDATES
    assert found.passages[found.headings.argmax()] == 337


def test_words_of_every_passage_are_left_out_where_rare_ones_are_asked_for(
    tmp_path: Path, fake_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
):
    many = tuple(f"Paragraph {number} is about thing{number} and stuff." for number in range(40))
    large = shelf(tmp_path / "large", fake_encoder, many=many)
    compared: list[int] = []

    def counting(tokens: Floats, *rest: Any) -> Floats:
        compared.append(len(tokens))
        return nearest(tokens, *rest)

    nearest = evidence._nearest
    monkeypatch.setattr(evidence, "_nearest", counting)
    for asked in ("Is paragraph thing7 about stuff", "Is paragraph about stuff"):
        question = Question.read(asked, fake_encoder)
        gather(question, large.scope(None))
        compared.append(len(question.tokens))
    assert compared[0] < compared[1]
    assert compared[2] == compared[3]


def test_the_blocks_cover_the_passages_in_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evidence, "_BLOCK", 4)
    passages, bounds = np.asarray([3, 4, 8, 9]), np.asarray([0, 3, 5, 6, 15])
    blocks = list(evidence._blocks(passages, bounds))
    covered = [token for start, end in blocks for token in range(start, end)]
    assert covered == [*range(15)]
    assert [end - start for start, end in blocks] == [4, 1, 4, 4, 2]


def test_what_is_long_in_tokens_is_looked_at_by_candidates_too(
    store: Store, fake_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
):
    question = Question.read("Which oven bakes bread?", fake_encoder)
    monkeypatch.setattr(evidence, "ALL_TOKENS", 3)
    monkeypatch.setattr(evidence, "CANDIDATES", 2)
    found = gather(question, store.scope(None))
    assert len(found.passages) == 2
    assert 4 in found.passages


def test_of_a_long_question_the_weightiest_tokens_are_heard():
    weights = np.linspace(0.5, 1, 1000, dtype=np.float32)
    assert evidence._heard(weights).tolist() == [*range(1000 - evidence.MOST_HEARD, 1000)]
    assert evidence._heard(weights[:9]).tolist() == [*range(9)]


def test_the_best_of_each_sentence_is_that_of_all_its_tokens(
    store: Store, fake_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
):
    tokens = Question.read("Who unrolled the red carpet?", fake_encoder).tokens
    blocks = store.scope(None).read(np.arange(5, dtype=np.int32))
    every = blocks.tokens[0 : int(blocks.starts[-1])] * blocks.scales[:, None]
    spans = zip(blocks.starts[:-1], blocks.starts[1:], strict=True)
    wanted = [(tokens @ every[start:end].T).max(axis=1) for start, end in spans]
    for size in (1, 4, 7, 512):
        monkeypatch.setattr(evidence, "_BLOCK", size)
        np.testing.assert_allclose(
            evidence._nearest(tokens, blocks), np.stack(wanted, axis=1), atol=1e-5
        )


def test_a_sentence_has_a_third_of_what_its_passage_holds(store: Store, fake_encoder: Encoder):
    question = Question.read("carpet", fake_encoder)
    found = gather(question, store.scope(None))
    blocks = store.scope(None).read(np.arange(5, dtype=np.int32))
    own = evidence._nearest(question.tokens, blocks)[0]
    with_it, beside_it = found.rows(1).start, found.rows(1).start + 1
    assert own[with_it] == pytest.approx(1, abs=0.01)
    blended = 0.65 * own[beside_it] + 0.35 * own[with_it]
    assert found.similarity[beside_it] == pytest.approx(blended**2, rel=1e-4)
    assert found.similarity[with_it] == pytest.approx(own[with_it] ** 2, rel=1e-4)


def test_what_is_the_opposite_of_a_word_is_no_likeness(fake_encoder: Encoder):
    question = Question.read("carpet", fake_encoder)
    largest = np.abs(question.tokens).max()
    for sign, likeness in ((1, 1), (-1, 0)):
        tokens = np.rint(sign * question.tokens / largest * 127).astype(np.int8)
        one = np.zeros(1, np.int32)
        scales = np.asarray([largest / 127], np.float32)
        blocks = Blocks(one, one, one, one + 1, np.asarray([0, 1]), tokens, scales)
        found, near = evidence._similarity(question, np.ones(1, np.float32), blocks)
        assert found.tolist() == pytest.approx([likeness], abs=0.02)
        assert near == pytest.approx(likeness, abs=0.01)


def test_words_are_near_wherever_each_of_them_stands(store: Store, fake_encoder: Encoder):
    def near(text: str) -> float:
        return gather(Question.read(text, fake_encoder), store.scope(None)).nearness

    assert near("Soldiers knead lunch") == pytest.approx(1, abs=0.01)
    assert near("Soldiers knead concrete") < 0.95
    assert near("Pilots tame concrete") < near("Soldiers tame concrete")


def test_a_token_counts_by_its_share_and_by_how_rare_it_is(store: Store, fake_encoder: Encoder):
    scope = store.scope("bread")
    question = Question.read("And the hot oven?", fake_encoder, ["Who bakes bread?"])
    found = gather(question, scope)
    blocks = scope.read(found.passages)
    weights = question.shares * np.sqrt(inverse_frequency(2, scope.holding(question.pieces)))
    heard = weights / question.shares >= 0.3 * (weights / question.shares).max()
    own = evidence._nearest(question.tokens[heard], blocks)
    best = np.repeat(np.maximum.reduceat(own, found.firsts, axis=1), [2, 1], axis=1)
    parts = np.square(np.maximum(0.65 * own + 0.35 * best, 0))
    expected = weights[heard] @ parts / weights[heard].sum()
    np.testing.assert_allclose(found.similarity, expected, rtol=1e-4)
    nearest = np.maximum(own.max(axis=1), 0)
    near = weights[heard] @ nearest / weights[heard].sum()
    assert found.nearness == pytest.approx(near, rel=1e-4)
