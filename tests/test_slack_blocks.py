"""Replies as Slack messages: complete, inert, and inside every limit."""

import html
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summitqa_bot import strings
from summitqa_bot.slack import blocks as slack_blocks
from summitqa_bot.slack import views as slack_views
from summitqa_bot.slack.blocks import cut, cut_start, escape, message, size
from summitqa_bot.wording.reply import Button, Card, Reply

LIMITS = Path(__file__).parent.parent.parent / "shared" / "protocol" / "slack_limits.json"

texts = st.text(max_size=400)
long_texts = st.builds(
    lambda text, times: text * times, st.text(min_size=1, max_size=30), st.integers(0, 800)
)
urls = st.none() | st.builds(lambda n: "https://example.org/" + "a" * n, st.integers(0, 4000))
any_text = texts | long_texts
cards = st.builds(Card, texts, any_text, any_text, any_text, urls, any_text, any_text)
buttons = st.builds(Button, st.text(max_size=300), st.text(max_size=300), texts, st.none() | texts)
replies = st.builds(
    Reply,
    texts | long_texts,
    st.lists(cards, max_size=60).map(tuple),
    texts | long_texts,
    st.lists(buttons, max_size=60).map(tuple),
)


def walk(node):
    if isinstance(node, dict) and "type" in node:
        yield node
    for child in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from walk(child)


def assert_inside_limits(sent):
    assert 1 <= size(sent["text"]) <= 4000
    assert 1 <= len(sent["blocks"]) <= 50
    total = 0
    for node in walk(sent["blocks"]):
        assert node["type"] != "mrkdwn", "a mrkdwn object would be parsed"
        if node["type"] in {"text", "plain_text", "link"}:
            assert 1 <= size(node["text"]) <= 3000
            total += size(node["text"])
        if node["type"] == "link":
            assert len(node["url"]) <= 3000
        if node["type"] == "actions":
            assert 1 <= len(node["elements"]) <= 25
            assert len({one["action_id"] for one in node["elements"]}) == len(node["elements"])
        if node["type"] == "button":
            assert 1 <= size(node["text"]["text"]) <= 75
            assert 1 <= size(node["accessibility_label"]) <= 75
            assert 1 <= size(node["action_id"]) <= 255
            assert size(node["value"]) <= 2000
        if "elements" in node:
            assert node["elements"]
    json.dumps(sent).encode()
    return total


@settings(max_examples=150, deadline=None)
@given(replies)
def test_no_reply_breaks_a_limit(reply):
    assert_inside_limits(message(reply))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(min_size=1, max_size=200), st.text(max_size=200))
def test_before_quote_and_after_come_out_as_they_went_in(before, quote, after):
    before, quote, after = map(slack_blocks.clean, (before, quote, after))
    block = slack_blocks.blocks(Reply("", (Card("[1]", before, quote, after),)))[0]
    spans = block["elements"][0]["elements"]
    assert "".join(one["text"] for one in spans) == before + quote + after
    assert "".join(one["text"] for one in spans if one.get("style") == {"bold": True}) == quote


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(1, 300))
def test_a_text_is_cut_only_over_the_limit(text, limit):
    for shorten in (cut, cut_start):
        short = shorten(text, limit)
        assert size(short) <= limit
        if size(text) <= limit:
            assert short == text
        else:
            assert "…" in short


def test_cuts_fall_on_a_sentence_else_on_a_word():
    assert cut("One sentence here. Another that is long.", 30) == "One sentence here.…"
    assert cut("no sentence in these words at all", 20) == "no sentence in…"
    assert cut("x" * 20, 10) == "x" * 9 + "…"
    assert cut_start("Long ago it began. It was short.", 20) == "…It was short."
    assert cut_start("words without any end", 12) == "…any end"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>&!@#*_~`|CUhere channel\n", max_size=200), st.integers(20, 400))
def test_a_fallback_text_neither_pings_nor_formats(text, limit):
    safe = escape(text, limit)
    assert not set(safe) & set("<>*_~`")
    assert size(safe) <= limit
    if size(text) * 5 <= limit and not text.lstrip().startswith(">"):
        assert html.unescape(safe).count("CU") == text.count("CU")


@pytest.mark.parametrize("text", ["<!channel>", "<@U123>", "*bold*", "> quoted", "<http://x|y>"])
def test_markup_in_an_article_or_a_question_is_shown_as_it_is(text):
    sent = message(Reply(text, (Card(text, text, text, text),), text))
    assert not set(html.unescape(sent["text"]).replace(text, "")) & set("*_~`")
    assert "<" not in sent["text"]
    kinds = {node["type"] for node in walk(sent["blocks"])}
    assert kinds <= {
        "rich_text",
        "rich_text_section",
        "rich_text_quote",
        "text",
        "context",
        "plain_text",
    }
    shown = [node["text"] for node in walk(sent["blocks"]) if node["type"] == "text"]
    assert set(shown) == {text}


def test_a_citation_without_an_address_is_no_link():
    for url in (None, "javascript:alert(1)", "https://x/" + "a" * 3000):
        card = slack_blocks.blocks(Reply("", (Card("[1]", "", "q", "", url),)))[0]
        assert card["elements"][-1]["elements"] == [{"type": "text", "text": "[1]"}]


