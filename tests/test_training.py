"""Training sees what serving sees."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from benchmarks.corpus import NEAR_TOPIC, OFF_TOPIC, Asked, store_of
from summitqa.article import Article
from summitqa.encoder import Encoder, WindowedEncoder
from summitqa.evidence import gather
from summitqa.question import Question
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from summitqa_index.vectors import embed
from training.groups import Group, by_itself
from training.scope import Scope, Searched

LONG = "The boat rows to the far bank. " * 60
HANDBOOK = f"# The handbook\n\nWelcome.\n\n## Doors\n\nThey open at nine.\n\n## Boats\n\n{LONG}\n"


@pytest.fixture
def article() -> Article:
    return to_article(read_plain(HANDBOOK.encode(), markdown=True), "handbook")


def test_words_weigh_the_same(
    tmp_path: Path, tokenizer: Tokenizer, article: Article, fake_encoder: Encoder
):
    searched = Searched(Scope.of([article], tokenizer), tokenizer)
    store = store_of([article], fake_encoder, tmp_path)
    for text in ("When do the doors of the handbook open?", "Which boats row to the bank?"):
        wanted = searched.wanted(Asked(text, None))
        found = gather(Question.read(text, fake_encoder), store.scope(None))
        np.testing.assert_array_equal(wanted.headings, found.headings)
        np.testing.assert_array_equal(wanted.bm25, found.bm25)
        assert wanted.headings.any()
        assert wanted.bm25.any()


def test_the_encoder_is_given_the_same_tokens(tokenizer: Tokenizer, article: Article):
    given: list[tuple[int, ...]] = []

    def hidden(ids):
        given.append(tuple(ids[0].tolist()))
        return np.ones((ids.shape[1], 1), np.float32)

    encoder = WindowedEncoder(tokenizer, 256, "", hidden)
    firsts = []
    for passage in article.passages:
        firsts.append(len(given))
        embed(encoder, article, passage)
    units = Scope.of([article], tokenizer).units
    assert len(given) > len(units) == 3
    assert [given[first] for first in firsts] == [unit.given for unit in units]


def test_a_document_by_itself_is_asked_what_was_written_about_it():
    one, two = (
        to_article(read_plain(f"# {slug}\n\nIt rows.\n".encode(), markdown=True), slug)
        for slug in ("one", "two")
    )
    both = Asked("Who rows?", None, places=(("one", 1), ("two", 1)), source="first")
    near = Asked("Who flies?", None, kind=NEAR_TOPIC, source="first")
    other = Asked("Who swims?", None, places=(("two", 1),), source="second")
    strayed = Asked("Who sails?", None, places=(("two", 1),), source="first")
    line = Asked("What is pi?", None, kind=OFF_TOPIC)
    natural = (both, near, replace(both, text="It?"), strayed, other)
    shelf = Group("both", (one, two), natural, (), (line,), fold=0)
    alone = by_itself(shelf, one)
    assert [asked.text for asked in alone.natural] == ["Who rows?", "Who flies?", "It?"]
    assert alone.natural[0].places == (("one", 1),)
    assert alone.articles == (one,)
    assert [asked.text for asked in by_itself(shelf, two).natural] == ["Who swims?"]
