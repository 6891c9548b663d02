"""What the buttons under an answer do: share, context, thumbs, again, and how often."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from summitqa.answer import Band
from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.state.schema import ANSWERS, FEEDBACK
from summitqa_bot.wording.reply import Reply
from summitqa_index.build import build
from tests.fakes import job

ASKER = Actor("slack", "U1", "T1", "C1", "C1:1.0", workspaces=frozenset({"T1"}))
ADMIN = replace(ASKER, user="U9", manages=True)
QUESTION = "How much is the toll for a cart?"
BRIDGE = (
    "The bridge was built in 1901.\n\nThe toll is two shillings a cart.\n\nIt is closed at night.\n"
)
DEARER = BRIDGE.replace("two", "nine")
MOVED = f"The river is wide and cold.\n\nTrout are caught in it.\n\n{BRIDGE}"
LONG = f"{'The bridge is old. ' * 20}The toll for a cart is two shillings. {'It is wide. ' * 30}\n"
MILL = "The mill grinds rye for the village.\n\nIts wheel is turned by the stream.\n"


class Shelf:
    """A desk in front of a small shelf whose articles can be changed."""

    def __init__(self, home: Path, folder: Path, encoder: Encoder, **given: object) -> None:
        self.folder = folder
        folder.mkdir()
        self.put("mill", MILL)
        self.put("bridge", BRIDGE)
        limits = {"user_limit": Rate(1000, 1), "channel_limit": Rate(1000, 1), **given}
        self.settings = Settings(home=home, sources=(str(folder),), **limits)  # type: ignore[arg-type]
        self.encoder = encoder
        self.build()
        self.library = Library(home, encoder)
        self.state = State(home)
        self.desk = Desk(self.settings, self.library, self.state, encoder)

    def put(self, name: str, text: str) -> None:
        (self.folder / f"{name}.md").write_text(text, "utf-8")

    def build(self) -> None:
        build(job(self.settings, self.encoder))

    def rebuild(self, bridge: str | None) -> None:
        if bridge is None:
            (self.folder / "bridge.md").unlink()
        else:
            self.put("bridge", bridge)
        self.build()
        self.library.refresh()

    async def press(self, reply: Reply, action: str, actor: Actor = ASKER) -> Reply:
        ref = next(one.ref for one in reply.buttons if one.action in {"context", "again"})
        return await self.desk.press(actor, f"{action}:{ref}")

    def rows(self) -> int:
        with self.state._engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(ANSWERS)).scalar_one())


@pytest.fixture
async def shelf(real_home: Path, encoder: Encoder, tmp_path: Path):
    made = Shelf(real_home, tmp_path / "shelf", encoder)
    yield made
    await made.desk.close()


async def test_of_many_presses_at_once_one_shares(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION, private=True)
    seen = await asyncio.gather(*(shelf.press(reply, "share") for _ in range(8)))
    assert sum(not one.private for one in seen) == 1
    assert {one.text for one in seen if one.private} == {strings.PUBLIC_ALREADY}
    later = await shelf.press(reply, "share")
    assert (later.private, later.text) == (True, strings.PUBLIC_ALREADY)


async def test_an_answer_that_all_have_seen_is_not_shared_again(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION)
    shared = await shelf.press(reply, "share", replace(ASKER, user="U2"))
    assert (shared.private, shared.text, shared.cards) == (True, strings.PUBLIC_ALREADY, ())


async def test_what_is_shared_is_what_was_shown_word_for_word(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION, private=True)
    shared = await shelf.press(reply, "share")
    assert (shared.text, shared.cards, shared.note) == (reply.text, reply.cards, reply.note)
    assert "share" not in {button.action for button in shared.buttons}


@pytest.mark.parametrize("now", [DEARER, None])
async def test_what_is_shared_after_a_change_is_the_old_quote_and_says_so(shelf, now):
    reply = await shelf.desk.ask(ASKER, QUESTION, private=True)
    shelf.rebuild(now)
    shared = await shelf.press(reply, "share")
    assert (shared.private, shared.cards) == (False, reply.cards)
    assert shared.text == (strings.CHANGED_SINCE if now else strings.REMOVED_SINCE)


async def test_a_doubtful_answer_is_doubtful_wherever_it_is_shown_again(shelf, monkeypatch):
    sure = shelf.library.ask(QUESTION)
    doubtful = replace(sure, band=Band.WEAK, confidence=0.2)
    monkeypatch.setattr(shelf.library, "ask", lambda *_, **__: doubtful)
    reply = await shelf.desk.ask(ASKER, QUESTION, private=True)
    assert reply.text == "The closest passage, it may not answer this (20 %)"
    assert reply.note == f"“{QUESTION}”"
    assert len(reply.cards) == 1
    again = await shelf.press(reply, "again")
    assert (again.text, again.cards, again.note) == (reply.text, reply.cards, reply.note)
    shelf.put("mill", "The mill has burnt down.\n")
    shelf.rebuild(None)
    shared = await shelf.press(reply, "share")
    assert shared.text == f"{strings.REMOVED_SINCE}\n{reply.text}"


async def test_a_share_that_could_not_be_posted_may_be_tried_again(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION, private=True)
    await shelf.desk.not_posted(await shelf.press(reply, "share"))
    assert not (await shelf.press(reply, "share")).private


@pytest.mark.parametrize(
    ("now", "said"), [(None, strings.CONTEXT_GONE), (DEARER, strings.CONTEXT_CHANGED)]
)
async def test_the_context_of_what_has_gone_is_the_stored_quote_and_says_so(shelf, now, said):
    reply = await shelf.desk.ask(ASKER, QUESTION)
    shelf.rebuild(now)
    context = await shelf.press(reply, "context")
    assert (context.text, context.cards, context.private) == (said, reply.cards[:1], True)


async def test_the_context_of_what_has_gone_is_the_whole_paragraph_as_it_was(shelf):
    shelf.rebuild(LONG)
    reply = await shelf.desk.ask(ASKER, QUESTION)
    assert len(reply.cards[0].rest) < 350
    shelf.rebuild(None)
    (card,) = (await shelf.press(reply, "context")).cards
    assert card.before + card.quote + card.after == LONG.strip()
    assert card.quote == reply.cards[0].quote


async def test_the_context_of_a_paragraph_that_moved_is_around_where_it_stands_now(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION)
    shelf.rebuild(MOVED)
    context = await shelf.press(reply, "context")
    assert context.text == strings.CONTEXT
    assert [card.quote for card in context.cards] == ["", reply.cards[0].quote, ""]
    assert "¶4" in context.cards[1].label


async def test_asking_again_writes_nothing_where_nothing_has_changed(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION)
    before = shelf.rows()
    for user in ("U1", "U2", "U1"):
        again = await shelf.press(reply, "again", replace(ASKER, user=user))
        assert (again.cards, again.note, again.private) == (reply.cards, reply.note, True)
        assert again.ref is None
    assert shelf.rows() == before


async def test_asking_again_of_a_new_version_writes_once_for_each_person(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION)
    shelf.rebuild(DEARER)
    before = shelf.rows()
    for user in ("U1", "U1", "U2", "U1", "U2"):
        again = await shelf.press(reply, "again", replace(ASKER, user=user))
        assert "nine" in again.cards[0].quote
    assert shelf.rows() == before + 2
    shared = await shelf.press(again, "share", replace(ASKER, user="U2"))
    assert shared.cards == again.cards


async def test_a_thumb_that_says_the_same_writes_nothing(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION)

    def stamp() -> object:
        with shelf.state._engine.connect() as connection:
            return connection.execute(select(FEEDBACK.c.at, FEEDBACK.c.good)).all()

    await shelf.press(reply, "good")
    first = stamp()
    await shelf.press(reply, "good")
    assert stamp() == first
    await shelf.press(reply, "bad")
    assert stamp() != first


@pytest.mark.parametrize("action", ["again", "context", "good", "share", "more", "forged"])
async def test_presses_count_like_questions(real_home, encoder, tmp_path, action):
    shelf = Shelf(real_home, tmp_path / "shelf", encoder, user_limit=Rate(3, 60))
    reply = await shelf.desk.ask(ASKER, QUESTION)
    seen = [await shelf.press(reply, action) for _ in range(4)]
    limited = [one for one in seen if one.text.startswith("That was a lot")]
    assert limited == seen[2:]
    assert (await shelf.desk.ask(ASKER, QUESTION)).cards == ()
    await shelf.desk.close()


async def test_a_reason_is_kept_with_a_thumb_down_alone(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION)
    ref = reply.ref
    assert (await shelf.desk.press(ASKER, f"good:{ref}", "so good")).text == strings.THANKS
    assert shelf.state.ratings() == (1, 0, [])
    pressed = await shelf.desk.press(ASKER, f"bad:{ref}", "  the\n old   toll ")
    assert pressed.text == strings.THANKS
    assert shelf.state.ratings() == (0, 1, [(QUESTION, "the old toll")])


@pytest.mark.parametrize(
    ("private", "reason", "handed"),
    [(False, "wrong toll", True), (False, " ", False), (True, "wrong toll", False)],
)
async def test_a_reason_is_handed_to_people_but_of_a_private_answer(shelf, private, reason, handed):
    shelf.state.communities.choose(ASKER.community, editors="C7")
    reply = await shelf.desk.ask(ASKER, QUESTION, private=private)
    await shelf.desk.press(ASKER, f"bad:{reply.ref}", reason)
    assert [one.ref for one in shelf.state.handoffs.untold()] == [reply.ref] * handed


@pytest.mark.parametrize("action", ["context", "more", "share", "good", "bad", "again"])
async def test_of_a_private_answer_no_button_works_for_another(shelf, action):
    reply = await shelf.desk.ask(ASKER, QUESTION, private=True)
    pressed = await shelf.desk.press(replace(ASKER, user="U2"), f"{action}:{reply.ref}")
    assert (pressed.text, pressed.private) == (strings.PRIVATE_TO_ASKER, True)
    assert (await shelf.desk.press(ASKER, f"{action}:{reply.ref}")).text != pressed.text


async def test_what_was_not_found_is_not_shared_but_may_be_asked_again(shelf):
    asked = await shelf.desk.ask(ASKER, "Who has fed the office cat today?", article="mill")
    assert "mill" in asked.text.lower()
    assert (await shelf.desk.press(ASKER, f"share:{asked.ref}")).text == strings.UNKNOWN_BUTTON
    again = await shelf.desk.press(ASKER, f"again:{asked.ref}")
    assert (again.text, again.private) == (asked.text, True)
    assert again.ref not in {None, asked.ref}


async def test_what_is_asked_again_is_the_conversations_where_it_was_pressed(shelf):
    reply = await shelf.desk.ask(ASKER, QUESTION)
    shelf.rebuild(DEARER)
    elsewhere = replace(ASKER, user="U2", channel="C2", thread="C2:7.0")
    again = await shelf.desk.press(elsewhere, f"again:{reply.ref}")
    kept = shelf.state.answer(next(one.ref for one in again.buttons if one.action == "context"))
    assert (kept.channel, kept.thread, kept.private) == ("C2", "C2:7.0", True)
    assert (kept.version, kept.message) == (shelf.library.store.version, None)
    assert kept.asker == shelf.state.hashed("U2")


async def test_an_admin_calls_a_reindex_off_however_much_was_asked(real_home, encoder, tmp_path):
    shelf = Shelf(real_home, tmp_path / "shelf", encoder, user_limit=Rate(1, 60))
    await shelf.desk.ask(ADMIN, QUESTION)
    said = [(await shelf.desk.press(ADMIN, "cancel:reindex")).text for _ in range(3)]
    assert said == [strings.REINDEX_NONE] * 3
    await shelf.desk.close()


async def test_a_message_that_is_looked_up_leaves_nothing_behind(shelf):
    before = shelf.rows()
    for text in ("Who has fed the office cat today?", "the toll is two shillings"):
        found = await shelf.desk.find(ASKER, text)
        assert found.cards
        assert found.private
        assert not found.buttons
    assert shelf.rows() == before
    assert (await shelf.desk.unanswered(ADMIN)).text == strings.UNANSWERED_NONE
    assert not await shelf.desk.takes_part("slack", "C1:1.0", ASKER.community)
