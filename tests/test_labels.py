"""The line that says where a passage stands: article, heading, paragraph, date."""

import io
from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from summitqa.answer import Answer, Band, Match
from summitqa.article import Citation
from summitqa_bot.commands import terminal
from summitqa_bot.discord import text as discord
from summitqa_bot.slack import blocks as slack
from summitqa_bot.wording import replies
from summitqa_bot.wording.cards import excerpt, whole
from summitqa_bot.wording.reply import Reply
from tests.test_cards import article_of


@pytest.mark.parametrize(
    ("heading", "page", "place"),
    [
        ((), None, "The handbook, ¶2"),
        (("Parking",), None, "The handbook › Parking, ¶2"),
        (("Visiting", "Parking"), 3, "The handbook › Parking, ¶2, p. 3"),
        (("Visiting", "The handbook"), None, "The handbook › Visiting, ¶2"),
        (("The handbook",), None, "The handbook, ¶2"),
        (("Where to\nleave  a car",), None, "The handbook › Where to leave a car, ¶2"),
        (
            ("Where cars, vans and bicycles may be left, and for how many hours, and by whom",),
            None,
            "The handbook › Where cars, vans and bicycles may be left, and for how many…, ¶2",
        ),
        (("x" * 500,), None, f"The handbook › {'x' * 59}…, ¶2"),
    ],
)
def test_a_citation_names_the_innermost_heading_of_its_passage(heading, page, place):
    citation = cited(heading, page)
    assert excerpt(citation, 1).label == whole(citation, 1).label == f"[1] {place}, 16 Aug 2025"
    before, around = replies.context({1: citation}).cards
    assert (before.label, around.label) == ("The handbook, ¶1", f"[1] {place}, 16 Aug 2025")


def cited(
    heading: tuple[str, ...], page: int | None = None, title: str = "The handbook"
) -> Citation:
    """Cite a passage under these headings, with one before it that stands under none."""
    bare = article_of([["It opens at nine."], ["Behind the barn."]], " ")
    first, second = bare.passages
    second = replace(second, heading=heading, page=page)
    article = replace(bare, title=title, passages=(first, second), published=date(2025, 8, 16))
    return Citation(article, second, second.sentences[0])


LIVE = "*a* <!channel> @everyone [b](http://c.d) [red]e[/red] \x1b[31m"


def test_of_a_heading_nothing_is_live_anywhere():
    answer = Answer("Where?", True, 0.9, Band.STRONG, "v1", (Match(cited((LIVE,)), 1, 0.9),))
    reply = replies.answered(answer, "r1", private=False)
    for message in (discord.message(reply), discord.text_message(reply)):
        said = message["content"] + "".join(one["description"] for one in message["embeds"])
        assert r"› \*a\* \<!channel> \@everyone \[b\]\(http\://c.d) \[red\]e" in said
    message = slack.message(reply)
    assert "∗a∗ &lt;!channel&gt; @everyone" in message["text"]
    (label,) = [
        one
        for block in message["blocks"]
        for section in block["elements"]
        for one in section.get("elements", ())
        if "channel" in one["text"]
    ]
    assert set(label) == {"type", "text"}
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard")
    console.print(terminal.answer(answer, answer.matches))
    assert "*a* <!channel> @everyone [b](http://c.d) [red]e[/red]" in console.file.getvalue()
    assert "\x1b[31m" not in console.file.getvalue()


def test_however_long_title_and_heading_are_the_paragraph_and_the_date_are_shown():
    card = excerpt(cited(("heading " * 50,), title="title " * 50), 10)
    many = Reply("", (card,) * 10)
    labels = [
        *(one["description"].splitlines()[1] for one in discord.message(many)["embeds"]),
        *discord.text_message(replace(many, cards=(card,) * 3))["content"].splitlines()[1::3],
        *(block["elements"][-1]["elements"][0]["text"] for block in slack.message(many)["blocks"]),
    ]
    assert len(labels) == 23
    assert all(label.endswith("…, ¶2, 16 Aug 2025") for label in labels)
