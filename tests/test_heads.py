"""A short line that heads what follows is no answer; one that says something may be."""

import io

import docx
import pytest

from summitqa.article import Article
from summitqa_index.sources.formats import read_docx, read_html
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

FREE, COST, SIGN = (
    "It is free on Sundays and after eight.",
    "It is replaced for eight euros.",
    "They sign the book at the door.",
)
FAQ = (("Parking", FREE), ("Lost cards", COST), ("Guests", SIGN))


def _docx(text: str) -> Article:
    document = docx.Document()
    for line in text.split("\n\n"):
        document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    return to_article(read_docx(file.getvalue()), "x")


def _html(text: str) -> Article:
    body = "".join(f"<div>{one}</div>" for one in text.split("\n\n"))
    return to_article(read_html(f"<main>{body}</main>".encode()), "x")


READERS = pytest.mark.parametrize(
    "read",
    [
        lambda text: to_article(read_plain(text.encode(), markdown=False), "x"),
        lambda text: to_article(read_plain(text.encode(), markdown=True), "x"),
        _html,
        _docx,
    ],
    ids=["txt", "md", "html", "docx"],
)


def told(article: Article) -> list[tuple[tuple[str, ...], list[str]]]:
    return [
        (one.heading, [article.text[s.start : s.end] for s in one.sentences])
        for one in article.passages
    ]


@READERS
def test_the_heads_of_an_faq_of_statements_are_not_quoted_but_stand_above(read):
    text = "\n\n".join(["What people ask of us.", *(part for one in FAQ for part in one)])
    first, *others = told(read(text))
    assert first == ((), ["What people ask of us."])
    assert others == [((head,), [answer]) for head, answer in FAQ]


@READERS
@pytest.mark.parametrize(
    "said",
    [
        # one alone may be what there is to say, and so may one with a number
        ["What people ask of us.", "No dogs", FREE, COST, SIGN],
        ["What people ask of us.", "Version 2, 1 July", FREE, "Version 1, 1 June", COST],
        # nothing that reads as prose is below
        ["What people ask of us.", "Anna Miller", "Long Street", "Bob Stone", "Short Street"],
        # words that go on, or come to an end
        ["What people ask of us.", "and so on", FREE, "No dogs, please!", COST, "Bye.", SIGN],
    ],
)
def test_what_heads_nothing_for_sure_may_be_quoted(read, said):
    assert told(read("\n\n".join(said))) == [((), [one]) for one in said]


@READERS
def test_of_two_above_each_other_it_is_not_known_what_the_first_stands_above(read):
    said = ["What people ask of us.", "Parking", FREE, "Members", "Lost cards", COST, SIGN]
    assert told(read("\n\n".join(said))) == [
        ((), [said[0]]),
        (("Parking",), [FREE]),
        ((), ["Members"]),
        (("Lost cards",), [COST]),
        (("Lost cards",), [SIGN]),
    ]


def test_a_paragraph_that_has_a_head_of_its_own_is_not_below_that_of_another():
    text = f"What people ask.\n\nParking\n\n{FREE}\n\nLost cards\n\n{COST}\n\nGuests\n{SIGN}\n"
    read = to_article(read_plain(text.encode(), markdown=False), "x")
    assert told(read)[-1] == ((), [SIGN])
    bold = f"**Parking**\n\n{FREE}\n\n**Guests:** {SIGN}\n"
    read = to_article(read_plain(bold.encode(), markdown=True), "x")
    assert told(read) == [(("Parking",), [FREE]), ((), [f"Guests: {SIGN}"])]


def test_an_answer_in_bold_stays_with_its_question():
    written = f"# Hall\n\n**Parking**\n\n{FREE}\n\n**Are dogs let in?**\n\n**Yes**, all day.\n"
    read = to_article(read_plain(written.encode(), markdown=True), "x")
    assert told(read) == [
        (("Parking",), [FREE]),
        ((), ["Are dogs let in?", "Yes, all day."]),
    ]


@pytest.mark.parametrize(
    "written",
    [
        f"# Hall\n\n## Cars\n\n**Parking**\n\n{FREE}\n\n## Others\n\n{SIGN}",
        f"# Hall\n\n## Cars\n\n**Parking:**\n\n{FREE}\n\n## Others\n\n{SIGN}",
        f"# Hall\n\n## Cars\n\n**Parking**<br>{FREE}\n\n## Others\n\n{SIGN}",
    ],
)
def test_one_in_bold_heads_what_is_below_it_up_to_the_next_heading(written):
    article = to_article(read_plain(written.encode(), markdown=True), "x")
    assert told(article) == [(("Cars", "Parking"), [FREE]), (("Others",), [SIGN])]


def test_bold_words_that_head_nothing_stay_in_the_text():
    written = f"# Hall\n\n**No dogs**\n\n**Parking** is free.\n\n{SIGN}\n\n**Thank you**"
    article = to_article(read_plain(written.encode(), markdown=True), "x")
    said = [sentence for _, sentences in told(article) for sentence in sentences]
    assert said == ["No dogs", "Parking is free.", SIGN, "Thank you"]
