"""A page is read by the walker that reads Markdown, so that the same words give the same passages."""

import io

import docx
import pytest

from summitqa_index.sources.document import Document
from summitqa_index.sources.formats import read_docx, read_html
from summitqa_index.sources.plain import read_plain

BEGIN = "These are the questions that members of the climbing club ask most often about the hall."


def told(document: Document) -> list[tuple[tuple[str, ...], str]]:
    return [(block.heading, document.text[block.start : block.end]) for block in document.blocks]


def page(body: str) -> Document:
    whole = (
        f"<html><body><main><h1>Club</h1><h2>Rules</h2><p>{BEGIN}</p>{body}</main></body></html>"
    )
    return read_html(whole.encode())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<table><caption>Prices <i>2025</i></caption><tr><th>Day</th><th>Cost</th></tr>"
            "<tr><td>Monday</td><td>10</td></tr></table><p>Below.</p>",
            [(("Rules", "Prices 2025"), "Day: Monday; Cost: 10"), (("Rules",), "Below.")],
        ),
        (
            "<details><summary>Dogs</summary><p>On a lead.</p><details><summary>Big ones</summary>"
            "<h3>At night</h3><p>Never.</p></details><p>Still dogs.</p></details><p>Below.</p>",
            [
                (("Rules", "Dogs"), "On a lead."),
                (("Rules", "Dogs", "Big ones", "At night"), "Never."),
                (("Rules", "Dogs"), "Still dogs."),
                (("Rules",), "Below."),
            ],
        ),
        (
            "<ol><li>Fill in the form.</li><li>Pay:<ul><li>adults 40</li><li>children 20</li></ul>"
            "</li></ol>",
            [(("Rules",), "1. Fill in the form.\n2. Pay:\n  - adults 40\n  - children 20")],
        ),
    ],
)
def test_tables_details_and_lists_are_read_as_they_are_in_markdown(
    body: str, expected: list[tuple[tuple[str, ...], str]]
) -> None:
    assert told(page(body))[1:] == expected
    written = f"# Club\n\n## Rules\n\n{BEGIN}\n\n{body}\n"
    assert told(read_plain(written.encode(), markdown=True))[1:] == expected


@pytest.mark.parametrize("struck", [
    "<del>{}</del>", "<s>{}</s>", "<strike>{}</strike>", "<p><s><b>{}</b></s></p>",
    '<p style="text-decoration: line-through">{}</p>',
])  # fmt: skip
def test_what_is_struck_out_of_a_page_is_no_text(struck: str) -> None:
    found = page(f"{struck.replace('{}', 'Dogs are allowed.')}<p>Dogs <ins>never</ins> stay.</p>")
    assert told(found)[1:] == [(("Rules",), "Dogs never stay.")]


def test_what_is_struck_out_of_a_word_file_is_no_text() -> None:
    document = docx.Document()
    document.add_paragraph().add_run("Gone.").font.strike = True
    paragraph = document.add_paragraph("Dogs ")
    paragraph.add_run("may ").font.double_strike = True
    paragraph.add_run("must stay.").font.strike = False
    stream = io.BytesIO()
    document.save(stream)
    assert told(read_docx(stream.getvalue())) == [((), "Dogs must stay.")]


HOURS = "<p>It opens at ten every day of the week.</p>"
SECTIONS = f"<h1 class='entry-title'>Opening</h1>{HOURS}<h1>Closing</h1><p>It closes at six.</p>"


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Rules of the hall</title>", SECTIONS, "Rules of the hall"),
        ("<title>Village - Rules</title>", SECTIONS, "Village - Rules"),
        ("<meta property='og:title' content='The rules'>", SECTIONS, "The rules"),
        ("", SECTIONS, None),
        ("<title>Opening | Village</title>", SECTIONS, "Opening"),
        ("<title>Opening | Village</title>", f"<h1>Village</h1>{SECTIONS}", "Opening"),
        ("", f"<h1>Opening</h1>{HOURS}", "Opening"),
        ("", f"<h1></h1><h1>Opening</h1>{HOURS}", "Opening"),
    ],
)
def test_one_of_several_first_headings_is_a_title_only_where_the_page_says_so(head, body, title):
    read = read_html(f"<html><head>{head}</head><body>{body}</body></html>".encode())
    assert read.title == title
    above = [block.heading for block in read.blocks]
    if title != "Opening":
        assert above == [("Opening",), ("Closing",)]
