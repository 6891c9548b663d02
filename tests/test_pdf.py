"""A PDF's lines come together to paragraphs again, in order, each with its page."""

import io
from collections.abc import Sequence

import pytest
from test_formats import texts

from summitqa.errors import SourceError
from summitqa_index.sources.clean import rejoin
from summitqa_index.sources.formats import read_pdf

Line = tuple[float, float, float, str]  # x, y, type size, text


def pdf(pages: Sequence[Sequence[Line]], info: str = "", catalog: str = "") -> bytes:
    """Write a PDF: catalog 1, page tree 2, font 3, info 4, then a page and its content each."""
    kids = " ".join(f"{5 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        f"<<{info}>>",
    ]
    for number, lines in enumerate(pages):
        shown = (f"/F {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj" for x, y, size, text in lines)
        content = "BT " + "\n".join(shown) + " ET"
        objects += [
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
            f"/Contents {6 + 2 * number} 0 R>>",
            f"<</Length {len(content)}>>stream\n{content}\nendstream",
        ]
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    entries = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{entries}"
    size = len(objects) + 1
    trailer = f"trailer<</Size {size}/Root 1 0 R/Info 4 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return (out + table + trailer).encode("latin-1")


def column(x: float, top: float, *lines: str, size: float = 10) -> list[Line]:
    """Set lines 12 points apart; an empty one leaves half a line, as between paragraphs."""
    placed, y = [], top
    for line in lines:
        if line:
            placed.append((x, y, size, line))
        y -= 12 if line else 6
    return placed


def test_a_pdfs_wrapped_lines_are_rejoined_and_its_paragraphs_parted() -> None:
    document = read_pdf(pdf([
        column(50, 760, "A Heading", size=16)
        + column(50, 730, "The storm came in the night and took the",
                 "roof of the school, the mayor", "said.", "",
                 "Twelve people were hurt, none of them", "badly.")
    ]))  # fmt: skip
    assert texts(document) == [
        "A Heading",
        "The storm came in the night and took the roof of the school, the mayor said.",
        "Twelve people were hurt, none of them badly.",
    ]


def test_a_pdfs_paragraphs_are_parted_by_indent_where_no_space_is_left() -> None:
    first = "The storm came in the night and took it."
    second = ["It was late when the last of the people", "who had gone to look for it came back."]
    page = [*column(50, 700, first), *column(62, 688, second[0]), *column(50, 676, second[1])]
    assert texts(read_pdf(pdf([page]))) == [first, " ".join(second)]


def test_two_columns_are_read_one_after_the_other() -> None:
    left = column(50, 700, "The left column comes first and ends", "without a stop, so it goes")
    right = column(320, 700, "on at the top of the right one.", "",
                   "Then a paragraph of its own, on", "two lines.")  # fmt: skip
    assert texts(read_pdf(pdf([left + right]))) == [
        "The left column comes first and ends without a stop, so it goes on at the top of the"
        " right one.",
        "Then a paragraph of its own, on two lines.",
    ]


def test_paragraphs_know_the_page_they_begin_on() -> None:
    pages = [column(50, 700, "A paragraph that begins on the first", "page and goes"),
             column(50, 700, "on over the second.", "", "Second page.", ""),
             column(50, 700, "Third page.")]  # fmt: skip
    document = read_pdf(pdf(pages))
    assert [(b.page, t) for b, t in zip(document.blocks, texts(document), strict=True)] == [
        (1, "A paragraph that begins on the first page and goes on over the second."),
        (2, "Second page."),
        (3, "Third page."),
    ]


def test_running_heads_and_page_numbers_are_no_paragraphs() -> None:
    pages = [
        [(50.0, 780.0, 8.0, "The Daily Storm"), *column(50, 700, f"This is text {word}."),
         (300.0, 20.0, 8.0, f"Page {number} of 4")]
        for number, word in enumerate(["one", "two", "three", "four"], start=1)
    ]  # fmt: skip
    expected = [
        "This is text one.",
        "This is text two.",
        "This is text three.",
        "This is text four.",
    ]
    assert texts(read_pdf(pdf(pages))) == expected


@pytest.mark.parametrize(
    ("lines", "known", "expected"),
    [
        (["the sum-", "mit was"], "", "the summit was"),
        (["a well-", "known one"], "well-known", "a well-known one"),
        (["a well-", "known one"], "well-known wellknown", "a wellknown one"),
        (["Rimsky-", "Korsakov"], "", "Rimsky- Korsakov"),
        (["1990-", "2000 was"], "", "1990- 2000 was"),
        (["soft\u00ad", "ware"], "soft-ware", "software"),
        (["plain", "lines"], "", "plain lines"),
        ([], "", ""),
    ],
)
def test_cut_words_are_put_together(lines: list[str], known: str, expected: str) -> None:
    assert rejoin(lines, frozenset(known.split())) == expected


def test_a_pdf_says_its_title_unless_a_program_made_it_up() -> None:
    text = [column(50, 700, "Some text.")]
    told = read_pdf(pdf(text, "/Title(Microsoft Word - The Storm)/Author(Ann Lee)", "/Lang(en-GB)"))
    assert (told.title, told.credit, told.language) == ("The Storm", "Ann Lee", "en")
    made_up = read_pdf(pdf(text, "/Title(untitled)/Author(\\(anonymous\\))"))
    assert (made_up.title, made_up.credit, made_up.language) == (None, None, None)


def test_a_pdf_without_text_is_refused() -> None:
    with pytest.raises(SourceError, match="holds no text"):
        read_pdf(pdf([[]]))


def test_a_pdf_with_a_password_is_refused() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([column(50, 700, "Secret.")]))))
    writer.encrypt("swordfish", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(SourceError, match="needs a password"):
        read_pdf(out.getvalue())
