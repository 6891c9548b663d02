"""From text to numbered passages: spans exact, metadata never a passage, sentences whole."""

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from summitqa.errors import SourceError
from summitqa_index.sources.document import Block, Document, Part
from summitqa_index.sources.passages import slugify, split_sentences, to_article
from summitqa_index.sources.plain import read_plain
from tests.conftest import shared

ARTICLE = """---
title: On bridges
date: 2024-02-03
url: https://example.org/bridges
---

# On bridges

The first bridge was a log. It floated away.

## Stone

The second was of stone.
It stands yet.

- one
- two
"""


def passages(article):
    return [article.text[passage.start : passage.end] for passage in article.passages]


def test_front_matter_is_metadata_and_headings_are_the_passages_path():
    article = to_article(read_plain(ARTICLE.encode(), markdown=True), "bridges")
    assert (article.slug, article.title, str(article.published)) == (
        "bridges",
        "On bridges",
        "2024-02-03",
    )
    assert article.url == "https://example.org/bridges"
    assert passages(article) == [
        "The first bridge was a log. It floated away.",
        "The second was of stone.\nIt stands yet.",
        "- one\n- two",
    ]
    assert [passage.heading for passage in article.passages] == [(), ("Stone",), ("Stone",)]
    assert [passage.number for passage in article.passages] == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "published", "credit"),
    [
        (" date 2025-08-16 Photo by A. Person/Agency", "2025-08-16", "Photo by A. Person/Agency"),
        ("Published: 2025-08-16", "2025-08-16", None),
        ("By A. Person", None, "By A. Person"),
    ],
)
def test_a_leading_metadata_line_is_no_passage(line, published, credit):
    article = to_article(
        read_plain(f"{line}\n\nIt began.\n\nIt ended.\n".encode(), markdown=False), "x"
    )
    assert passages(article) == ["It began.", "It ended."]
    assert (article.published and str(article.published), article.credit) == (published, credit)


@pytest.mark.parametrize(
    "line", ["By then it was over. Nobody came.", "2025-08-16 was a Saturday, and it rained."]
)
def test_a_first_sentence_that_only_looks_a_little_like_metadata_is_kept(line):
    article = to_article(read_plain(f"{line}\n\nIt ended.\n".encode(), markdown=False), "x")
    assert passages(article)[0] == line


def test_the_original_article_has_14_passages_and_begins_where_it_should():
    raw = shared("article", "alaska-summit.txt").read_bytes()
    article = to_article(read_plain(raw, markdown=False), "alaska-summit")
    assert len(article.passages) == 14
    assert passages(article)[0].startswith("And just like that")
    assert str(article.published) == "2025-08-16"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Few are left… It is late.", ["Few are left…", "It is late."]),
        (
            "He acted like a “real man.” For his part, he left.",
            ["He acted like a “real man.”", "For his part, he left."],
        ),
        ("(So it was.) Then it ended.", ["(So it was.)", "Then it ended."]),
        ("“Next time in Moscow?” Putin suggested.", ["“Next time in Moscow?” Putin suggested."]),
        (
            "Nothing. It is a name. Beware! It bites.",
            ["Nothing. It is a name.", "Beware! It bites."],
        ),
        ("No. Why would it? 1.1. Is it?", ["No.", "Why would it?", "1.1. Is it?"]),
        ("It rained. It is over. Okay.", ["It rained.", "It is over.", "Okay."]),
        ("Mr. Smith met U.S. envoys. They spoke.", ["Mr. Smith met U.S. envoys.", "They spoke."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, expected):
    assert [text[s.start : s.end] for s in split_sentences(text, Block(0, len(text)))] == expected


@limits(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=400))
def test_passages_cover_the_text_in_order_and_sentences_cover_their_passage(text):
    document = (
        read_plain(text.encode("utf-8", "replace"), markdown=False) if _readable(text) else None
    )
    if document is None:
        return
    try:
        article = to_article(document, "x")
    except SourceError:
        assert not any(
            character.isalnum()
            for block in document.blocks
            for character in document.text[block.start : block.end]
        )
        return
    end = 0
    for passage in article.passages:
        assert end <= passage.start < passage.end <= len(article.text)
        end = passage.end
        inside = passage.start
        for sentence in passage.sentences:
            assert not any(c.isalnum() for c in article.text[inside : sentence.start])
            assert passage.start <= sentence.start < sentence.end <= passage.end
            inside = sentence.end
        assert not any(c.isalnum() for c in article.text[inside : passage.end])


def _readable(text):
    try:
        read_plain(text.encode("utf-8", "replace"), markdown=False)
    except SourceError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "slug"), [("Élan & Co.", "elan-co"), ("日本 2024", "日本-2024"), ("!!!", "article")]
)
def test_slugs_are_plain_and_never_empty(name, slug):
    assert slugify(name) == slug


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Treasurer's report\nTomasz said that 400 is left.", ["Tomasz said that 400 is left."]),
        ("It began.\nOther business\nNobody had any at all.", ["It began.", "Nobody had any at all."]),
        ("Bring:\n- a rope\n- a lamp\n  with oil", ["Bring:", "a rope", "a lamp\n  with oil"]),
        ("- Only one.\n- Or two.", ["Only one.", "Or two."]),
        ("- Alone.", ["Alone."]),
        ("The mill was sold to\nAnn in the spring.", ["The mill was sold to\nAnn in the spring."]),
        ("The old mill by the river was sold by\nBob, who then left\nfor the sea.",
         ["The old mill by the river was sold by\nBob, who then left\nfor the sea."]),
        ("It was cold\n- very cold -\nand dark.", ["It was cold\n- very cold -\nand dark."]),
    ],
)  # fmt: skip
def test_titles_and_the_marks_of_lists_stay_out_of_the_quotes_of_a_text_file(text, quotes):
    article = to_article(read_plain(text.encode(), markdown=False), "x")
    (passage,) = article.passages
    assert article.text[passage.start : passage.end] == text
    assert [article.text[one.start : one.end] for one in passage.sentences] == quotes


def test_what_holds_no_word_once_it_is_folded_is_no_sentence():
    text = b"The door is red.\n\n\xef\xbe\x9e.\n\nThe wall is white."  # a voicing mark alone
    assert len(to_article(read_plain(text, markdown=True), "walls").passages) == 2


def test_each_item_of_a_long_list_is_looked_at_once(monkeypatch):
    tried = []
    monkeypatch.setattr(
        "summitqa_index.sources.passages._cuts",
        lambda piece, _: tried.append(piece) or [0, len(piece)],
    )
    article = to_article(read_plain(b"- [ ] item\n" * 5000, markdown=False), "list")
    assert len(article.passages) > 5
    assert len(tried) <= 5000 + 2 * len(article.passages)
    assert sum(len(passage.sentences) for passage in article.passages) == 5000


def test_of_a_long_paragraph_only_what_may_be_quoted_is():
    text = "x" * 30_000
    block = Block(0, len(text), parts=(Part(0, 5), Part(29_990, 30_000)))
    article = to_article(Document(text, (block,)), "long")
    assert [(one.start, one.end) for p in article.passages for one in p.sentences] == [
        (0, 5),
        (29_990, 30_000),
    ]
