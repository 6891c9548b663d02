"""Lines of prose that somebody wrapped by hand are one paragraph; lines that mean something stay."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from summitqa_index.sources.wrapped import unwrapped
from tests.growth import growth

HALL = (
    "The hall is open to everybody who lives in the village and to their guests, as long as "
    "somebody of the committee is there to look after the keys. It closes at ten, and on Sundays "
    "it stays shut. Whoever is last turns the lights off."
)
KEYS = (
    "A key is lent for a day. Ask at the office, which is open from nine to noon, and bring "
    "something with your name on it; a lost key costs eight euros."
)


def quotes(text: str) -> list[str]:
    article = to_article(read_plain(text.encode(), markdown=False), "x")
    return [article.text[s.start : s.end] for p in article.passages for s in p.sentences]


@pytest.mark.parametrize("width", [60, 66, 72, 79, 100])
def test_no_quote_of_wrapped_prose_has_a_break_in_it(width):
    told = "\n\n".join(textwrap.fill(one, width) for one in (HALL, KEYS))
    assert quotes(told) == quotes(f"{HALL}\n\n{KEYS}")
    assert unwrapped(told) == f"{HALL}\n\n{KEYS}"


def test_indented_or_hanging_lines_are_put_together_too():
    for first, further in (("", "  "), ("  ", ""), ("   ", "   ")):
        told = textwrap.fill(HALL, 72, initial_indent=first, subsequent_indent=further)
        assert unwrapped(told) == first + HALL


def test_a_line_that_is_drawn_parts_paragraphs_and_is_no_text():
    told = f"{textwrap.fill(HALL, 72)}\n   {'_' * 60}\n{textwrap.fill(KEYS, 72)}\n{'=' * 60}\n"
    article = to_article(read_plain(told.encode(), markdown=False), "x")
    assert [article.text[one.start : one.end] for one in article.passages] == [HALL, KEYS]
    told = f"1. A saw\n2. An axe\n{'_' * 60}\n"
    article = to_article(read_plain(told.encode(), markdown=False), "x")
    assert [article.text[one.start : one.end] for one in article.passages] == [
        "1. A saw\n2. An axe"
    ]


def test_a_line_below_the_first_row_of_a_table_stays():
    table = "Tool   Cost\n==========\nSaw    1\nAxe    2"
    article = to_article(
        read_plain(f"It began.\n\n{table}\n\nIt ended.".encode(), markdown=False), "x"
    )
    assert table in [article.text[one.start : one.end] for one in article.passages]


def test_a_title_above_its_text_stays_a_line_of_its_own():
    told = f"Opening hours\n{textwrap.fill(HALL, 72)}"
    assert unwrapped(told) == f"Opening hours\n{HALL}"
    told = f"Opening hours\n=============\n{textwrap.fill(HALL, 72)}"
    assert unwrapped(told) == f"Opening hours\n=============\n{HALL}"


def test_of_a_list_the_items_stay_and_what_goes_on_below_one_goes_on_behind_it():
    items = [
        textwrap.fill(one, 72, initial_indent="- ", subsequent_indent="  ") for one in (HALL, KEYS)
    ]
    assert unwrapped("\n".join(items)) == f"- {HALL}\n- {KEYS}"
    short = "Bring:\n- a cup, a plate and whatever else you like to eat from\n- a friend\n- time"
    assert unwrapped(short) == short


@pytest.mark.parametrize(
    "kept",
    [
        # verse
        "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n"
        "Rough winds do shake the darling buds of May,\nAnd summer's lease hath all too short a date;",
        "I hear it was charged against me that I sought to destroy institutions,\n"
        "But really I am neither for nor against institutions,\n"
        "What indeed have I in common with them? or what with the destruction of them?",
        # an address, a signature, who said what
        "The Committee of the Village Hall, c/o Anna Miller and others\n5 Long Street\nBradford",
        "ANNA: I have looked after the keys for ten years now, and it was\n"
        "BOB: quite a time, as everybody who has ever borrowed one will say.",
        # tables
        "Adults, and whoever is older than eighteen years    14 euros\n"
        "children, who are not eighteen yet, and students     7 euros",
        "| who may come in                      | what everybody pays |\n"
        "| adults and all who are above that    | fourteen euros      |",
        "name\tprice\tthe day of the week on which it may be bought at all\nhat\t4\tany day but Sunday",
        # programs, and what was quoted in a mail
        "def opens(day, hour, minute, second, holidays=(), weekdays=()):\n"
        "    return day not in holidays and hour in range(9, 12) or False",
        "for (const one of everything.that.there.is.to.be.looked.after) {\n"
        "look.after(one, with.care, as.long.as.there.is.time, and.then);\n}",
        "> The hall is open to everybody who lives in the village and to\n"
        "> their guests, as long as somebody is there.",
        # a sentence a line, and lines that are paragraphs
        "The hall is open.\nIt closes at ten.\nOn Sundays it stays shut, and nobody is there.",
        f"{HALL}\n{KEYS}",
        # questions and answers with labels
        "Q: Is the hall open to everybody who lives in the village or near?\nA: It is, and to guests.",
    ],
)  # fmt: skip
def test_lines_that_mean_something_stay(kept):
    assert unwrapped(kept) == kept


def test_what_is_before_a_place_is_left_alone():
    told = f"---\ntitle: Hall\n---\n{textwrap.fill(HALL, 72)}"
    assert read_plain(told.encode(), markdown=False).text == f"---\ntitle: Hall\n---\n{HALL}"


@given(st.text(alphabet="ab .,-\n\t:|>1", max_size=400))
def test_words_are_neither_lost_nor_put_together(text):
    assert unwrapped(text).split() == text.split()
    assert unwrapped(unwrapped(text)).split() == text.split()


def test_a_paragraph_of_many_lines_takes_no_more_than_its_length():
    line = "the hall is open to everybody who lives in the village, here too"
    assert growth(unwrapped, lambda count: "\n".join([line] * count), 2000) < 8


def test_a_text_that_is_indented_is_put_together_from_its_first_line_on():
    text = (
        "Rules\n\n"
        "    1. Nothing in these rules of ours obliges anyone at all to do\n"
        "       work for the shed. Whoever does not want to do a given task\n"
        "       need not, but must not work against what was decided here.\n\n"
        "   What is said above holds for all who have borrowed a tool from\n"
        "   us, and for those who want to."
    )
    assert unwrapped(text).count("\n") == 4
    assert "at all to do work for the shed." in unwrapped(text)
    assert "\n\n   What is said" in unwrapped(text)
