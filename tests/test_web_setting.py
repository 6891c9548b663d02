"""An article set out for reading: blocks of plain pieces, whatever is to be lit in it."""

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.article import Article, Passage, Sentence
from summitqa_bot.web.setting import Heading, Lit, Paragraph, Piece, Table, set_out
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from tests.faults.hostile import PAYLOADS
from tests.growth import growth

TOPS = """# Ring tops

A yard game. It comes from the boatyards.

## Classes

| Class | Weight | Tip |
|---|---|---|
| Thumb | 30–60 g | wood; or brass |
| Fist | 90–160 g | steel |
| Growler | 200–320 g | steel, and a good deal more of it than anybody would like to have on a floor, on which account it is never thrown on one, whatever those say who have never had to sand a floor, let alone to find out what a new one costs in a house that stands on a slope |
| Free | no limits | anything |

### In short

Bring:

- a top
- a cord
  - of cotton

1. Stand behind the ring.
2. Throw. The older top first.
"""


def read(text: str, name: str = "tops", *, markdown: bool = True) -> Article:
    return to_article(read_plain(text.encode(), markdown=markdown), name)


def words_of(article: Article) -> str:
    """What the passages say, without white space."""
    said = "".join(article.text[one.start : one.end] for one in article.passages)
    return "".join(said.split())


def pieces_of(blocks) -> list[Piece]:
    found: list[Piece] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            for row in block.rows:
                found += [*row.mark, *row.pieces]
        elif isinstance(block, Table):
            for row in chain.from_iterable(body.rows for body in block.bodies):
                found += chain.from_iterable((*cell.label, *cell.pieces) for cell in row)
    return found


def lit_in(blocks, how: Lit) -> str:
    return "".join(piece.text for piece in pieces_of(blocks) if piece.lit is how)


def span(article: Article, quote: str) -> tuple[int, int]:
    start = article.text.index(quote)
    return start, start + len(quote)


def test_headings_stand_above_what_they_are_about_and_the_title_is_none_of_them():
    blocks = set_out(read(TOPS))
    assert [(one.level, one.text) for one in blocks if isinstance(one, Heading)] == [
        (2, "Classes"),
        (3, "In short"),
    ]
    assert isinstance(blocks[0], Paragraph)


@pytest.mark.parametrize("asked", ["## May I?", "1. May\n   I?"])
def test_a_question_that_heads_further_paragraphs_is_set_once(asked: str) -> None:
    text = f"# Rules\n\nWelcome to the shed.\n\n{asked}\n\nYou may.\n\nOn Sundays, too."
    blocks = set_out(read(text, markdown=asked.startswith("#")))
    assert [block.number for block in blocks if isinstance(block, Paragraph)] == [1, 2, 3]
    assert not any(isinstance(block, Heading) and "May" in block.text for block in blocks)


def test_rows_of_the_same_columns_are_one_table_with_a_body_for_each_passage():
    (table,) = (one for one in set_out(read(TOPS)) if isinstance(one, Table))
    assert table.columns == ("Class", "Weight", "Tip")
    assert [body.number for body in table.bodies] == [2, 3, 4]
    first = table.bodies[0].rows[0]
    assert ["".join(piece.text for piece in cell.pieces) for cell in first] == [
        "Thumb", "30–60 g", "wood; or brass",
    ]  # fmt: skip


def test_two_columns_may_have_one_name_and_a_row_may_leave_one_out():
    head = "| Income | Amount | Spent | Amount |\n|---|---|---|---|\n"
    body = (
        "| Fees | 351 | Rent | 361 |\n| Grants | 64 | | |\n| Ads: large | 2 | Post; gifts | 5 |\n"
    )
    (table,) = set_out(read(head + body))
    assert isinstance(table, Table)
    assert table.columns == ("Income", "Amount", "Spent", "Amount")
    rows = [
        ["".join(piece.text for piece in cell.pieces) for cell in row]
        for row in table.bodies[0].rows
    ]
    assert rows == [
        ["Fees", "351", "Rent", "361"],
        ["Grants", "64", "", ""],
        ["Ads: large", "2", "Post; gifts", "5"],
    ]


def test_a_sentence_that_begins_like_a_row_is_none():
    text = "| Day | Room |\n|---|---|\n| Monday | Hall |\n| Friday | Yard |\n\nDay: it was a long one.\n"
    table, sentence = set_out(read(text))
    assert isinstance(table, Table)
    assert isinstance(sentence, Paragraph)


def test_a_row_that_is_cited_is_lit_in_each_of_its_cells_and_found_by_one_anchor():
    article = read(TOPS)
    row = span(article, "Class: Fist; Weight: 90–160 g; Tip: steel")
    blocks = set_out(article, row)
    lit = [piece for piece in pieces_of(blocks) if piece.lit is Lit.CITED]
    assert "".join(piece.text for piece in lit) == "Class: FistWeight: 90–160 gTip: steel"
    assert [piece.anchor for piece in lit if piece.anchor] == [f"s{row[0]}-{row[1]}"]


