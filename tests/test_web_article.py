"""An article on the page: to whom it opens, what is lit in it, whatever the link says."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from summitqa.article import Article
from summitqa_bot.links import Target
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.reading import Read
from summitqa_bot.strings import web as said
from summitqa_bot.web.reading import reading_of
from summitqa_bot.web.templates import page
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from tests.fakes import index, write
from tests.faults.hostile import PAYLOADS
from tests.web_rig import Seen, Visitor, anchors, desk_of, visitor_of

GATES = """---
title: The gates
date: 2025-08-16
credit: The keeper
url: https://gates.example/all
---
# The gates

The number of gate 7 is 259. The keeper wrote so.

The bell rings at noon. It is heard at gate 7.
"""
RULES = "# House rules\n\nDogs stay on the lead.\n"
OWN = "discord-1"
FIRST, BELL = "The number of gate 7 is 259.", "The bell rings at noon."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    index(home, write(tmp_path / "s", {"gates.md": GATES}))
    index(home, write(tmp_path / "o", {"rules.md": RULES}), shelf=OWN)
    return home


@pytest.fixture
async def desk(home: Path) -> AsyncIterator[Desk]:
    async with desk_of(home) as made:
        yield made


@pytest.fixture
async def visitor(desk: Desk) -> AsyncIterator[Visitor]:
    async with visitor_of(desk) as made:
        yield made


def span(desk: Desk, quote: str) -> tuple[int, int]:
    start = desk._library.store.article("gates").text.index(quote)
    return start, start + len(quote)


def link(desk: Desk, *quotes: str, version: str = "") -> str:
    path = desk.links.path(Target("house", "gates", version), [span(desk, one) for one in quotes])
    assert path is not None
    return path


async def test_it_says_what_it_is_and_where_it_is_from(visitor: Visitor) -> None:
    seen = await visitor.open("/a/house/gates")
    assert seen.status == 200
    assert seen.tree.find(".//h1").text == "The gates"
    assert "16 Aug 2025 · The keeper · Source: gates.example" in seen.said
    assert seen.links()["Source: gates.example"] == "https://gates.example/all"
    assert seen.tree.find(".//article").get("lang") == "en"
    assert not seen.lit()


async def test_each_paragraph_has_a_number_that_leads_to_it(visitor: Visitor) -> None:
    seen = await visitor.open("/a/house/gates")
    numbers = seen.tree.findall(".//a[@class='n']")
    assert [(one.text, one.get("href")) for one in numbers] == [("1", "#p1"), ("2", "#p2")]
    assert numbers[0].get("aria-label") == "Paragraph 1"
    assert BELL in seen.tree.get_element_by_id("p2").text_content()


async def test_the_quote_that_was_followed_is_lit_where_the_link_leads(
    visitor: Visitor, desk: Desk
) -> None:
    path = link(desk, BELL, FIRST)
    seen = await visitor.open(path)
    assert (seen.lit(), seen.lit("beside")) == ([BELL], [FIRST])
    assert seen.tree.get_element_by_id(urlsplit(path).fragment).text == BELL
    assert f"{said.QUOTED_AT} ¶2 {said.ALSO_AT} ¶1" in seen.said


async def test_nothing_on_it_leads_nowhere(visitor: Visitor, desk: Desk) -> None:
    seen = await visitor.open(link(desk, BELL, FIRST))
    for anchor in anchors(seen):
        assert seen.tree.get_element_by_id(anchor) is not None
    assert (await visitor.open(seen.tree.find(".//link").get("href"))).status == 200


async def test_a_citation_is_there_to_be_copied_in_three_forms(
    visitor: Visitor, desk: Desk
) -> None:
    seen = await visitor.open(link(desk, BELL))
    plain, markdown, as_html = (
        seen.tree.get_element_by_id(one).text for one in ("plain", "markdown", "html")
    )
    source = "https://gates.example/all#:~:text=The%20bell%20rings%20at%20noon."
    place = "The gates, ¶2"
    assert plain == f"“{BELL}”\n— {place}, 16 Aug 2025, The keeper\n{source}"
    assert f"— [{place}](<{source}>), 16 Aug 2025, The keeper" in markdown
    assert f'<a href="{source}">{place}</a>' in as_html
    assert not (await visitor.open("/a/house/gates")).tree.findall(".//pre")


@pytest.mark.parametrize(
    "spans",
    ["-1-5", "5-5", "9-3", "0-99999999", "99999-999999", "abc", "1-2," * 900, "0-40,10-20,5-60", "٣-٤", "0-1\0", "%"],
)  # fmt: skip
async def test_no_span_breaks_it(visitor: Visitor, spans: str) -> None:
    seen = await visitor.open("/a/house/gates", s=spans)
    assert seen.status == 200
    assert FIRST in seen.said
    assert BELL in seen.said


async def test_a_version_that_is_not_kept_is_said_so(visitor: Visitor) -> None:
    seen = await visitor.open("/a/house/gates", v="20200101-000000-000000", s="0-5")
    assert said.NOT_KEPT.format(lit="") in seen.said
    assert BELL in seen.said


async def test_what_has_changed_since_is_shown_beside_the_text_that_was_cited(
    visitor: Visitor, desk: Desk, home: Path, tmp_path: Path
) -> None:
    path = link(desk, BELL, version=desk._library.store.version)
    index(home, write(tmp_path / "s", {"gates.md": GATES.replace("at noon", "at one")}))
    desk._library.refresh()
    seen = await visitor.open(path)
    assert seen.lit() == [BELL]
    assert said.CHANGED in seen.said
    then, now = seen.tree.findall(".//dd")
    assert (then.find("del").text, now.find("ins").text) == ("noon. ", "one. ")
    assert BELL in then.text_content()
    assert "The bell rings at one" in (await visitor.open("/a/house/gates")).said


async def test_what_stands_on_a_communitys_shelf_opens_by_its_link_alone(
    visitor: Visitor, desk: Desk
) -> None:
    target = Target(OWN, "rules", desk._shelves.version(OWN) or "")
    path = desk.links.path(target, [(16, 20)])
    assert path is not None
    seen = await visitor.open(path)
    assert seen.status == 200
    assert "Dogs stay on the lead." in seen.said
    assert seen.headers["Cache-Control"] == "private, no-store"
    assert "noindex" in seen.headers["X-Robots-Tag"]
    assert "/" not in seen.links().values()


async def test_without_its_seal_nothing_tells_whether_there_is_such_a_text(
    visitor: Visitor, desk: Desk
) -> None:
    seal = desk.links.seal(Target(OWN, "rules", ""))
    refused = await visitor.open(f"/a/{OWN}/rules")
    assert (refused.status, refused.said) == (403, said.SEALED)
    for path, query in (
        (f"/a/{OWN}/nope", {}),
        ("/a/discord-2/rules", {"k": seal}),
        (f"/a/{OWN}/other", {"k": seal}),
        (f"/a/{OWN}/rules", {"k": seal, "v": "20250816-120000-000001"}),
        (f"/a/{OWN}/rules", {"k": f"{seal}x"}),
        (f"/a/{OWN}/rules", {"k": "9" * 5000}),
        ("/a/..%2f..%2fetc/passwd", {}),
        ("/a/HOUSE/gates", {}),
    ):
        seen = await visitor.open(path, **query)
        assert (seen.status, seen.text) == (403, refused.text)


async def test_a_text_that_was_taken_off_is_gone_for_who_had_its_link(
    visitor: Visitor, desk: Desk
) -> None:
    for target in (Target(OWN, "nope", ""), Target("discord-9", "rules", "")):
        seen = await visitor.open(desk.links.path(target) or "")
        assert (seen.status, seen.said) == (410, said.TAKEN_OFF)


async def test_where_links_alone_open_texts_the_house_shelf_takes_one_too(home: Path) -> None:
    async with desk_of(home, web_access="link") as desk, visitor_of(desk) as visitor:
        assert (await visitor.open("/a/house/gates")).status == 403
        seen = await visitor.open(link(desk, BELL))
        assert seen.lit() == [BELL]
        assert not seen.tree.findall(".//form")
        home_page = await visitor.open("/", q="what is the number of gate 7?")
        assert home_page.said == said.BY_LINK
        assert (await visitor.send("/press", press="good:x")).status == 403


def read(article: Article, cited: tuple[int, int] | None = None, **given: Any) -> Seen:
    """Show an article that no shelf has."""
    opened = Read("house", "v", article, kept=True, cited=cited, beside=(), **given)
    spans = [cited] if cited else []
    shown = page("article.html", asks=True, **reading_of(opened, spans, "https://q.example/?a&b"))
    return Seen(200, {}, shown.text or "")


def test_a_paged_source_tells_the_page_in_the_margin_and_in_the_citation() -> None:
    article = to_article(read_plain(b"One is here.\n\nTwo is there.\n", markdown=False), "paged")
    pages = [replace(one, page=page) for one, page in zip(article.passages, (3, 4), strict=True)]
    seen = read(replace(article, passages=tuple(pages)), (14, 27))
    assert [one.text for one in seen.tree.findall(".//span[@class='pg']")] == ["p. 3", "p. 4"]
    assert "Paged, ¶2, p. 4" in seen.tree.get_element_by_id("plain").text


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://bank.example@evil.example/x", "evil.example"),
        ("http://[::1]:80/x", "::1"),
        ("http://[x", "http://[x"),
    ],
)
def test_where_an_article_is_from_is_told_by_its_host(url: str, told: str) -> None:
    article = to_article(read_plain(b"One is here.", markdown=False), "a")
    assert read(replace(article, url=url)).links()[f"Source: {told}"] == url


def test_a_text_from_right_to_left_is_set_so() -> None:
    article = to_article(read_plain("שלום לכולם.".encode(), markdown=False), "a")
    shown = read(replace(article, language="he")).tree.find(".//article")
    assert (shown.get("lang"), shown.get("dir")) == ("he", "rtl")


@pytest.mark.parametrize("payload", [one for one in PAYLOADS if "\0" not in one])
def test_a_hostile_article_is_shown_as_text(payload: str) -> None:
    title = " ".join(payload.split())
    source = f"Before it. The keeper says {payload} to you.\n\n{payload}\n\n- {payload}\n- b\n"
    article = to_article(read_plain(source.encode(), markdown=False), "hostile")
    article = replace(article, title=title, credit=payload, language="en")
    article = replace(
        article,
        passages=tuple(replace(one, heading=(payload,)) for one in article.passages),
    )
    cited = (article.passages[0].sentences[-1].start, article.passages[0].sentences[-1].end)
    seen = read(article, cited, gone=payload)
    assert not seen.live()
    assert {one.tag for one in seen.tree.find(".//h1")} == set()
    squeezed = "".join(seen.said.split())
    for passage in article.passages[:2]:
        text = article.text[passage.start : passage.end]
        visible = "".join(one for one in text if one.isprintable() and not one.isspace())
        assert visible in "".join(one for one in squeezed if one.isprintable())


async def test_an_article_of_50_paragraphs_is_small_and_asks_for_little(
    tmp_path: Path,
) -> None:
    body = "\n\n".join(
        f"Paragraph {n} tells what happened on the {n}th day of the long voyage, in which ship "
        f"number {n * 37} met a storm, lost {n} sails, and turned to harbour {n * 91 % 53}. Nobody "
        f"was hurt, and {n * 7} barrels were saved. The mate wrote page {n * 3} of the log."
        for n in range(1, 51)
    )
    index(tmp_path / "home", write(tmp_path / "s", {"log.md": f"# The log\n\n{body}\n"}))
    async with desk_of(tmp_path / "home") as desk, visitor_of(desk) as visitor:
        sent = 0
        seen = await visitor.open("/a/house/log", s="0-60")
        asked = [*seen.tree.xpath("//link/@href"), *seen.tree.xpath("//script/@src")]
        assert len(asked) <= 3
        for path in ("/a/house/log?s=0-60", *asked):
            async with visitor.client.get(path, auto_decompress=False) as answer:
                assert answer.headers["Content-Encoding"] in {"gzip", "deflate"}
                sent += len(await answer.read())
        assert sent < 30_000
