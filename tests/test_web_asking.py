"""Asking on the page: answers as in chat, each state at its address, no script and no cookie."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.service import desk as desk_module
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Rate
from summitqa_bot.strings import web as said
from tests.fakes import index, write
from tests.web_rig import Seen, Visitor, desk_of, visitor_of

QUESTION = "What did Trump call the limousine?"
LAX = {"user_limit": Rate(1000, 1), "channel_limit": Rate(1000, 1)}


@pytest.fixture
def home(tmp_path: Path, bundled: Library) -> Path:
    """A data folder of its own that begins with the bundled index."""
    folder = tmp_path / "home"
    (folder / "versions").mkdir(parents=True)
    version = bundled.store.version
    (folder / "versions" / version).symlink_to(bundled.store.folder)  # type: ignore[attr-defined]
    (folder / "CURRENT").write_text(version)
    return folder


@pytest.fixture
async def desk(home: Path, encoder: Encoder) -> AsyncIterator[Desk]:
    async with desk_of(home, encoder, **LAX) as made:
        yield made


@pytest.fixture
async def visitor(desk: Desk) -> AsyncIterator[Visitor]:
    async with visitor_of(desk) as made:
        yield made


async def follow(visitor: Visitor, seen: Seen, question: str) -> Seen:
    return await visitor.open("/", **{**seen.form(), "q": question})


async def test_it_begins_with_a_box_examples_and_the_articles(visitor: Visitor) -> None:
    seen = await visitor.open("/")
    form = seen.tree.find(".//form")
    assert (form.get("action"), form.get("method", "get")) == ("/", "get")
    assert seen.links()["Trump and Putin in Alaska: a summit without a ceasefire"] == (
        "/a/house/alaska-summit"
    )
    examples = seen.tree.findall(".//section[@class='examples']//a")
    assert examples
    answer = await visitor.open(examples[0].get("href"))
    assert answer.tree.find(".//h1").text == examples[0].text
    assert answer.tree.findall(".//blockquote")


async def test_an_answer_has_the_quote_first_and_then_how_far_to_trust_it(visitor: Visitor) -> None:
    seen = await visitor.open("/", q=QUESTION)
    assert seen.tree.find(".//h1").text == QUESTION
    quotes = [one.text_content().strip() for one in seen.tree.findall(".//blockquote")]
    assert "The Beast" in quotes[0]
    place = seen.said.index(quotes[0])
    assert place < seen.said.index("Likely match")
    assert seen.said.count(QUESTION) == 1


async def test_a_follow_up_leans_on_the_answer_it_stands_below(visitor: Visitor) -> None:
    seen = await visitor.open("/", q="Who was the only winner of the summit?")
    first = await follow(visitor, seen, "and what did he say about it?")
    assert first.tree.findall(".//blockquote")
    again = await follow(visitor, seen, "and what did he say about it?")
    quotes = [one.text_content() for one in first.tree.findall(".//blockquote")]
    assert quotes == [one.text_content() for one in again.tree.findall(".//blockquote")]
    alone = await visitor.open("/", q="and what did he say about it?", c="nothing")
    assert quotes != [one.text_content() for one in alone.tree.findall(".//blockquote")]


async def test_what_nothing_answers_is_said_so_and_its_nearest_have_an_address(
    visitor: Visitor,
) -> None:
    seen = await visitor.open("/", q="How do I make sourdough bread rise?")
    assert strings.NOT_FOUND in seen.said
    assert not seen.tree.findall(".//blockquote")
    nearest = await visitor.open(seen.links()[strings.BUTTON_NEAREST])
    assert strings.NEAREST in nearest.said
    assert nearest.tree.findall(".//blockquote")


async def test_more_passages_have_an_address(visitor: Visitor) -> None:
    seen = await visitor.open("/", q=QUESTION)
    more = await visitor.open(seen.links()[strings.BUTTON_MORE])
    assert more.status == 200
    assert "[2]" in more.said
    assert seen.form()["c"] == more.form()["c"]


async def test_more_passages_say_how_far_to_trust_the_answer_and_lead_back_to_it(
    visitor: Visitor,
) -> None:
    seen = await visitor.open("/", q=QUESTION)
    trust = seen.tree.find(".//p[@class='small']").text
    assert "match" in trust
    more = await visitor.open(seen.links()[strings.BUTTON_MORE])
    assert trust in more.said
    again = await visitor.open(more.links()[said.BACK])
    assert again.said == seen.said
    assert said.BACK not in seen.links()


@pytest.mark.parametrize(
    ("asked", "told"),
    [("hello", "Ask me about"), ("thank you!", strings.WELCOME), ("x" * 5000, "question"), ("\0", "Ask me about"), ("?", "Ask me about")],
)  # fmt: skip
async def test_what_is_no_question_gets_a_sentence(visitor: Visitor, asked: str, told: str) -> None:
    seen = await visitor.open("/", q=asked)
    assert seen.status == 200
    assert told in seen.said
    assert not seen.tree.findall(".//blockquote")


async def test_an_article_is_asked_alone_and_one_there_is_not_is_named(visitor: Visitor) -> None:
    seen = await visitor.open("/a/house/alaska-summit")
    asked = await follow(visitor, seen, QUESTION)
    assert "alone" in asked.said
    assert asked.form()["article"] == "alaska-summit"
    assert "nope" in (await visitor.open("/", q=QUESTION, article="nope")).said


async def test_thumbs_are_kept_and_lead_back(visitor: Visitor, desk: Desk) -> None:
    seen = await visitor.open("/", q=QUESTION)
    good = await visitor.send("/press", **seen.form(1))
    assert strings.THANKS in good.said
    back = parse_qs(urlsplit(good.links()[said.BACK]).query)
    assert back["q"] == [QUESTION]
    assert desk._state.ratings() == (1, 0, [])
    await visitor.send("/press", **{**seen.form(2), "reason": "wrong car"})
    assert desk._state.ratings() == (0, 1, [(QUESTION, "wrong car")])


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"press": "forget:house"}, 400),
        ({"press": "share:x"}, 400),
        ({"press": "good:nope"}, 200),
        ({"press": "good:x", "reason": "x" * 100_000}, 413),
    ],
)
async def test_nothing_else_is_pressed(visitor: Visitor, form: dict[str, str], status: int) -> None:
    seen = await visitor.send("/press", **form)
    assert seen.status == status
    assert seen.said


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"press=good:\xff", "application/x-www-form-urlencoded"),
        (b"&".join([b"press=good:x"] * 20), "application/x-www-form-urlencoded; charset=nope"),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ],
)
async def test_what_is_no_form_presses_nothing(visitor: Visitor, body: bytes, kind: str) -> None:
    sent = visitor.client.post("/press", data=body, headers={"Content-Type": kind})
    async with sent as answer:
        assert answer.status == 400
        assert said.REFUSED in await answer.text()


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
async def test_nobody_is_led_elsewhere(visitor: Visitor, back: str) -> None:
    seen = await visitor.send("/press", press="good:x", back=back)
    assert seen.links()[said.BACK] == "/"


async def test_words_of_a_question_are_shown_as_text(visitor: Visitor) -> None:
    seen = await visitor.open("/", q="<script>alert(1)</script> what did Trump call the limousine?")
    assert not seen.live()
    assert "<script>alert(1)</script>" in seen.tree.find(".//h1").text


async def test_who_asks_a_lot_is_asked_for_patience(home: Path, encoder: Encoder) -> None:
    strict: dict[str, Any] = {"user_limit": Rate(1, 60), "channel_limit": Rate(3, 60)}
    async with desk_of(home, encoder, **strict) as desk, visitor_of(desk) as visitor:
        await visitor.open("/", q=QUESTION)
        seen = await visitor.open("/", q=QUESTION)
        assert (seen.status, seen.tree.find(".//h1").text) == (429, QUESTION)
        assert f"at once; please wait {seen.headers['Retry-After']} s." in seen.said
        assert seen.headers["Cache-Control"] == "no-store"
        await visitor.open("/")
        seen = await visitor.open("/a/house/alaska-summit")
        assert seen.status == 429
        assert int(seen.headers["Retry-After"]) > 0


async def test_a_thumb_over_the_limit_and_a_full_queue_are_too_much_too(
    home: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_of(home, encoder, user_limit=Rate(1, 60)) as desk, visitor_of(desk) as visitor:
        seen = await visitor.open("/", q=QUESTION)
        pressed = await visitor.send("/press", **{**seen.form(1), "back": "/?q=x"})
        assert (pressed.status, pressed.headers["Retry-After"]) == (429, "60")
        assert pressed.links()[said.BACK] == "/?q=x"
        monkeypatch.setattr(desk_module, "_MOST_WAITING", 0)
        seen = await visitor.open("/", q=QUESTION)
        assert (seen.status, "Retry-After" in seen.headers) == (429, False)
        assert strings.TOO_BUSY in seen.said


async def test_visitors_behind_our_own_proxy_are_told_apart(home: Path, encoder: Encoder) -> None:
    strict: dict[str, Any] = {"channel_limit": Rate(1, 60), "web_proxies": 1}
    async with desk_of(home, encoder, **strict) as desk, visitor_of(desk) as visitor:

        async def status(told: str) -> int:
            async with visitor.client.get(
                "/a/house/nope", headers={"X-Forwarded-For": told}
            ) as got:
                return got.status

        assert [await status(one) for one in ("1.1.1.1", "2.2.2.2", "1.1.1.1")] == [404, 404, 429]
        # What a visitor writes there themselves counts for nothing.
        assert await status("3.3.3.3, 2.2.2.2") == 429
        assert [await status(f"2001:db8:0:1::{n}") for n in (1, 2)] == [404, 429]
        # As a server that listens to both kinds of address tells of the older one.
        assert [await status(f"::ffff:4.4.4.{n}") for n in (1, 2)] == [404, 404]
        assert await status("4.4.4.1") == 429


async def test_many_articles_are_found_by_their_titles(tmp_path: Path) -> None:
    folder = write(tmp_path / "s", {f"a{n}.txt": f"Gate {n} is red." for n in range(203)})
    index(tmp_path / "many", folder)
    async with desk_of(tmp_path / "many") as desk, visitor_of(desk) as visitor:
        seen = await visitor.open("/")
        assert said.FIND_MORE in seen.said
        found = await visitor.open("/", find="A202")
        assert "A202" in found.links()
        assert "A1" not in found.links()
        assert said.FIND_NONE in (await visitor.open("/", find="zzz")).said
