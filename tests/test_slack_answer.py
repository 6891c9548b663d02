"""An answer as a Slack message: the quote in bold, its citation, small print; and as it is heard."""

from dataclasses import replace

from summitqa_bot.slack.blocks import blocks, message, size
from summitqa_bot.wording.reply import Button, Card, Reply

ANSWER = Reply(
    "Two passages speak of it.",
    (
        Card(
            "[1] Summit, ¶5, 16 Aug 2025",
            "",
            "They met.",
            "",
            "https://x.org/#:~:text=They",
            lead="What did they do?",
            rest="Before it. […] And after.",
        ),
    ),
    "A strong match.",
    (Button("context", "r", "Show context"), Button("down", "r", "Not helpful", form="Why?")),
)


def test_an_answer_quotes_in_bold_cites_with_a_link_and_says_so_in_plain_text():
    sent = message(ANSWER)
    said, note, lead, card, rest, row = sent["blocks"]
    passage, citation = card["elements"]
    assert said["elements"][0]["elements"] == [
        {"type": "text", "text": "Two passages speak of it."}
    ]
    assert passage["type"] == "rich_text_quote"
    assert passage["elements"] == [{"type": "text", "text": "They met.", "style": {"bold": True}}]
    for small, text in (
        (note, "A strong match."),
        (lead, "What did they do?"),
        (rest, "Before it. […] And after."),
    ):
        assert small["type"] == "context"
        assert [one["text"] for one in small["elements"]] == [text]
    assert citation["elements"] == [
        {
            "type": "link",
            "url": "https://x.org/#:~:text=They",
            "text": "[1] Summit, ¶5, 16 Aug 2025",
        }
    ]
    assert [one["action_id"] for one in row["elements"]] == ["context:r", "down:r"]
    assert row["elements"][1]["value"] == "down:r\nWhy?"


def test_who_hears_a_message_hears_the_answer_first_and_all_of_it():
    assert message(replace(ANSWER, text=""))["text"].splitlines() == [
        "“They met.” — [1] Summit, ¶5, 16 Aug 2025",
        "What did they do?",
        "Before it. […] And after.",
        "A strong match.",
    ]
    whole = Card("[1] Summit, ¶5", "Before it. ", "They met.", " And after.")
    assert message(Reply("Around it:", (whole,)))["text"].splitlines() == [
        "Around it:",
        "“They met.” — [1] Summit, ¶5",
        "Before it. They met. And after.",
    ]


def test_who_hears_a_doubtful_answer_hears_the_doubt_before_it():
    assert message(ANSWER)["text"].startswith("Two passages speak of it.\n“They met.”")


def test_small_print_is_cut_before_the_quote():
    quote, filler = "This is the answer. " * 100, "Filler words stand here. " * 400
    card = Card("[1]", "", quote, "", None, filler, filler)
    lead, passage, rest = blocks(Reply("", (card,)))
    assert passage["elements"][0]["elements"][0]["text"] == quote
    for small in (lead, rest):
        assert small["elements"][0]["text"].endswith("…")


def test_what_stands_around_is_cut_before_the_quote():
    quote = "This is the answer."
    filler = "Filler words stand here. " * 400
    block = blocks(Reply("", (Card("[1]", filler, quote, filler),)))[0]
    spans = [one["text"] for one in block["elements"][0]["elements"]]
    assert spans[1] == quote
    assert spans[0].startswith("…")
    assert spans[2].endswith("…")
    assert sum(map(size, spans)) <= 3000