def test_a_long_text_without_passages_is_shown_over_several_elements():
    text = "A line of the report.\n" * 400
    [block] = slack_blocks.blocks(Reply(text))
    spans = [one["text"] for one in block["elements"][0]["elements"]]
    assert "".join(spans) == text
    assert len(spans) > 1


def test_passages_beyond_what_a_message_holds_are_counted():
    many = tuple(Card(f"[{n}]", "", f"Quote {n}.", "", None, "Why?", "So.") for n in range(45))
    sent = message(Reply("", many, "Note"))
    assert_inside_limits(sent)
    assert sent["blocks"][0]["elements"][0]["text"] == "Note"
    more = strings.SLACK_MORE_CARDS.format(count=30)
    assert sent["blocks"][-1]["elements"][0]["text"] == more


def test_an_empty_reply_still_is_a_message():
    sent = message(Reply(""))
    assert_inside_limits(sent)
    assert sent["text"] == strings.SLACK_EMPTY


def test_control_characters_and_halves_of_surrogates_are_replaced():
    sent = message(Reply("a\x00b\ud800c\r\nd"))
    assert sent["text"] == "a\ufffdb\ufffdc\nd"
    assert_inside_limits(sent)


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (lambda n: Reply("", buttons=(Button("a", "r", "x" * n),)), 75),
        (lambda n: Reply("", buttons=(Button("a", "x" * (n - 2), "x"),)), 255),
        (lambda n: Reply("", buttons=(Button("a", "r", "x", form="x" * (n - 4)),)), 2000),
        (lambda n: Reply("", buttons=tuple(Button("a", str(i), "x") for i in range(n))), 25),
        (lambda n: Reply("", (Card("[1]", "", "x" * n, ""),)), 3000),
        (lambda n: Reply("x" * n), 4000),
        (lambda n: Reply("&" * (n // 5)), 4000),
        (lambda n: Reply("x" * n), 12_000),
        (lambda n: Reply("", tuple(Card("[1]", "", "x", "") for _ in range(n))), 50),
        (lambda n: Reply("", note="x" * n), 3000),
    ],
)
def test_each_limit_holds_at_its_edge_and_beyond(make, limit):
    for length in (limit - 1, limit, limit + 1, limit + 10):
        assert_inside_limits(message(make(length)))


def test_our_limits_are_slacks():
    if not LIMITS.exists():
        pytest.skip(f"{LIMITS} is not there to compare with")
    theirs = json.loads(LIMITS.read_text())
    ours = slack_blocks
    assert ours.MAX_TEXT == theirs["text"]["max_length"] == theirs["section"]["text"]["max_length"]
    assert theirs["button"]["text"]["max_length"] == ours.MAX_BUTTON
    assert theirs["button"]["accessibility_label"]["max_length"] == ours.MAX_BUTTON
    assert theirs["button"]["value"]["max_length"] == ours.MAX_VALUE
    assert theirs["action_id"]["max_length"] == ours.MAX_ACTION_ID
    assert theirs["button"]["url"]["max_length"] == ours.MAX_URL
    assert theirs["actions"]["elements"]["max_items"] == ours.MAX_ACTIONS
    views = slack_views
    for part in ("title", "submit", "close"):
        assert theirs["view"][part]["max_length"] == views.MAX_TITLE
    assert theirs["view"]["private_metadata"]["max_length"] == views.MAX_METADATA
    assert theirs["plain_text_input"]["max_length"]["max"] == views.MAX_INPUT
    assert theirs["input"]["label"]["max_length"] == views.MAX_LABEL
    assert theirs["header"]["text"]["max_length"] == views.MAX_HEADER
    assert theirs["option"]["text"]["max_length"] == views.MAX_OPTION
    assert theirs["option"]["value"]["max_length"] == views.MAX_OPTION_VALUE
    assert theirs["select"]["options"]["max_items"] == views.MAX_OPTIONS
    assert theirs["select"]["placeholder"]["max_length"] == views.MAX_PLACEHOLDER


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(texts, texts), max_size=120).map(tuple), texts | long_texts)
def test_views_stay_inside_their_limits(titles, question):
    home = slack_views.home(titles)
    form = slack_views.form(question, {"component": "down:r", "url": "u" * 4000})
    for view in (home, form, slack_views.ask_form()):
        assert 1 <= len(view["blocks"]) <= 100
        for node in walk(view):
            if node["type"] == "plain_text":
                assert 1 <= size(node["text"]) <= 3000
            if node["type"] == "text":
                assert 1 <= size(node["text"]) <= 3000
            if node["type"] == "modal":
                assert all(
                    1 <= size(node[key]["text"]) <= 24 for key in ("title", "submit", "close")
                )
    assert len(form["private_metadata"]) <= 3000
    assert slack_views.unpacked(form)["component"] == "down:r"
    for option in slack_views.options(titles):
        assert 1 <= size(option["text"]["text"]) <= 75
        assert 1 <= len(option["value"]) <= 150


def test_lines_of_white_space_cost_no_more_than_others():
    began = time.monotonic()
    assert escape("\n\u00a0" * 40_000 + "x", 100_000).endswith("x")
    assert time.monotonic() - began < 10  # a minute and more where each line looks over the rest
