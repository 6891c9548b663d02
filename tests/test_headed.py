"""Titles and headings of plain text, told by how they are set."""

import pytest

from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

POLICY = """\
Lending policy of the tool library

In force since May. Adopted by the board.

1. Who may borrow

1.1 Members may borrow three tools at a time.

2. Fees

There is none. Deposits are in the table.

LATE RETURNS

One euro a day.
"""


def read(text: str) -> tuple[str, list[tuple[tuple[str, ...], str]]]:
    article = to_article(read_plain(text.encode(), markdown=False), "a-file")
    passages = [
        (passage.heading, article.text[passage.start : passage.end]) for passage in article.passages
    ]
    return article.title, passages


def test_a_texts_first_line_is_its_title_and_headings_stand_above_what_follows():
    title, passages = read(POLICY)
    assert title == "Lending policy of the tool library"
    assert passages == [
        ((), "In force since May. Adopted by the board."),
        (("1. Who may borrow",), "1.1 Members may borrow three tools at a time."),
        (("2. Fees",), "There is none. Deposits are in the table."),
        (("LATE RETURNS",), "One euro a day."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "bring your own towel\n\nlockers cost one euro\n\nno glass bottles",
        "1. Milk\n\n2. Eggs\n\n3. Bread",
        "NO DOGS\n\nNO BIKES\n\nNO BALLS",
        "MARA — And then\n\nJON — Then it was over.",
        "SMOKING IS NOT ALLOWED",
        "It opens at nine.\n\nWe thank all who helped.\n\nTHE BOARD",
    ],
)
def test_what_heads_nothing_is_a_passage(text: str):
    _, passages = read(text)
    assert "\n\n".join(passage for _, passage in passages) == text


def test_a_first_line_in_capitals_is_the_title_of_a_list_too():
    title, passages = read("PATCH NOTES\n\nnew ships\n\nfaster docks")
    assert title == "PATCH NOTES"
    assert [passage for _, passage in passages] == ["new ships", "faster docks"]


def test_the_name_of_a_file_is_the_title_where_the_first_line_is_a_sentence():
    assert read("It opens at nine.\n\nIt closes at ten.")[0] == "A file"


RULED = """
Tools of the shed
=================

Everybody may borrow them.

Saws
----
They are sharp.
So beware.

What does it cost?
------------------

Nothing at all.
"""


def test_a_line_that_is_underlined_is_the_title_or_a_heading():
    assert read(RULED) == (
        "Tools of the shed",
        [
            ((), "Everybody may borrow them."),
            (("Saws",), "They are sharp.\nSo beware."),
            (("What does it cost?",), "Nothing at all."),
        ],
    )
    over = "#####\nTools\n#####\n\nSaws.\n\nAxes."
    assert read(over) == ("Tools", [((), "Saws."), ((), "Axes.")])


def test_of_headings_that_are_underlined_alike_none_is_the_title():
    title, passages = read("Saws\n====\n\nSharp.\n\nAxes\n====\n\nSharper.")
    assert title == "A file"
    assert passages == [(("Saws",), "Sharp."), (("Axes",), "Sharper.")]


@pytest.mark.parametrize(
    "text", ["Tool   Cost\n-----------\nSaw    1", "A\n---------------------\nB", "It is so.\n---"]
)
def test_a_line_below_what_is_no_heading_heads_nothing(text: str):
    assert read(f"It began.\n\n{text}\n\nIt ended.")[1][1] == ((), text)


def test_a_page_of_a_manual_has_its_name_as_title_and_its_capitals_as_headings():
    text = (
        "SAW(1)\t\t The Shed\t\tSAW(1)\n\nNAME\n       saw - cut wood\n\nUSE\n"
        "       Push it.\n\n       Pull it."
    )
    assert read(text) == (
        "SAW(1)",
        [(("NAME",), "saw - cut wood"), (("USE",), "Push it."), (("USE",), "Pull it.")],
    )
