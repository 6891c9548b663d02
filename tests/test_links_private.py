"""A link is a capability: it opens one community's text alone, and stands in no log."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from summitqa.settings import HOUSE
from summitqa_bot import logs, redact
from summitqa_bot.links import Target, spans_of
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from tests.fakes import FakeEncoder, library
from tests.isolated_world import WORDS, actor, awaited, filled, questions
from tests.web_rig import visitor_of

URL = "https://quotes.example.org"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three communities' shelves beside the house's."""
    home = tmp_path_factory.mktemp("links") / "home"
    awaited(filled(home))
    return home


@pytest.fixture(params=["link", "public"])
def desk(home: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    settings = Settings(home=home, web_url=URL, web_access=request.param)
    made = Desk(settings, library(home), State(home), FakeEncoder())
    yield made
    asyncio.run(made.close())


def taken_apart(link: str) -> tuple[Target, str, str, str]:
    parts = urlsplit(link)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    _, _, shelf, slug = parts.path.split("/")
    return Target(shelf, slug, query["v"]), query["s"], query.get("r", ""), query.get("k", "")


async def answered(desk: Desk, word: str) -> list[Reply]:
    return [await desk.ask(actor(word), one) for one in questions(word)]


def test_what_a_community_is_given_opens_its_own_shelf_and_the_houses_alone(desk):
    async def look() -> dict[str, set[tuple[Target, str]]]:
        given = {
            word: {
                (target, seal)
                for reply in await answered(desk, word)
                for card in reply.cards
                for target, _, _, seal in [taken_apart(card.url or "")]
            }
            for word in WORDS
        }
        async with visitor_of(desk) as visitor:
            for word, links in given.items():
                for target, seal in links:
                    where = f"/a/{target.shelf}/{target.slug}"
                    seen = await visitor.open(where, v=target.version, k=seal)
                    assert seen.status == 200
                    others = [one for one in WORDS if one != word]
                    assert not any(one in seen.text for one in others)
        return given

    given = awaited(look())
    for word, links in given.items():
        own = actor(word).community
        assert {target.shelf for target, _ in links} <= {own, HOUSE}
        assert any(target.shelf == own for target, _ in links)
    everything = {target for links in given.values() for target, _ in links}
    for links in given.values():
        for target, seal in links:
            for other in everything - {target}:
                free = other.shelf == HOUSE and desk._settings.page_access == "public"
                assert desk.links.opens(other, seal) == free


def test_an_answers_name_brings_nothing_of_it_to_another_shelf(desk):
    """A link with the name of another community's quote lights, and tells, nothing of that."""

    async def look() -> None:
        narwhal = next(one for one in await answered(desk, "narwhal") if one.cards)
        quokka = next(one for one in await answered(desk, "quokka") if one.cards)
        target, spans, _, _ = taken_apart(narwhal.cards[0].url or "")
        gone = replace(target, version="20000101-000000-000000")
        read = await desk.read(gone, spans_of(spans), f"{quokka.ref}.1")
        assert read is not None
        assert (read.kept, read.cited, read.beside, read.gone) == (False, None, (), "")

    awaited(look())


@pytest.mark.parametrize(
    "line",
    ["GET {path} failed", "GET {url}", "<a href={url}>", "at {url}, twice: {url}", "{escaped}"],
)
@pytest.mark.parametrize("form", [logs._Text, logs._Json])
def test_no_link_is_logged_that_opens_anything(desk, line, form):
    async def look() -> Reply:
        return next(one for one in await answered(desk, "narwhal") if one.cards)

    reply = awaited(look())
    url = reply.cards[0].url or ""
    target, _, name, _ = taken_apart(url)
    seal = desk.links.seal(target)
    whole = f"{URL}/a/{target.shelf}/{target.slug}?v={target.version}&s=1-2&r={name}&k={seal}#s1-2"
    given = {"url": whole, "path": whole.removeprefix(URL), "escaped": whole.replace("&", "&amp;")}
    record = logging.LogRecord("x", logging.ERROR, "f", 1, line.format(**given), None, None)
    said = form(()).format(record)
    assert seal not in said
    assert seal.partition(".")[2] not in said
    assert name not in said
    assert (reply.ref or "?") not in said
    assert target.version in said
    receipt = redact.blank(f"GET /q/{name} and /q/{reply.ref}: 404", ())
    assert receipt == "GET /q/*** and /q/***: 404"


@pytest.mark.parametrize(
    "line",
    ["https://a.example/x?k=v&r=2", "see /q/a or /q/2.json", "https://a.example/?r=left.right"],
)
def test_what_only_looks_a_little_like_one_is_left(line):
    assert redact.blank(line, ()) == line
