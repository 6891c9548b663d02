"""People's own questions: the split is as it is told, every label stands where it is said to."""

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import natural
from benchmarks.asking import ask_all, own
from benchmarks.corpus import (
    ANSWERABLE,
    CONVERSATION,
    FITTING,
    NEAR_TOPIC,
    OFF_TOPIC,
    Asked,
    Corpus,
    read,
    store_of,
)
from summitqa.encoder import Encoder
from summitqa.retrieval import Models
from summitqa_index.sources.document import Document, Paragraph, Part, join
from summitqa_index.sources.passages import to_article
from tests.conftest import shared

SHELVES = (*natural.FITTED_SHELVES, *natural.REPORTED_SHELVES.values())


@pytest.fixture(scope="module")
def shelves() -> dict[str, Corpus]:
    return {name: natural.shelf(name) for name in SHELVES}


def test_an_answer_is_one_alternative_whose_texts_stand_together():
    asked = Asked("how much?", None, (), (("Adults", "€14"), ("fourteen euros",)))
    assert asked.answered_by("Adults  pay\n€14 a night.")
    assert asked.answered_by("It costs fourteen\teuros.")
    assert not asked.answered_by("Adults pay more. Children pay €9.")
    assert not Asked("why?", None).answered_by("Because.")


def test_places_are_those_where_one_sentence_holds_the_texts_else_any():
    text, blocks = join(
        [
            Paragraph("Adults pay. It is €14.", (), None, (Part(0, 11), Part(12, 22))),
            Paragraph("Adults | €14", (), None, (Part(0, 12, whole=True),)),
        ]
    )
    article = to_article(Document(text, blocks), "prices")
    assert natural.places_of(article, ["Adults", "€14"]) == [("prices", 2)]
    assert natural.places_of(article, ["pay", "€14"]) == [("prices", 1)]


def test_every_fourth_article_is_reported():
    titles = natural.reported_titles()
    assert len(titles) == 12
    assert (titles[0], titles[-1]) == ("Atlantic_slave_trade", "Yugoslav_Partisans")
    told = (natural.HERE / "wiki-fit.jsonl").read_text("utf-8").splitlines()
    assert not {json.loads(line)["article"] for line in told} & set(titles)


def test_nothing_that_is_reported_is_fitted_on():
    shared("bench", FITTING)
    data = shared("bench")
    reported, fitted = natural.reported(data), natural.fitted(data)
    assert set(fitted) == {natural.WIKI, *natural.FITTED_SHELVES}
    assert set(natural.FITTED_SHELVES).isdisjoint(natural.REPORTED_SHELVES.values())
    held, seen = reported[natural.WIKI], fitted[natural.WIKI]
    slugs = [{article.slug for article in corpus.articles} for corpus in (held, seen)]
    assert [len(one) for one in slugs] == [12, 36]
    assert not slugs[0] & slugs[1]
    left = natural.without_reported(read(data / FITTING))
    assert {article.slug for article in left.articles} == slugs[1]
    assert {asked.article for asked in left.questions} == slugs[1]
    assert (len(held.questions), len(seen.questions)) == (240, 720 + 2448)
    for corpus, its in zip((held, seen), slugs, strict=True):
        assert {asked.article for asked in corpus.questions} == its


@pytest.mark.parametrize("name", SHELVES)
def test_every_document_has_its_questions_and_every_shelf_its_lines(
    shelves: dict[str, Corpus], name: str
):
    questions = shelves[name].questions
    counts = Counter((asked.source, asked.kind) for asked in questions)
    documents = {asked.source for asked in questions} - {None}
    assert len(documents) == len(shelves[name].articles) >= 9
    assert min(counts[one, ANSWERABLE] for one in documents) >= 15
    assert min(counts[one, NEAR_TOPIC] for one in documents) >= 7
    assert counts[None, OFF_TOPIC] >= 40
    assert counts[None, CONVERSATION] >= 25


@pytest.mark.parametrize("name", SHELVES)
def test_what_answers_stands_in_the_passages_that_are_said_to(
    shelves: dict[str, Corpus], name: str
):
    text = {
        (article.slug, passage.number): article.text[passage.start : passage.end]
        for article in shelves[name].articles
        for passage in article.passages
    }
    for asked in shelves[name].questions:
        assert bool(asked.places) == bool(asked.answers) == (asked.kind == ANSWERABLE)
        assert all(asked.answered_by(text[place]) for place in asked.places)


def test_a_label_that_stands_nowhere_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "inn" / "documents").mkdir(parents=True)
    (tmp_path / "inn" / "documents" / "beds.md").write_text("# Beds\n\nThere are six.\n", "utf-8")
    (tmp_path / "inn" / "questions").mkdir()
    label = {"document": "beds.md", "texts": ["There are seven"]}
    line = {"question": "how many beds?", "kind": ANSWERABLE, "answers": [label]}
    (tmp_path / "inn" / "questions" / "beds.jsonl").write_text(json.dumps(line), "utf-8")
    monkeypatch.setattr(natural, "HERE", tmp_path)
    with pytest.raises(ValueError, match=r"There are seven.*how many beds.*beds\.md"):
        natural.shelf("inn")


def test_a_slice_of_a_shelf_is_answered_as_well_as_ever(
    shelves: dict[str, Corpus], encoder: Encoder, tmp_path: Path
):
    shelf = shelves["workshop"]
    few = shelf.articles[:3]
    slugs = {article.slug for article in few}
    asked = [one for one in shelf.questions if {slug for slug, _ in one.places} & slugs]
    askings = ask_all(store_of(few, encoder, tmp_path), Models(encoder), asked, own)
    right = [asking.rank == 1 for asking in askings]
    assert sum(right) >= 0.45 * len(right)
