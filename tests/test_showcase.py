"""What the README and docs show is what the product produces."""

import re
from pathlib import Path

from docs import drawing, showcase
from summitqa_bot.discord import text as discord_text
from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.wording.reply import Button, Card, Reply

DOCS = Path(__file__).parent.parent / "docs"


def test_the_pages_of_the_showcase_are_up_to_date(bundled):
    for name, text in showcase.pages(bundled).items():
        assert steady(text) == steady((DOCS / name).read_text("utf-8")), f"{name}: run `make docs`"


def test_a_drawing_shows_what_the_message_says_as_text():
    card = Card("[1] A & B, ¶2", "", "Is 1 < 2? *Yes*.", "", "https://a.example/b", rest="[…] So.")
    reply = Reply("", (card,), "Strong match", (Button("more", "r", "More"),), ref="r")
    for drawn in (
        drawing.on_discord("Is <b>1</b> less?", discord_text.message(reply)),
        drawing.on_slack("Is <b>1</b> less?", slack_blocks.message(reply)),
    ):
        assert "Is &lt;b&gt;1&lt;/b&gt; less?" in drawn
        assert re.search(r"<(b|strong)>Is 1 &lt; 2\? \*Yes\*\.</\1>", drawn)
        assert '<a href="https://a.example/b">[1] A &amp; B, ¶2</a>' in drawn
        assert "<small>[…] So.</small>" in drawn
        assert "<span>More</span>" in drawn
        assert "A drawing of the message" in drawn


def test_the_pictures_are_small_enough_for_a_page():
    sizes = {path.name: path.stat().st_size for path in (DOCS / "pictures").glob("*.png")}
    assert {"answer-light.png", "article-dark.png", "discord.png", "slack.png"} <= set(sizes)
    assert [name for name, size in sizes.items() if size > 150_000] == []


def steady(text: str) -> str:
    """Leave out what another processor's arithmetic may round otherwise."""
    return re.sub(r"\d+(&#160;| )?%", "n %", text)
