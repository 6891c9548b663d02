"""Clauses of a plain text are passages of their own, under their titles; so is a long list cut."""

import pytest

from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain


def read(text: str) -> list[tuple[tuple[str, ...], str]]:
    article = to_article(read_plain(text.encode(), markdown=False), "a")
    return [(one.heading, article.text[one.start : one.end]) for one in article.passages]


CHARTER = """\
   The charter of the shed
     ______________________________________________________________

Our promises

{lead}    1. The shed stays open
       We keep the doors open to everybody who wants to mend a thing, and to
       whoever wants to watch. We lock them at night.{blank}
    2. No fees
       Nobody pays.{blank}
   10. What we owe
       We owe the village three things: light, heat and a roof. They are
       spoken of elsewhere.

Our tools

    1. Saws
       They are all sharp.

    2. Axes
       They are not sharp.
"""
CLAUSES = [
    (
        ("Our promises", "1. The shed stays open"),
        "We keep the doors open to everybody who wants to mend a thing, and to whoever wants to "
        "watch. We lock them at night.",
    ),
    (("Our promises", "2. No fees"), "Nobody pays."),
    (
        ("Our promises", "10. What we owe"),
        "We owe the village three things: light, heat and a roof. They are spoken of elsewhere.",
    ),
    (("Our tools", "1. Saws"), "They are all sharp."),
    (("Our tools", "2. Axes"), "They are not sharp."),
]


@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_clause_is_a_passage_under_its_title(blank):
    assert [
        (h, " ".join(t.split())) for h, t in read(CHARTER.format(lead="", blank=blank))
    ] == CLAUSES


def test_what_leads_to_clauses_is_a_passage_before_them():
    found = read(CHARTER.format(lead="We promise all of this.\n", blank=""))
    assert found[0][1] == "We promise all of this."
    assert len(found) == len(CLAUSES) + 1


@pytest.mark.parametrize("text", [
    "1. A saw\n2. An axe",
    "1. Take the red key from\n   Ann, who is there.\n2. Open the door of\n   Ben, who is not.",
    "Bring:\n  1. a coat\n     and gloves,\n  2. a rope.",
    "- Saws\n  They are sharp.\n- Axes\n  They are not sharp.",
])  # fmt: skip
def test_a_short_list_without_titles_is_one_passage(text):
    assert read(f"It began.\n\n{text}\n\nIt ended.")[1] == ((), text)


def test_a_long_list_without_numbers_and_what_is_drawn_around_a_text_stay():
    box = "\n".join(f"*  {'It is sold as it is seen, ' * 2}   *" for _ in range(30))
    assert read(f"It began.\n\n{box}\n\nIt ended.")[1] == ((), box)


def test_a_long_list_is_cut_between_its_outermost_items():
    item = (
        "{}. The chair "
        + "looks at every saw " * 8
        + "and\n      1. she writes it down;\n      2. so does he."
    )
    text = "The chair may:\n" + "\n".join(item.format(n) for n in range(1, 10))
    found = [one for _, one in read(f"{text}\n\nIt ended.")]
    assert found[0].startswith("The chair may:\n1. The chair")
    assert [one[:2] for one in found[1:-1]] == [f"{n}." for n in range(2, 10)]
    assert all(one.endswith("2. so does he.") for one in found[:-1])
    assert read(f"{text[:500]}\n\nIt ended.")[0][1] == text[:500].rstrip()