def test_a_list_is_its_lines_with_their_marks_apart():
    lists = [
        one for one in set_out(read(TOPS)) if isinstance(one, Paragraph) and one.kind == "list"
    ]
    bring = [
        ("".join(p.text for p in row.mark), "".join(p.text for p in row.pieces))
        for row in lists[0].rows
    ]
    assert bring == [("", "Bring:"), ("-", "a top"), ("-", "a cord"), ("-", "of cotton")]
    assert [row.depth for row in lists[0].rows] == [0, 0, 0, 1]
    assert "".join(p.text for p in lists[1].rows[0].mark) == "1."


CHARTER = """\
    1. Doors
    2. Saws
         a. the long one
         b. the short one
    9. Axes
   10. Nails
         - of brass
   11. Glue
"""


@pytest.mark.parametrize("lead", ["", "   These are ours:\n", "These are ours:\n\n"])
def test_a_list_is_as_deep_as_its_items_lie_to_one_another(lead):
    (items,) = set_out(read(lead + CHARTER, markdown=False))
    assert isinstance(items, Paragraph)
    assert [
        ("".join(piece.text for piece in (*row.mark, *row.pieces)).split()[0], row.depth)
        for row in items.rows
        if row.mark
    ] == [
        ("1.Doors", 0), ("2.Saws", 0), ("a.the", 1), ("b.the", 1), ("9.Axes", 0), ("10.Nails", 0),
        ("-of", 1), ("11.Glue", 0),
    ]  # fmt: skip


def test_what_an_item_says_below_its_mark_is_indented_with_it():
    text = "  1. Mind the doors.\n     They are shut.\n  2. Mind the saws.\nThey are sharp.\n"
    (block,) = set_out(read(text, markdown=False))
    assert [(bool(row.mark), row.depth) for row in block.rows] == [
        (True, 0), (False, 1), (True, 0), (False, 0),
    ]  # fmt: skip


def test_lines_that_were_only_folded_are_one_and_those_of_a_poem_are_not():
    folded = read("The bell rings\nat noon, they say.\n", markdown=False)
    (paragraph,) = set_out(folded)
    assert (paragraph.kind, len(paragraph.rows)) == ("prose", 1)


def test_the_cited_quote_is_lit_and_the_others_more_faintly():
    article = read(TOPS)
    cited, beside = span(article, "A yard game."), span(article, "2. Throw.")
    blocks = set_out(article, cited, [beside])
    assert lit_in(blocks, Lit.CITED) == "A yard game."
    assert lit_in(blocks, Lit.BESIDE) == "2.Throw."
    anchors = [piece.anchor for piece in pieces_of(blocks) if piece.anchor]
    assert anchors == [f"s{cited[0]}-{cited[1]}", f"s{beside[0]}-{beside[1]}"]


numbers = st.integers(-(10**12), 10**12) | st.integers(-5, 800)
spans = st.tuples(numbers, numbers)


@given(spans | st.none(), st.lists(spans, max_size=12))
def test_no_span_breaks_the_page_or_takes_a_word_from_it(cited, beside):
    article = read(TOPS)
    blocks = set_out(article, cited, beside)
    assert "".join("".join(one.text.split()) for one in pieces_of(blocks)) == words_of(
        article
    ).replace(";Weight", "Weight").replace(";Tip", "Tip")
    anchors = [piece.anchor for piece in pieces_of(blocks) if piece.anchor]
    assert len(anchors) == len(set(anchors))
    for how, lit in ((Lit.CITED, [cited]), (Lit.BESIDE, beside)):
        allowed = {place for one in lit if one for place in range(max(0, one[0]), min(900, one[1]))}
        said = lit_in(blocks, how)
        assert not said or allowed


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if "\0" not in one])
def test_a_hostile_text_is_set_as_text(payload):
    article = read(f"First.\n\n{payload}\n\nLast.\n", markdown=False)
    assert "".join("".join(one.text.split()) for one in pieces_of(set_out(article))) == words_of(
        article
    )


def test_a_passage_of_a_paged_source_tells_where_a_page_begins():
    article = read("One.\n\nTwo.\n\nThree.\n", markdown=False)
    paged = replace(
        article,
        passages=tuple(
            replace(one, page=page) for one, page in zip(article.passages, (4, 4, 5), strict=True)
        ),
    )
    assert [one.page for one in set_out(paged)] == [4, None, 5]


def test_a_long_table_takes_no_more_than_its_length() -> None:
    row = "Day: Sunday; Room: hall; Who: all"

    def rows(count: int) -> Article:
        starts = range(0, count * (len(row) + 2), len(row) + 2)
        passages = tuple(
            Passage(number, start, start + len(row), (Sentence(start, start + len(row)),))
            for number, start in enumerate(starts, start=1)
        )
        return Article("rows", "Rows", f"{row}\n\n" * count, passages)

    assert growth(set_out, rows, 3000) < 7
