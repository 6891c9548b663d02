"""Replies as Discord payloads: nothing live but what is ours, and never over a limit."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from discord_desk import BUTTONS, CARD, QUOTE
from hypothesis import given, settings
from hypothesis import strategies as st

from summitqa_bot.discord import text as dt
from summitqa_bot.wording.reply import Button, Card, Reply

SCHEMAS = Path(__file__).parents[2] / "shared" / "protocol" / "discord_schemas.json"
ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
LIVE = re.compile(
    r"[*_~`|\\@<]|\]\(|\[|://|:[\w+~-]+:|discord[.\w]*/|^[^\S\n]*([#>+-]|\d+\.)",
    re.MULTILINE | re.IGNORECASE,
)
NASTY = [
    "@everyone @here <@123> <@&4> <#5> </ask:6> <id:customize> <t:1700000000:R>",
    "https://evil.example http://a.b <https://c.d> discord.gg/abc Discord.com/invite/x",
    "[click](https://evil.example) [a][b] ![i](u)",
    "# h\n## h\n-# small\n> q\n>>> q\n- l\n* l\n+ l\n 1. n\n12. n",
    "**b** __u__ *i* _i_ ~~s~~ ||sp|| `c` ```py\nx\n```",
    ":smile: <:a:1> <a:b:2> ¯\\_(ツ)_/¯ \\*x\\* \\",
    "\x00\x07\u202e\ud800 3:30 a:b",
]

chars = st.characters(exclude_categories=())
texts = st.one_of(
    st.text(chars, max_size=80),
    st.lists(st.sampled_from([*NASTY, "word. ", "word ", "\n", "*", "😀", "\\"]), max_size=30).map(
        "".join
    ),
    st.integers(0, 4500).map(lambda size: ("Lorem ipsum dolor. " * 240)[:size]),
    st.integers(0, 4500).map(lambda size: "*" * size),
)
urls = st.none() | st.sampled_from(
    [
        "https://a.b/c#:~:text=x",
        "javascript:alert(1)",
        "https://a.b/(x)\n]",
        "https://" + "a" * 3000,
    ]
)
cards = st.builds(
    Card, label=texts, before=texts, quote=texts, after=texts, url=urls, lead=texts, rest=texts
)
buttons = st.builds(
    Button, action=st.sampled_from(["context", "up"]), ref=texts, label=texts, form=st.none()
)
replies = st.builds(
    Reply,
    text=texts,
    cards=st.lists(cards, max_size=12).map(tuple),
    note=texts,
    buttons=st.lists(buttons, max_size=30).map(tuple),
)


def shown(markup: str) -> str:
    """Give what a client shows of inert text."""
    return ESCAPED.sub(r"\1", markup)


def inert(markup: str) -> bool:
    return LIVE.search(ESCAPED.sub("·", markup)) is None


def size(embed: dict[str, Any]) -> int:
    return dt.units(embed.get("description", "")) + dt.units(
        embed.get("footer", {}).get("text", "")
    )


@pytest.mark.parametrize("text", NASTY)
def test_nothing_in_a_text_is_live(text: str) -> None:
    assert inert(dt.escape(text))
    assert shown(dt.escape(text)) == dt.clean(text)


@given(texts)
def test_any_text_is_inert_and_shown_as_it_stands(text: str) -> None:
    assert inert(dt.escape(text))
    assert shown(dt.escape(text)) == dt.clean(text)


def test_plain_prose_is_left_alone() -> None:
    text = "At 3:30 p.m. (local time) they met, and/or talked: for 2.5 hours - #1!"
    assert dt.escape(text) == text


@given(texts, st.integers(-5, 300))
def test_a_cut_fits_and_is_inert(text: str, limit: int) -> None:
    for cut in (dt.cut(text, limit), dt.cut_start(text, limit)):
        assert dt.units(cut) <= max(0, limit)
        assert inert(cut)
    assert dt.units(dt.cut(text, limit, live=False)) <= max(0, limit)


@pytest.mark.parametrize("limit", [10, 300, 2000, 4096])
@pytest.mark.parametrize("unit", ["a", "*", "😀", "word "])
def test_a_text_is_cut_only_past_the_limit(limit: int, unit: str) -> None:
    one = dt.units(dt.escape(unit))
    exact = (unit * (limit // one)).rstrip() if unit == "word " else unit * (limit // one)
    assert dt.cut(exact, limit) == dt.escape(exact)
    longer = exact + unit * 2
    assert dt.cut(longer, limit).endswith("…")
    assert dt.cut_start(longer, limit).startswith("…")


def test_a_cut_ends_at_a_sentence_then_at_a_word() -> None:
    assert dt.cut("One two three. Four five six.", 20) == "One two three.…"
    assert dt.cut("One two three four", 12) == "One two…"
    assert dt.cut_start("One two three four", 12) == "…three four"


@settings(max_examples=150, deadline=None)
@given(replies)
def test_no_limit_is_ever_exceeded(reply: Reply) -> None:
    for payload in (dt.message(reply), dt.text_message(reply)):
        assert dt.units(payload["content"]) <= dt.CONTENT
        assert len(payload["embeds"]) <= dt.EMBEDS
        assert payload["content"] or payload["embeds"]
        assert all(0 < dt.units(one["description"]) <= dt.DESCRIPTION for one in payload["embeds"])
        assert sum(map(size, payload["embeds"])) <= dt.EMBEDS_TOTAL
        assert len(payload["components"]) <= 5
        for row in payload["components"]:
            assert 1 <= len(row["components"]) <= 5
            for button in row["components"]:
                assert 1 <= dt.units(button["label"]) <= 80
                assert 1 <= dt.units(button["custom_id"]) <= 100
        assert payload["allowed_mentions"] == {"parse": []}


@pytest.fixture(scope="session")
def schema() -> Any:
    if not SCHEMAS.exists():
        pytest.skip(f"Discord's schemas are not at {SCHEMAS}")
    schemas = json.loads(SCHEMAS.read_text("utf-8"))

    def validate(name: str, payload: object) -> None:
        jsonschema.validate(
            payload, {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        )

    return validate


@settings(max_examples=25, deadline=None)
@given(reply=replies)
def test_payloads_are_what_discord_specifies(schema: Any, reply: Reply) -> None:
    schema("MessageCreateRequest", dt.message(reply))
    schema("MessageCreateRequest", dt.text_message(reply))


@given(title=texts, prompt=texts)
def test_forms_are_what_discord_specifies(schema: Any, title: str, prompt: str) -> None:
    schema("ModalInteractionCallbackRequestData", dt.modal("down:r1", title, prompt))


@given(st.lists(st.tuples(texts, texts), max_size=30))
def test_suggestions_are_what_discord_specifies(titles: list[tuple[str, str]]) -> None:
    choices = dt.choices(titles)
    assert len(choices) <= 25
    assert all(1 <= dt.units(name) <= 100 and 1 <= dt.units(slug) <= 100 for name, slug in choices)


@given(texts)
def test_a_thread_always_has_a_name(question: str) -> None:
    assert 1 <= dt.units(dt.thread_name(question)) <= 100


# Layout

SHORT = replace(
    CARD, before="", after="", lead="For how long?",
    rest="The talks were held. […]\n- Nothing was signed.",
)  # fmt: skip

CITED = "[\\[1\\] Alaska summit, ¶5, 16 Aug 2025](https://example.org/alaska#:~:text=They%20met)"


def test_the_layout_of_an_answer() -> None:
    payload = dt.message(Reply("Here:", (SHORT,), "Strong match", BUTTONS))
    (embed,) = payload["embeds"]
    assert payload["content"] == "Here:\n-# Strong match"
    assert embed["description"].splitlines() == [
        "-# For how long?",
        f"**{QUOTE}**",
        CITED,
        "-# The talks were held. \\[…\\]",
        r"-# \- Nothing was signed.",
    ]
    assert "footer" not in embed
    assert "color" not in embed
    assert [one["custom_id"] for one in payload["components"][0]["components"]] == [
        "context:r1",
        "share:r1",
        "up:r1",
        "down:r1",
    ]


def test_the_layout_of_a_passage_that_is_shown_whole() -> None:
    (embed,) = dt.message(Reply("", (CARD,)))["embeds"]
    assert embed["description"] == f"{CARD.before}**{QUOTE}**{CARD.after}\n{CITED}"


def test_without_passages_the_note_is_small_print() -> None:
    assert dt.message(Reply("Not found", note="3 s left"))["content"] == "Not found\n-# 3 s left"


def test_an_answer_as_text_alone_keeps_quote_and_citation() -> None:
    content = dt.text_message(Reply("Here:", (SHORT,), "Strong match"))["content"]
    assert content.startswith("Here:\n-# Strong match\n\n-# For how long?\n")
    assert f"**{QUOTE}**\n{CITED}\n-# The talks" in content


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3000), st.integers(1, 1500), st.integers(0, 3000), st.integers(1, 10))
def test_the_quote_is_kept_before_what_stands_around(
    before: int, quote: int, after: int, count: int
) -> None:
    said = ("Said it. " * 400)[:quote].strip() or "S"
    inside = Card("[1] T", "b " * before, said, " a" * after)
    alone = Card("[1] T", "", said, "", lead="b " * before, rest=" a" * after)
    for embed in (
        *dt.message(Reply("", (inside,) * count))["embeds"],
        *dt.message(Reply("", (alone,) * count))["embeds"],
    ):
        shown = [one for one in embed["description"].split("\n") if not one.startswith("-# ")]
        passage, citation = shown
        whole = f"**{said}**" in passage
        assert whole or (quote >= dt.EMBEDS_TOTAL // count - 100 and passage.endswith("…**"))
        assert citation == "\\[1\\] T"


def test_only_web_addresses_become_links() -> None:
    for url in ("javascript:alert(1)", "file:///etc/passwd", "https:// x"):
        payload = dt.message(Reply("", (Card("[1] T", "", "q", "", url),)))
        assert "](" not in payload["embeds"][0]["description"]
    odd = dt.message(Reply("", (Card("[1] T", "", "q", "", "https://a.b/(x) y"),)))
    assert odd["embeds"][0]["description"].endswith("](https://a.b/%28x%29%20y)")


def test_a_sealed_link_is_kept_where_only_text_may_be_sent() -> None:
    url = f"https://quotes.example.org/a/discord-123456789012345678/rules?k={'k' * 160}#s10-99"
    card = Card("[1] The rules of the house", "", "It is so. " * 40, "", url, rest="And so. " * 40)
    content = dt.text_message(Reply("", (card,) * 3))["content"]
    assert content.count(f"]({url})") == 3
    assert content.count("**It is so. It is so.") == 3
    assert len(content) <= dt.CONTENT


def test_passages_past_the_tenth_are_told_of() -> None:
    payload = dt.message(Reply("", (CARD,) * 12, "Note"))
    assert len(payload["embeds"]) == 10
    assert payload["content"] == "-# Note"
    assert payload["embeds"][-1]["footer"]["text"] == "2 more not shown."


def test_a_label_is_never_a_sign_alone() -> None:
    (row,) = dt.components([Button("up", "r1", "👍"), Button("more", "r1", "  ")])
    assert [one["label"] for one in row["components"]] == ["👍 up", "more"]


def test_a_button_too_long_to_press_is_left_out() -> None:
    fits, over = Button("up", "r" * 97, "Up"), Button("up", "r" * 98, "Up")
    assert len(fits.id) == 100
    assert dt.components([fits, over])[0]["components"][0]["custom_id"] == fits.id
    assert dt.components([over]) == []
