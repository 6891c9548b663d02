"""Markdown is text to a reader: no markup is stored, and an answer stands with its question."""

import pytest

from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain


def passages(text: str, *, markdown: bool = True) -> list[tuple[str, list[str]]]:
    """Give each passage's text with its sentences."""
    article = to_article(read_plain(text.encode(), markdown=markdown), "x")
    return [
        (
            article.text[passage.start : passage.end],
            [article.text[one.start : one.end] for one in passage.sentences],
        )
        for passage in article.passages
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("> [!WARNING]\n> Do not.", "Do not."),
        ("> [!NOTE]\n>\n> Do.", "Do."),
        ("> [1] is cited.", "[1] is cited."),
        ("Dogs <del>may</del><ins>must</ins> <s>not</s> stay.", "Dogs must stay."),
        ("- ~~No dogs.~~\n- [x] <strike>No cats.</strike>\n- No mice.", "No mice."),
        ("~~Gone.~~\n\n<del>\n\nGone too.\n\n</del>\n\nStays.", "Stays."),
        ("It is **very** _good_ and ~~bad~~ `x = 1`.", "It is very good and x = 1."),
        ("See [the page](https://a.example \"t\") or <https://b.example>.",
         "See the page or https://b.example."),
        ("![A map of the hall](map.png)", "A map of the hall"),
        ("[the page][1] has it\n\n[1]: https://a.example", "the page has it"),
        ("A <b>bold</b> word<!-- hush --> &amp; a dash &mdash; there.", "A bold word & a dash — there."),
        ("Type /ask <question> here.", "Type /ask <question> here."),
        ("<div align=center><p>Inside.</p></div>", "Inside."),
        ("1\\* is 2 * 3 and snake_case_name.", "1* is 2 * 3 and snake_case_name."),
        ("> A quote\n> of two lines.", "A quote\nof two lines."),
        ("```python\nprint('**no**')\n```", "print('**no**')"),
        ("<script>alert(1)</script>\n\nSeen.", "Seen."),
    ],
)  # fmt: skip
def test_a_reader_sees_words(written, read):
    assert [text for text, _ in passages(written)] == [read]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("See the [shed](https://a.example){: .door #x} on *Mondays*{: .b }.", "See the shed on Mondays."),
        ("{: .no_toc }\n\nThe shed.", "The shed."),
        ("[Join](https://a.example){ .button target=_blank } us.", "Join us."),
        ("Sets such as {1, 2} and {a} or `{: .x}` stay.", "Sets such as {1, 2} and {a} or {: .x} stay."),
        ("The shed.\n\n{% for tool in tools %}\n- [{{ tool.name }}]({{ tool.url }})\n{% endfor %}", "The shed."),
        ("{% include head.html %}\n\nThe shed.\n\n{{ page.more }}", "The shed."),
        ("Write `{% raw %}` there.", "Write {% raw %} there."),
        ("```\n{% if a %}\n!!! note\n    b\n```", "{% if a %}\n!!! note\nb"),
        ("!!! warning\n\n    Do **not** feed `it`.", "Do not feed it."),
        ("!!! no admonition", "!!! no admonition"),
    ],
)  # fmt: skip
def test_what_site_builders_add_to_markdown_is_not_read(written, read):
    assert [text for text, _ in passages(written)] == [read]


def headed(text: str) -> list[tuple[tuple[str, ...], str]]:
    article = to_article(read_plain(text.encode(), markdown=True), "x")
    return [(one.heading, article.text[one.start : one.end]) for one in article.passages]


def test_an_admonition_is_read_under_its_title():
    inner = '    !!! tip "Cats & co"\n\n        Never.\n'
    text = (
        f'???- info "Dogs"\n    On a **lead**.\n\n{inner}\nBelow.\n\n??? note "May I?"\n    Yes.\n'
    )
    assert headed(text) == [
        (("Dogs",), "On a lead."),
        (("Dogs", "Cats & co"), "Never."),
        ((), "Below."),
        ((), "May I?\nYes."),
    ]


def test_a_headings_id_is_no_part_of_it():
    assert headed("## Fees {#fees}\n\nNone.") == [(("Fees",), "None.")]


def test_with_a_title_of_its_own_a_texts_first_heading_heads_what_follows():
    text = "---\ntitle: Rules\n---\n\n# {}\n\nOne each.\n\n# Pets\n\nNone.\n"
    assert headed(text.replace("{}", "Tools")) == [(("Tools",), "One each."), (("Pets",), "None.")]
    assert headed(text.replace("{}", "Rules")) == [((), "One each."), (("Pets",), "None.")]
    assert headed(text.replace("title: Rules", "title: Rules | The shed").replace("{}", "Rules")) == [
        ((), "One each."), (("Pets",), "None.")
    ]  # fmt: skip


