"""A list stays with what leads to it, an item with what is below it, and has its own number."""

import pytest

from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain


def told(text: str, *, markdown: bool = True) -> list[tuple[tuple[str, ...], str]]:
    article = to_article(read_plain(text.encode(), markdown=markdown), "x")
    return [(one.heading, article.text[one.start : one.end]) for one in article.passages]


@pytest.mark.parametrize("mark", ["-", "*", "1."])
def test_a_list_is_one_passage_with_the_line_that_leads_to_it(mark):
    shown = "1." if mark == "1." else "-"
    assert told(f"Bring to the shed:\n\n{mark} a coat\n{mark} gloves\n\nThen ring.") == [
        ((), f"Bring to the shed:\n{shown} a coat\n{shown.replace('1', '2')} gloves"),
        ((), "Then ring."),
    ]


def test_what_leads_to_no_list_is_a_passage_of_its_own():
    assert told("Bring:\n\nA coat.\n\n| a | b |\n|-|-|\n| c | d |") == [
        ((), "Bring:"),
        ((), "A coat."),
        ((), "a: c; b: d"),
    ]


def test_a_long_list_is_cut_between_its_items_and_the_first_stay_with_what_leads_to_them():
    items = [f"Tool number {n} hangs on the wall behind the second door." for n in range(40)]
    (first, *others) = told("These are the tools:\n\n" + "\n".join(f"- {one}" for one in items))
    assert first[1].startswith("These are the tools:\n- Tool number 0 hangs")
    assert all(text.startswith("- Tool number") for _, text in others)
    assert max(len(text) for _, text in others) < 400


LONG = "and it goes on for as long as anybody cares to read about what was said on that day"


def test_below_an_item_is_cut_only_where_it_is_long_and_then_named_after_it():
    short = "* Tools\n  * Saws\n    * They are sharp\n* Fees\n  * None"
    assert told(short) == [((), "- Tools\n  - Saws\n    - They are sharp\n- Fees\n  - None")]
    long = "".join(f"    * Point {n} is that, {LONG}\n" for n in range(12))
    found = told(f"* Tools\n  * Saws\n{long}* Fees\n  * None")
    assert found[0][1].startswith("- Tools\n  - Saws\n    - Point 0")
    assert found[1][0] == ("Tools", "Saws")
    assert found[1][1].startswith("- Point 3")
    assert found[-1] == ((), "- Fees\n  - None")


@pytest.mark.parametrize(
    ("closed", "lists"),
    [("", ["1. First.", "1. Below."]), ("</ol>", ["1. First.\n  1. Below."])],
)
def test_a_list_that_is_never_closed_swallows_no_heading(closed, lists):
    one = f"<ol>\n<li>First.</li>\n<ol><li>Below.</li>\n{closed}"
    found = told(f"# T\n\n## One\n{one}\n\n---\n\n## Two\n*Second.*\n")
    assert found == [*((("One",), each) for each in lists), (("Two",), "Second.")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<ol><li>a b</li><br><li>c</li><br><li>d</li></ol>", "1. a b\n2. c\n3. d"),
        ("<ol><li>a b</li><ol><li>c</li></ol><br><li>d</li></ol>", "1. a b\n  1. c\n2. d"),
        ("<ol start=4><li>a b</li><li value=7>c</li><li>d</li></ol>", "4. a b\n7. c\n8. d"),
        ("<ol start=0><li>a b</li><li>c</li></ol>", "0. a b\n1. c"),
        ("<ol>so:<li>a b</li><p>c</p><li>d</li> e</ol>", "so:\n1. a b\nc\n2. d\ne"),
    ],
)
def test_only_items_are_numbered_and_as_they_say(written, read):
    assert told(written) == [((), read)]


def test_items_under_headings_are_read_under_them():
    written = "<ul><li><h3>Ann</h3><p>She saws.</p></li><li><h3>Ben</h3></li></ul><p>So.</p>"
    assert told(written) == [(("Ann",), "She saws."), (("Ann",), "Ben"), (("Ann",), "So.")]


def test_in_a_text_file_a_list_stays_with_what_leads_to_it_and_the_text_is_the_files():
    text = "It began.\n\nBring:\n\n- a coat\n- gloves\n\nGo."
    assert told(text, markdown=False) == [
        ((), "It began."),
        ((), "Bring:\n\n- a coat\n- gloves"),
        ((), "Go."),
    ]
