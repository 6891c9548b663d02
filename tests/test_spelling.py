"""Misspelt words of a question, put as what is searched spells them."""

from pathlib import Path

import pytest

from benchmarks.corpus import store_of
from summitqa.encoder import Encoder
from summitqa.folder.store import Store
from summitqa.question import Question
from summitqa.spelling import respell
from summitqa_index.sources.document import Document, Paragraph, join
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

ALASKA = (
    "The two leaders met in Alaska. They shook hands.",
    "Soldiers unrolled a red carpet. Volodymyr Zelensky stayed in Kyiv.",
    "The working lunch was cancelled.",
)
BREAD = ("Knead the dough. Let it rest.", "Bake the bread in a hot oven.")
HOUSE = "# The house\n\nIt is old.\n\n## Parking of cars\n\nBehind the barn.\n"


def shelf(folder: Path, encoder: Encoder, **articles: tuple[str, ...]) -> Store:
    made = []
    for slug, paragraphs in articles.items():
        text, blocks = join(Paragraph(paragraph) for paragraph in paragraphs)
        made.append(to_article(Document(text, blocks, slug=slug), slug))
    return store_of(made, encoder, folder)


@pytest.fixture
def store(tmp_path: Path, fake_encoder: Encoder) -> Store:
    return shelf(tmp_path / "store", fake_encoder, alaska=ALASKA, bread=BREAD)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("What of the cancelld lunch?", "cancelled"),
        ("Who unrolld it?", "unrolled"),
        ("Where was Zelenskyy?", "zelensky"),
        ("Where was Zelenskiy?", "zelensky"),
        ("Who was in Kiev?", "kyiv"),
    ],
)
def test_a_misspelt_word_is_put_as_the_article_spells_it(
    store: Store, encoder: Encoder, typed: str, meant: str
):
    question = Question.read(typed, encoder)
    respelt = respell(question, store.scope("alaska"))
    assert meant in respelt.given
    assert respelt.text == typed


def test_either_spelling_of_a_place_stands_for_the_other(tmp_path: Path, encoder: Encoder):
    old = shelf(tmp_path / "old", encoder, trains=("The night train left Kiev at nine.",))
    question = Question.read("Which train left Kyiv?", encoder)
    assert respell(question, old.scope(None)).given == "Which train left kiev?"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("unroxxed", "unrolled"),  # two slips in eight letters
        ("unrxxxed", None),  # three
        ("unroxed", None),  # two in seven
        ("lunh", "lunch"),  # one in four
        ("rde", None),  # one in three
    ],
)
def test_the_longer_a_word_the_more_slips_are_allowed_for(
    store: Store, encoder: Encoder, typed: str, meant: str | None
):
    question = Question.read(f"What about the {typed} of the leaders?", encoder)
    assert typed in {word.folded for word in question.pieced}
    respelt = respell(question, store.scope("alaska"))
    assert respelt.given == question.given.replace(typed, meant or typed)


@pytest.mark.parametrize(
    "typed", ["Who unrolled the carpet?", "What is a hard lunch?", "When did the readers meet?"]
)
def test_words_the_article_or_the_language_knows_stay(store: Store, encoder: Encoder, typed: str):
    question = Question.read(typed, encoder)
    assert respell(question, store.scope("alaska")) is question


def test_another_articles_words_are_no_spelling_of_this_one(store: Store, encoder: Encoder):
    question = Question.read("What about kneadd?", encoder)
    assert respell(question, store.scope("alaska")) is question
    assert "knead" in respell(question, store.scope("bread")).given.split()[-1]


def test_a_misspelt_word_is_put_as_a_heading_spells_it(
    tmp_path: Path, fake_encoder: Encoder, encoder: Encoder
):
    articles = [
        to_article(read_plain(text.encode(), markdown=True), slug)
        for slug, text in (("barn", "# The barn\n\nIt is new.\n"), ("house", HOUSE))
    ]
    house = store_of(articles, fake_encoder, tmp_path / "house")
    for scope, spelt in (("house", "parking"), ("barn", "parkng")):
        question = Question.read("Where is parkng?", encoder)
        assert spelt in respell(question, house.scope(scope)).given


@pytest.mark.parametrize("common", ["boats", "boots"])
def test_of_two_words_as_near_the_commoner_is_meant(
    tmp_path: Path, fake_encoder: Encoder, encoder: Encoder, common: str
):
    lines = ("The boats came.", "The boots came.", f"The {common} left.")
    harbour = shelf(tmp_path / common, fake_encoder, harbour=lines)
    question = Question.read("What of the boets?", encoder)
    assert respell(question, harbour.scope(None)).given == f"What of the {common}?"


def test_the_nearer_word_is_meant_though_another_is_commoner(
    tmp_path: Path, fake_encoder: Encoder, encoder: Encoder
):
    lines = ("A carpenter came.", "Three carpeters came.", "Three carpeters left.")
    works = shelf(tmp_path / "works", fake_encoder, works=lines)
    question = Question.read("Where was the carpentr?", encoder)
    assert respell(question, works.scope(None)).given == "Where was the carpenter?"
