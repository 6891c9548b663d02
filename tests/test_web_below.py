"""The page below a path of a host that has other things, too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from summitqa.encoder import Encoder
from summitqa_bot.strings import web as said
from tests.fakes import index, write
from tests.web_rig import Seen, Visitor, desk_of, visitor_of

URL = "https://site.example/quotes"
GATES = "# Gates\n\nThe gate of the garden is shut at nine. The mill has none.\n"


@pytest.fixture
async def visitor(tmp_path: Path, encoder: Encoder) -> AsyncIterator[Visitor]:
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"gates.md": GATES}), encoder=encoder)
    given = {"web_url": URL, "web_access": "public"}
    async with desk_of(home, encoder, **given) as desk, visitor_of(desk) as made:
        yield made


def addresses(seen: Seen) -> set[str]:
    """Give all that a page leads to, loads and sends to, its own places aside."""
    found = seen.tree.xpath("//@href | //@src | //@action")
    return {str(one) for one in found if not one.startswith("#")}


async def test_all_that_it_leads_to_is_below_its_path_and_there(visitor: Visitor) -> None:
    paths = ["/quotes", "/quotes/", "/quotes/?q=When+is+the+gate+shut%3F"]
    known = set(paths)
    for path in paths:
        seen = await visitor.open(path)
        assert seen.status == (405 if path == "/quotes/press" else 200), path
        if "html" in seen.headers["Content-Type"]:
            new = {one.partition("#")[0] for one in addresses(seen)} - known
            assert all(one.startswith("/quotes/") for one in new), new
            known |= new
            paths += sorted(new)
    for part in ("static/page.css", "static/page.js", "a/house/gates", "q/", "press", "?q="):
        assert any(one.startswith(f"/quotes/{part}") for one in known), part


async def test_beside_it_there_is_nothing_and_its_sentences_lead_back_to_it(
    visitor: Visitor,
) -> None:
    for path in ("/", "/a/house/gates", "/static/page.css", "/quotesa/house/gates"):
        seen = await visitor.open(path)
        assert (seen.status, seen.links()[said.NAME]) == (404, "/quotes/")


async def test_a_press_leads_back_to_the_answer_and_nowhere_else(visitor: Visitor) -> None:
    seen = await visitor.open("/quotes/", q="When is the gate shut?")
    form = seen.form(1)
    assert form["back"].startswith("/quotes/?q=")
    pressed = await visitor.send("/quotes/press", **form)
    assert pressed.links()[said.BACK] == form["back"]
    for other in ("/?q=x", "//evil.example/?q=", "/other/?q=x"):
        pressed = await visitor.send("/quotes/press", **{**form, "back": other})
        assert pressed.links()[said.BACK] == "/quotes/"


async def test_a_citation_is_copied_with_the_public_address(visitor: Visitor) -> None:
    seen = await visitor.open("/quotes/a/house/gates", s="9-46")
    assert f"{URL}/a/house/gates?s=9-46#s9-46" in seen.words
