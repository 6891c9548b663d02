"""What was cited opens as it was cited, whenever it is shown again and whatever has changed."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.links import Target, spans_of
from summitqa_bot.service import amending
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.service.reading import Read
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from summitqa_index.build import build
from tests.fakes import job

ASKER = Actor(
    "slack", "U00000001", workspace="T1", channel="C1", manages=True, workspaces=frozenset({"T1"})
)
QUESTION = "How much is the toll for a cart?"
BEFORE = "The bridge was built in 1901.\n\nThe toll is two shillings a cart.\n"
AFTER = BEFORE.replace("two", "nine")


class Bridge:
    """A desk in front of one article, which can be changed."""

    def __init__(self, home: Path, article: Path, encoder: Encoder, keep: int) -> None:
        self.article = article
        self.settings = Settings(
            home=home, sources=(str(article),), passages=1, keep_versions=keep,
            web_url="https://quotes.example.org",
        )  # fmt: skip
        self.encoder = encoder
        self.put(BEFORE)
        self.library = Library(home, encoder)
        self.desk = Desk(self.settings, self.library, State(home), encoder)
        self.amended: list[Reply] = []
        self.desk.amends("slack", self.amend)

    def put(self, text: str) -> None:
        self.article.write_text(text, "utf-8")
        build(job(self.settings, self.encoder))
        if hasattr(self, "library"):
            self.library.refresh()

    async def amend(self, _: str, reply: Reply) -> float:
        self.amended.append(reply)
        return 0.0

    async def follow(self, reply: Reply) -> Read | None:
        """Open what the first card of a reply links to."""
        parts = urlsplit(reply.cards[0].url or "")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        _, _, name, slug = parts.path.split("/")
        target = Target(name, slug, query["v"])
        assert self.desk.links.opens(target, query["k"])
        return await self.desk.read(target, spans_of(query["s"]), query.get("r", ""))


def lit(read: Read | None) -> str:
    assert read is not None
    assert read.cited is not None
    return read.article.text[slice(*read.cited)]


@pytest.fixture
async def make(real_home: Path, encoder: Encoder, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(amending, "PAUSE_SECONDS", 0)
    made: list[Bridge] = []

    def bridge(keep: int = 3) -> Bridge:
        made.append(Bridge(real_home, tmp_path / "bridge.md", encoder, keep))
        return made[0]

    yield bridge
    await made[0].desk.close()


async def asked(bridge: Bridge) -> Reply:
    reply = await bridge.desk.ask(ASKER, QUESTION)
    await bridge.desk.posted(reply, ASKER, "C1/1.1")
    assert lit(await bridge.follow(reply)) == "The toll is two shillings a cart."
    return reply


async def test_a_message_that_is_set_anew_still_opens_what_was_cited_and_tells_the_change(make):
    bridge = make()
    reply = await asked(bridge)
    bridge.put(AFTER)
    await bridge.desk._amending.walk()
    (marked,) = bridge.amended
    assert marked.text == strings.CHANGED_SINCE
    for shown in (reply, marked):
        read = await bridge.follow(shown)
        assert read is not None
        assert lit(read) == "The toll is two shillings a cart."
        assert [one.new for one in read.changes] == ["The toll is nine shillings a cart."]
    again = await bridge.desk.press(ASKER, marked.buttons[0].id)
    assert lit(await bridge.follow(again)) == "The toll is nine shillings a cart."


async def test_what_is_shared_and_what_is_asked_again_open_as_the_answer_did(make):
    bridge = make()
    private = await bridge.desk.ask(ASKER, QUESTION, private=True)
    share, ref = (f"{name}:{private.ref}" for name in ("share", "again"))
    for component in (share, ref):
        shown = await bridge.desk.press(ASKER, component)
        assert lit(await bridge.follow(shown)) == "The toll is two shillings a cart."


async def test_where_the_version_is_kept_no_longer_the_sentence_is_found_again(make):
    bridge = make(keep=1)
    reply = await asked(bridge)
    bridge.put(f"A ford.\n\n{BEFORE}")
    read = await bridge.follow(reply)
    assert read is not None
    assert not read.kept
    assert lit(read) == "The toll is two shillings a cart."
    bridge.put(AFTER)
    gone = await bridge.follow(reply)
    assert gone is not None
    assert (gone.cited, gone.gone) == (None, "The toll is two shillings a cart.")


async def test_passages_found_for_a_message_open_too_and_nothing_is_remembered_of_them(make):
    bridge = make()
    found = await bridge.desk.find(ASKER, "What is the toll for a cart?")
    assert lit(await bridge.follow(found)) == found.cards[0].quote
    assert "&r=" not in (found.cards[0].url or "")
    assert bridge.desk._state.recent(7, found=True) == []


async def test_no_address_of_the_page_is_kept_with_an_answer(make):
    bridge = make()
    reply = await asked(bridge)
    kept = bridge.desk._state.answer(reply.ref)
    assert kept.shelf == HOUSE
    assert kept.cited[0][6] is None  # as the article has no address of its own
