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


def test_a_first_heading_without_a_number_above_numbered_ones_is_the_title():
    text = (
        'Tools\n=====\n\nA book.\n\n1. Saws\n=======\n\nSharp.\n\n2. "Axes"\n=========\n\nSharper.'
    )
    assert read(text) == (
        "Tools",
        [((), "A book."), (("1. Saws",), "Sharp."), (('2. "Axes"',), "Sharper.")],
    )


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


def test_a_line_under_a_heading_may_go_on_to_the_edge_of_the_text():
    edge, rule = 40 * "=", 40 * "-"
    text = (
        f"It is a shed.\n\n{rule}\nA.              SAWS AND AXES\n{rule}\n\nThey are sharp.\n\n"
        f"Fees\n{edge}\n\nThere are none.\n"
    )
    assert read(text)[1] == [
        ((), "It is a shed."),
        (("A. SAWS AND AXES",), "They are sharp."),
        (("Fees",), "There are none."),
    ]


NUMBERED = """\
Questions about the shed

1. Is it
   open on Sundays?

   No. It is closed.

   So is the hall.

2. Who pays?

2.1 Is there a fee for children?

  Nobody pays.

3. It rains.

  Come in.
"""


def test_a_numbered_question_stands_with_what_answers_it_and_heads_the_rest():
    article = to_article(read_plain(NUMBERED.encode(), markdown=False), "a-file")
    assert read(NUMBERED)[1] == [
        ((), "1. Is it\n   open on Sundays?\n\n   No. It is closed."),
        (("1. Is it open on Sundays?",), "So is the hall."),
        ((), "2. Who pays?"),
        (("2. Who pays?",), "2.1 Is there a fee for children?\n\n  Nobody pays."),
        ((), "3. It rains."),
        ((), "Come in."),
    ]
    first = article.passages[0].sentences
    quoted = [article.text[one.start : one.end] for one in first]
    assert quoted == ["Is it\n   open on Sundays?", "No. It is closed."]


def test_a_heading_in_capitals_stands_above_questions_and_a_first_question_is_no_title():
    assert read(
        "1. Who pays?\n\nNobody.\n\nSAWS\n\n1. Are they sharp?\n\nYes.\n\n2. And axes?"
    ) == (
        "A file",
        [
            ((), "1. Who pays?\n\nNobody."),
            (("SAWS",), "1. Are they sharp?\n\nYes."),
            (("SAWS",), "2. And axes?"),
        ],
    )


def test_a_numbered_question_is_no_part_of_the_numbered_section_before_it():
    text = "A guide\n\n1. Welcome\n\nHello to all.\n\n2. What is it?\n\nA shed.\n\nIt has saws."
    assert read(text)[1] == [
        (("1. Welcome",), "Hello to all."),
        ((), "2. What is it?\n\nA shed."),
        (("2. What is it?",), "It has saws."),
    ]
