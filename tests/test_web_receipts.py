"""The receipt of a quote on the page: to whom its name opens it, and how one is come by."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from summitqa_bot.receipts import parse
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.strings import web as said
from tests.fakes import index, write
from tests.web_rig import Visitor, desk_of, visitor_of

GATES = "# Gates\n\nThe number of gate 7 is 259.\n\nThe bell rings at noon.\n"
QUESTION = "What is the number of gate 7?"
ASKER = Actor(
    "slack", "U0ASKER1", "T0SPACE1", "C0HALL01", "C0HALL01:1.0", workspaces=frozenset({"T0SPACE1"})
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    home = tmp_path / "home"
    index(home, write(tmp_path / "s", {"gates.md": GATES}))
    async with desk_of(home) as made:
        yield made


@pytest.fixture
async def visitor(desk: Desk) -> AsyncIterator[Visitor]:
    async with visitor_of(desk) as made:
        yield made


async def cited(desk: Desk, *, private: bool = False) -> str:
    """Have something asked in chat; give the name of the first quote."""
    reply = await desk.ask(ASKER, QUESTION, private=private)
    assert reply.cards[0].quote == "The number of gate 7 is 259."
    return f"{reply.ref}.1"


@pytest.mark.parametrize("private", [False, True])
async def test_its_name_gives_the_receipt_of_what_was_cited_and_of_nobody(desk, visitor, private):
    name = await cited(desk, private=private)
    answer = await visitor.client.get(f"/q/{name}")
    raw = await answer.read()
    assert (answer.status, answer.content_type) == (200, "application/json")
    receipt = parse(raw)
    assert receipt.text == GATES[9:37]
    assert receipt == desk.reading.receipt(name)
    text = raw.decode()
    for private_word in (
        QUESTION,
        "U0ASKER1",
        "T0SPACE1",
        "C0HALL01",
        desk._state.hashed("U0ASKER1"),
    ):
        assert private_word not in text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["nope", "nope.1", "{ref}.9", "{ref}.0", "{ref}.1.1", "{ref}x.1"])
async def test_what_is_none_is_one_sentence_whatever_it_is_called(desk, visitor, name):
    ref = (await cited(desk)).partition(".")[0]
    seen = await visitor.open(f"/q/{name.format(ref=ref)}")
    assert seen.status == 404
    assert said.NO_SUCH_RECEIPT in seen.said


async def test_who_reads_a_quote_finds_its_receipt_beside_it(desk, visitor):
    name = await cited(desk)
    receipt = desk.reading.receipt(name)
    at = f"/a/house/gates?v={receipt.version}&s={receipt.start}-{receipt.end}"
    seen = await visitor.open(f"{at}&r={name}")
    assert seen.links()[said.RECEIPT] == f"/q/{name}"
    folded = [link.text for part in seen.tree.iterfind(".//details") for link in part.iter("a")]
    assert said.RECEIPT not in folded
    for none in ("", "&r=", "&r=../x", "&r=a.b", f"&r={name}/x", "&r=%22%3E.1"):
        assert said.RECEIPT not in (await visitor.open(at + none)).links()


async def test_receipts_count_as_pages_so_that_names_cannot_be_tried_without_end(desk, visitor):
    statuses = [(await visitor.open(f"/q/nope{number}.1")).status for number in range(400)]
    assert statuses[0] == 404
    assert 429 in statuses
    assert re.match(r"4(04|29)", str(statuses[-1]))