def test_lines_that_were_wrapped_are_one_and_short_ones_stay_as_they_were_ended():
    long = "The shed lends tools to everybody on the street, and it"
    text = (
        f"{long}\nhas done so *for*\n[years](https://a.example).\n\nMonday 9 to 5\nFriday 9 to 4\n"
    )
    assert [text for text, _ in passages(text)] == [
        f"{long} has done so for\nyears.",
        "Monday 9 to 5\nFriday 9 to 4",
    ]
    (listed, _), *_ = passages(f"- {long}\n  has done so.\n- And\n  more.")
    assert listed == f"- {long} has done so.\n- And\nmore."


def test_footnotes_are_read_and_their_marks_are_not():
    text = "It rained.[^1] Then not.\n\n[^1]: So the almanac says."
    assert [said for _, quotes in passages(text) for said in quotes] == [
        "It rained.", "Then not.", "So the almanac says.",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [
    "## Can I bring a dog?\n\nYes, on a lead. It must be small.",
    "Can I bring a dog?\n---\nYes, on a lead. It must be small.",
    "**Can I bring a dog?** Yes, on a lead. It must be small.",
    "**Can I bring a dog?**\n\nYes, on a lead. It must be small.",
    "Q: Can I bring a dog?\nA: Yes, on a lead. It must be small.",
    "**Q: Can I bring a dog?**\n\nA: Yes, on a lead. It must be small.",
    "<details><summary>Can I bring a dog?</summary>\n\nYes, on a lead. It must be small.\n\n</details>",
    "Can I bring a dog?\n: Yes, on a lead. It must be small.",
])  # fmt: skip
def test_a_question_is_one_passage_with_its_answer(asked):
    found = passages(f"# Rules\n\nWelcome.\n\n{asked}\n\n## More\n\nIt goes on.")
    assert len(found) == 3
    text, quotes = found[1]
    assert "\n" in text
    assert quotes == ["Can I bring a dog?", "Yes, on a lead.", "It must be small."]


def test_in_a_text_file_q_and_a_are_together_and_the_text_is_the_files():
    text = "Q: May *I*?\n\nA: Yes. You may.\n\nIs it so?\n\nNobody knows."
    assert passages(text, markdown=False) == [
        ("Q: May *I*?\n\nA: Yes. You may.", ["May *I*?", "Yes. You may."]),
        ("Is it so?", ["Is it so?"]),
        ("Nobody knows.", ["Nobody knows."]),
    ]


def test_a_row_of_a_table_is_a_quote_that_names_its_columns():
    table = "| Day | Time | |\n|-|:-:|-|\n| Sat | **10:00** | x |\n| Sun. Late. | | `y` |"
    assert passages(table) == [
        (
            "Day: Sat; Time: 10:00; x\nDay: Sun. Late.; y",
            ["Day: Sat; Time: 10:00; x", "Day: Sun. Late.; y"],
        )
    ]


def test_what_is_too_long_for_a_columns_name_stands_once():
    told = "what is paid for a night in the hut " * 5
    written = f"| Hut | {told} |\n|---|---|\n" + "".join(
        f"| no {n} | {n} euro |\n" for n in range(9)
    )
    text = passages(written)[0][0]
    assert text.count("what is paid") == 5
    assert "Hut: no 3; 3 euro" in text


def test_a_list_in_a_list_is_read_however_deep_people_write():
    written = "\n".join(f"{'  ' * depth}- item {depth} of it" for depth in range(16))
    text = " ".join(one for one, _ in passages(written))
    assert all(f"item {depth} of it" in text for depth in range(16))


def test_a_long_table_is_many_passages():
    rows = "\n".join(f"| Talk number {n} | Hall {n} | 1{n % 10}:00 |" for n in range(200))
    found = passages(f"| Title | Room | Time |\n|-|-|-|\n{rows}")
    assert 25 < len(found) < 200
    assert sum(len(quotes) for _, quotes in found) == 200


def test_lists_keep_their_marks_out_of_the_quotes():
    text = "1. Be kind.\n2. No spam.\n   - none\n\nAnd:\n\n- [x] book\n- [ ] pay"
    assert passages(text) == [
        ("1. Be kind.\n2. No spam.\n  - none", ["Be kind.", "No spam.", "none"]),
        ("And:\n☑ book\n☐ pay", ["And:", "book", "pay"]),
    ]


def test_a_file_without_markup_is_stored_as_it_is_and_one_with_any_as_it_is_read():
    plain = "---\ntitle: T\n---\n\n# T\n\nIt is\nsaid.\n\n## More\n\n- one\n- two\n"
    assert read_plain(plain.encode(), markdown=True).text == plain
    assert passages(plain) == [("It is\nsaid.", ["It is\nsaid."]), ("- one\n- two", ["one", "two"])]
    assert read_plain((plain + "\n*Well*.").encode(), markdown=True).text == (
        "It is\nsaid.\n\n- one\n- two\n\nWell."
    )


@pytest.mark.parametrize("start", ["²", "9" * 5000, "-1", "x"])
def test_a_list_that_begins_at_no_number_begins_at_one(start):
    (found,) = passages(f'<ol start="{start}"><li>Come in.</li></ol>')
    assert found == ("1. Come in.", ["Come in."])
