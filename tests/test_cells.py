"""Tables of a page: those of values keep every word of a cell, those that place things are read on."""

import pytest

from summitqa_index.sources.formats import read_html
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

PROSE = "The shed lends tools to everybody on the street, and it has done so for eleven years now."


def told(body: str) -> list[tuple[tuple[str, ...], str]]:
    """Give the passages of a page behind its first one, each with its headings."""
    page = f"<html><head><title>Shed</title></head><body><p>{PROSE}</p>{body}</body></html>"
    article = to_article(read_html(page.encode()), "x")
    return [(one.heading, article.text[one.start : one.end]) for one in article.passages[1:]]


def quotes(body: str) -> list[str]:
    article = to_article(read_html(f"<body>{body}</body>".encode()), "x")
    return [article.text[s.start : s.end] for one in article.passages for s in one.sentences]


def table(*rows: str, names: str = "<th>Tool</th><th>Care</th>") -> str:
    return f"<table><tr>{names}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("<ul><li>Oil the blade</li><li>Dry the grip</li></ul>", "Oil the blade, Dry the grip"),
        ("<p>Oil it.</p><ol><li><p>Wipe it</p></li></ol>", "Oil it. Wipe it"),
        ("Oil<br>weekly", "Oil weekly"),
        ("Oil it.<blockquote>Never soak it.</blockquote>", "Oil it. Never soak it."),
        ("<div>Oil</div><div>Wax</div>", "Oil, Wax"),
    ],
)
def test_no_word_of_a_cell_is_lost_and_none_is_glued_to_another(cell, read):
    body = table(f"<td>Saw</td><td>{cell}</td>", "<td>Axe</td><td>Grind it</td>")
    expected = [((), f"Tool: Saw; Care: {read}\nTool: Axe; Care: Grind it")]
    assert told(body) == expected
    in_markdown = to_article(read_plain(f"{PROSE}\n\n{body}".encode(), markdown=True), "x")
    last = in_markdown.passages[-1]
    assert in_markdown.text[last.start : last.end] == expected[0][1]


def test_a_program_in_a_cell_keeps_its_lines():
    body = table("<td>Saw</td><td>Type:<pre>book saw\nbook --list</pre></td>")
    assert quotes(body) == ["Tool: Saw; Care:", "Type:", "book saw", "book --list"]


def test_a_long_row_is_quoted_by_sentences_and_its_lists_by_items():
    said = "It must be cleaned with a dry cloth after every single use, the blade first of all."
    (first, *others) = quotes(table(f"<td>Saw</td><td>{' '.join([said] * 4)}</td>"))
    assert first == f"Tool: Saw; Care: {said}"
    assert others == [said] * 3
    items = "".join(f"<li>Point {n}: {said}</li>" for n in range(4))
    assert quotes(table(f"<td>Saw</td><td><ul>{items}</ul></td>"))[:2] == [
        "Tool: Saw; Care:",
        f"Point 0: {said}",
    ]


def test_what_reaches_over_a_whole_row_is_said_once_and_whole():
    long = " ".join(f"Rule {n} of the shed is a rule." for n in range(30))
    for note in ("Hand tools", long):
        body = table(f"<td colspan=2>{note}</td>", "<td>Axe</td><td>Grind</td>")
        assert told(body)[0][1].startswith(note[:200])
        assert "".join(text for _, text in told(body)).count(note[-25:]) == 1
        assert not any("Tool: Rule" in text or "Tool: Hand" in text for _, text in told(body))


FAQ = """<table border="0">
<tr><td colspan=2><h3>Keys</h3></td></tr>
<tr><td><b>1.</b></td><td><b>Who keeps the key?</b></td></tr>
<tr><td></td><td><p>It depends:</p><ul><li><p>Ada on weekdays.</p></li><li>Ben else.</li></ul>
<p>Ring twice.</p></td></tr>
<tr><td><b>2.</b></td><td><b>The lock is frozen</b></td></tr>
<tr><td></td><td><p>Warm the key.</p></td></tr>
<tr><td><b>3.</b></td><td>The lock says:<pre>E 7</pre></td></tr>
<tr><td></td><td><p>Change its cell.</p></td></tr></table><p>Below.</p>"""


def test_a_table_of_questions_gives_each_with_its_answer():
    asked = ("Keys", "Who keeps the key?")
    assert told(FAQ) == [
        (
            ("Keys",),
            "1. Who keeps the key?\nIt depends:\n- Ada on weekdays.\n- Ben else.",
        ),
        (asked, "Ring twice."),
        (("Keys",), "2. The lock is frozen\nWarm the key."),
        (("Keys",), "3. The lock says:"),
        (("Keys",), "E 7"),
        (("Keys",), "Change its cell."),
        (("Keys",), "Below."),
    ]


@pytest.mark.parametrize("answer", ["<p>Ada does.</p><p>Ring twice.</p>", "Ada does."])
def test_a_question_and_its_answer_may_stand_side_by_side(answer):
    body = f"<table><tr><td>Who keeps the key?</td><td>{answer}</td></tr></table>"
    assert told(body)[0] == ((), "Who keeps the key?\nAda does.")


def test_a_cell_names_what_a_table_places_beside_it():
    body = (
        "<table><tr><td>Monday</td><td><p>Saws.</p><p>Axes.</p></td></tr>"
        "<tr><td>Friday</td><td><ul><li>Glue</li><li>Tape</li></ul></td></tr></table>"
    )
    assert [text for _, text in told(body)] == [
        "Monday: Saws.",
        "Axes.",
        "Friday:\n- Glue\n- Tape",
    ]


def test_a_table_that_is_never_closed_swallows_nothing():
    body = "<table><tr><td>Axe</td><td>Sharp</td></tr><h2>Fees</h2><p>There are none.</p>"
    assert "There are none." in " ".join(text for _, text in told(body))
