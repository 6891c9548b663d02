"""The joint: whatever engine keeps a version, the same is found, read, cited and answered."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine

from benchmarks.corpus import store_of
from summitqa.article import Article
from summitqa.encoder import Encoder
from summitqa.errors import ArticleUnknownError
from summitqa.evidence import ALL_UP_TO, gather
from summitqa.folder import held
from summitqa.postgres.snapshot import PostgresSnapshot
from summitqa.question import Question
from summitqa.retrieval import Models
from summitqa.settings import HOUSE
from summitqa.snapshot import Scope, Snapshot
from summitqa_index.postgres import rows
from summitqa_index.postgres.publisher import SharedPublisher
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from summitqa_index.vectors import embed, key_of
from tests import sharing
from tests.fakes import FakeEncoder
from tests.memory import Memory

TEXTS = {
    "barn": "# The barn\n\nIt is new. Cars may park there.\n\nThe rent of the barn is low.\n",
    "house": "# The house\n\nIt is old.\n\n## Parking of cars\n\nBehind the barn.\n\nTwo at a time."
    "\n\n## Rent\n\nForty euros. Forty, no more.\n",
    "talk": "# A talk\n\nWho paid for the bridge?\n\nThe town paid for the bridge.\n\nWhy?\n\n"
    "The ferry was “zu langsam”, and the Élysée said nothing.\n",
    "yard": "# Parking, at last\n\nOne car for each.\n",
    "many": "# Many things\n\n" + "\n\n".join(
        f"Paragraph {n} is about thing{n % 97} and stuff. It stands alone." for n in range(600)
    ),
}  # fmt: skip
QUESTIONS = (
    "Who paid for the bridge?",
    "Is there parking for cars at the house?",
    "What is the rent of the barn?",
    "What is said about thing7 and thing8?",
    "Does the elysee say anything?",
    "Where does the moon rise?",
)
ENGINES = (
    "memory", "folder", "folder, mapped", "postgresql", "postgresql, of its own", "published",
)  # fmt: skip


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [
        to_article(read_plain(text.encode(), markdown=True), slug) for slug, text in TEXTS.items()
    ]


@pytest.fixture(scope="module")
def in_rows(
    articles: list[Article], vector_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Snapshot]]:
    """The articles in PostgreSQL, in tables that versions share, and in some of their own."""
    store = store_of(articles, FakeEncoder(), tmp_path_factory.mktemp("rows") / "store")
    engine = create_engine(vector_database)
    with engine.connect() as connection, connection.begin():
        driver = connection.connection.driver_connection
        rows.load(driver, "", ENGINES[3], store)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rows, "SHARED_UP_TO", 0)
            rows.load(driver, "", ENGINES[4], store)
    yield lambda version: PostgresSnapshot.open(engine, "", version)
    engine.dispose()


@pytest.fixture(scope="module")
def published(
    articles: list[Article],
    postgres_databases: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Snapshot]:
    """The articles as one replica has put them in PostgreSQL, and another has fetched them."""
    url, homes, encoder = postgres_databases(), tmp_path_factory.mktemp("homes"), FakeEncoder()
    pairs = [(article, passage) for article in articles for passage in article.passages]
    vectors = [(key_of(*pair, encoder.checksum), embed(encoder, *pair)) for pair in pairs]
    with sharing.replica(homes / "one", url) as one, sharing.replica(homes / "two", url) as two:
        publisher = SharedPublisher(one, HOUSE)
        with publisher.lock("a test"):
            facts = {"model": "fake", "checksum": encoder.checksum, "sources": []}
            publisher.switch(publisher.write(articles, vectors, facts))
        yield SharedPublisher(two, HOUSE).opened(publisher.used())


@pytest.fixture
def engine(
    articles: list[Article],
    fake_encoder: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Callable[[str], Snapshot]:
    def make(kind: str) -> Snapshot:
        if kind == "memory":
            return Memory.of(articles, fake_encoder)
        if kind.startswith("postgresql"):
            return request.getfixturevalue("in_rows")(kind)
        if kind == "published":
            return request.getfixturevalue("published")
        if kind == "folder, mapped":
            monkeypatch.setattr(held, "IN_MEMORY", 0)
        return store_of(articles, fake_encoder, tmp_path / "store")

    return make


@pytest.fixture(params=ENGINES)
def shelf(request: pytest.FixtureRequest, engine: Callable[[str], Snapshot]) -> Snapshot:
    return engine(request.param)


@pytest.fixture(params=ENGINES[1:])
def pair(
    request: pytest.FixtureRequest, engine: Callable[[str], Snapshot]
) -> tuple[Snapshot, Snapshot]:
    return engine("memory"), engine(request.param)


def scopes(one: Snapshot, other: Snapshot) -> list[tuple[Scope, Scope]]:
    return [(one.scope(article), other.scope(article)) for article in (None, *TEXTS)]


def equal(one: object, other: object, *names: str) -> None:
    for name in names:
        a, b = np.asarray(getattr(one, name)), np.asarray(getattr(other, name))
        np.testing.assert_array_equal(a, b, name)
        assert a.dtype.kind == b.dtype.kind


def test_scopes_are_counted_the_same(pair):
    for one, other in scopes(*pair):
        assert (one.first, one.passages) == (other.first, other.passages)
        assert one.mean_words == other.mean_words


def test_the_same_is_hit(pair, fake_encoder):
    for text in QUESTIONS:
        question = Question.read(text, fake_encoder)
        for one, other in scopes(*pair):
            a, b = (scope.search(question.stems, question.sentence, 5000) for scope in (one, other))
            for mine, yours in zip(a.postings, b.postings, strict=True):
                equal(mine, yours, "sentences", "passages", "counts", "words", "above")
            near = [
                dict(zip(hits.sentences.tolist(), hits.cosines, strict=True)) for hits in (a, b)
            ]
            assert near[0].keys() == near[1].keys()
            for sentence, cosine in near[0].items():
                assert near[1][sentence] == pytest.approx(cosine, abs=1e-5)
            owners = [
                dict(zip(hits.sentences.tolist(), hits.passages, strict=True)) for hits in (a, b)
            ]
            assert owners[0] == owners[1]
            assert (np.diff(b.cosines) <= 0).all()


def test_no_more_sentences_are_near_than_asked_for(shelf, fake_encoder):
    hits = shelf.scope("many").search((), Question.read("Any thing?", fake_encoder).sentence, 9)
    assert [len(each) for each in (hits.sentences, hits.passages, hits.cosines)] == [9, 9, 9]


def test_the_same_is_read(pair):
    for one, other in scopes(*pair):
        numbers = np.arange(one.first, one.first + one.passages, dtype=np.int32)
        for passages in (numbers, numbers[::3], numbers[-1:]):
            a, b = one.read(passages), other.read(passages)
            equal(a, b, "passages", "firsts", "sentences", "words", "starts", "scales")
            tokens = int(a.starts[-1])
            for start, end in [(0, tokens), (1, tokens - 1), (tokens // 3, tokens // 2), (2, 2)]:
                np.testing.assert_array_equal(a.tokens[start:end], b.tokens[start:end])
            assert one.cite(passages.tolist()) == other.cite(passages.tolist())


def test_the_same_words_are_known(pair, fake_encoder):
    one, other = pair
    stems = [*one.vocabulary, "nowhere", ""]
    assert [stem in other.vocabulary for stem in stems] == [True] * (len(stems) - 2) + [False] * 2
    for mine, yours in scopes(one, other):
        np.testing.assert_array_equal(mine.standing(stems), yours.standing(stems))
        pieces = np.arange(5000, dtype=np.int32)
        np.testing.assert_array_equal(mine.holding(pieces), yours.holding(pieces))
        for initial in "abtz9é”":
            assert list(mine.forms(initial)) == list(yours.forms(initial))


def test_an_article_that_is_nearly_all_of_a_shelf_is_counted_apart(fake_encoder, tmp_path):
    texts = {"most": TEXTS["talk"], "rest": TEXTS["yard"]}
    articles = [
        to_article(read_plain(text.encode(), markdown=True), slug) for slug, text in texts.items()
    ]
    one = Memory.of(articles, fake_encoder).scope("most")
    other = store_of(articles, fake_encoder, tmp_path / "store").scope("most")
    pieces = np.arange(5000, dtype=np.int32)
    np.testing.assert_array_equal(one.holding(pieces), other.holding(pieces))
    assert one.mean_words == other.mean_words


def test_the_same_is_answered(pair, fake_encoder):
    models = Models(fake_encoder)
    for text in QUESTIONS:
        for article in (None, *TEXTS):
            one, other = (models.ask(shelf, text, article, 5) for shelf in pair)
            assert one.found == other.found
            assert one.confidence == pytest.approx(other.confidence, abs=1e-4)
            assert [match.citation for match in one.matches] == [
                match.citation for match in other.matches
            ]


def test_of_many_passages_the_candidates_are_the_same(pair, fake_encoder):
    question = Question.read("Which paragraph is about thing7, and what stuff?", fake_encoder)
    one, other = (gather(question, shelf.scope(None)) for shelf in pair)
    assert len(one.passages) < ALL_UP_TO < one.total
    equal(one, other, "passages", "sentences", "firsts", "bm25", "coverage", "headings", "lengths")
    np.testing.assert_array_equal(one.similarity, other.similarity)


def test_articles_are_found_by_slug_and_by_what_is_typed(shelf, articles):
    assert list(shelf.slugs) == list(TEXTS)
    assert [shelf.article(slug) for slug in TEXTS] == articles
    assert "barn" in shelf.slugs
    assert "bar" not in shelf.slugs
    for call in (shelf.article, shelf.scope):
        with pytest.raises(ArticleUnknownError, match="'moon'"):
            call("moon")
    assert shelf.titles(" THE ", 9) == [("barn", "The barn"), ("house", "The house")]
    assert shelf.titles("the", 1) == [("barn", "The barn")]
    assert [slug for slug, _ in shelf.titles("", 9)] == list(TEXTS)
    assert shelf.titles("n\0m", 9) == shelf.titles("barnthe", 9) == []
    assert set(shelf.languages) == {"en"}
