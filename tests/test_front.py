"""Front matter: every value is read as it is written, or named with its line."""

import pytest

from summitqa_index.sources.plain import read_plain


def read(front: str, *, markdown: bool = True):
    return read_plain(f"---\n{front}\n---\nThe text.\n".encode(), markdown=markdown)


@pytest.mark.parametrize("written", [
    "Handbook: leave", "no", "1:30", "010", "0x1F", "1e999", ".nan", "2025-01-02", "9" * 400, "!important",
    "*all* of it", "&c", "@home", "100 %", "a 'quoted' word", "Ann's", "C#",
])  # fmt: skip
def test_a_value_is_the_title_that_it_is_written_as(written):
    document = read(f"title: {written}\nslug: here")
    assert (document.title, document.slug, document.trouble) == (written, "here", None)


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ('title: "Quoted: \\u00e9"', "Quoted: é"),
        ("title: >\n  folded\n  over", "folded over"),
        ("title: [one, two]", "one, two"),
        ("title: plain\n  goes on", "plain goes on"),
        ("title: !!binary aGk=", "!!binary aGk="),
        ("title: The one # as it is called", "The one"),
    ],
)
def test_what_only_yaml_can_read_is_read_by_it(front, title):
    assert read(front).title == title


@pytest.mark.parametrize(
    ("front", "lines"),
    [
        ("title: [a\nslug: here", "line 2"),
        ('slug: here\n\ntitle: "a', "line 4"),
        ("slug: here\nnothing of the kind", "line 3"),
        ("title: {a: b: c}\nslug: here\ncredit: 'x", "lines 2, 4"),
    ],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_what_cannot_be_read_is_named_with_its_line_and_the_rest_is_read(front, lines, markdown):
    document = read(front, markdown=markdown)
    assert document.trouble == (
        f"has front matter that cannot be read in {lines}; expected “key: value”"
    )
    assert document.slug == "here"


@pytest.mark.parametrize(
    "front", ["date: 2025-02-30", "date: soon", "url: www.example.org", "language: klingon"]
)
def test_a_date_an_address_or_a_language_that_is_none_is_named(front):
    assert repr(front.split()[1]) in (read(front).trouble or "")


@pytest.mark.parametrize("front", [
    "a: &a [*a]", "a: &a [x, x]\nb: [" + "*a, " * 500 + "*a]", "a: " + "[" * 5000, "a: !!int [", "t: " + "x" * 90_000,
])  # fmt: skip
def test_hostile_front_matter_ends_nothing(front):
    document = read(front)
    assert document.text.rstrip().endswith("The text.")


def test_a_text_between_two_rules_is_no_front_matter():
    document = read("Just a line of it.", markdown=False)
    assert len(document.blocks) == 1
    assert "Just a line of it." in document.text[document.blocks[0].start :]
    assert document.trouble is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("---\ntitle: T\ndate: 2025-08-16\n\nThe text.\n", "no line “---” ends it"),
        ("---\ntitle: T\n", "no line “---” ends it"),
        ('+++\ntitle = "T"\n+++\nThe text.\n', "“+++”"),
    ],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_front_matter_of_another_kind_or_without_an_end_is_named(text, named, markdown):
    assert named in (read_plain(text.encode(), markdown=markdown).trouble or "")


@pytest.mark.parametrize("text", [
    "---\n\nThe text.\n", "---\nThe text: it is here.\n", "---\nNote: a rule.\nIt is above text.\n",
    "---\n# Title\n\nThe text.\n", "title: T\n", "+++ more +++\n",
])  # fmt: skip
def test_a_rule_above_text_is_no_front_matter(text):
    document = read_plain(text.encode(), markdown=True)
    assert document.trouble is None
