"""The desk: what is said and done, whatever the platform."""

import asyncio
import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.service import reports
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply

ASKER = Actor(
    "discord",
    "200000000000000001",
    workspace="1",
    channel="10",
    thread="t",
    workspaces=frozenset({"1"}),
)
ADMIN = replace(ASKER, user="200000000000000002", manages=True)
QUESTION = "What did Trump call the limousine?"


@pytest.fixture
def home(tmp_path: Path, bundled: Library) -> Path:
    """A data folder of its own that begins with the bundled index."""
    folder = tmp_path / "home"
    folder.mkdir()
    version = bundled.store.version
    (folder / "versions").mkdir()
    (folder / "versions" / version).symlink_to(bundled.store.folder)
    (folder / "CURRENT").write_text(version)
    return folder


@pytest.fixture
async def desk(home: Path, encoder: Encoder):
    settings = Settings(home=home, user_limit=Rate(1000, 1), channel_limit=Rate(1000, 1))
    made = Desk(settings, Library(home, encoder), State(home), encoder)
    await made.start()
    yield made
    await made.close()


async def shown(_: Reply) -> None:
    """Progress goes nowhere."""


def state_of(desk: Desk) -> State:
    return desk._state


async def test_an_answer_quotes_the_article_and_cites_it(desk, bundled):
    reply = await desk.ask(ASKER, QUESTION)
    article = bundled.store.nth(0)
    first = reply.cards[0]
    assert first.quote in article.text
    assert all(piece.strip() in article.text for piece in first.rest.split(strings.GAP))
    assert first.rest.strip(strings.GAP)
    assert "The Beast" in first.quote
    assert not reply.text
    assert re.fullmatch(rf"Likely match \(\d\d %\) · “{re.escape(QUESTION)}”", reply.note)
    assert re.fullmatch(r"\[1\] .+, ¶\d+, 16 Aug 2025", first.label)
    assert [button.action for button in reply.buttons] == ["context", "more", "good", "bad"]
    assert all(len(button.id) <= 100 for button in reply.buttons)


async def test_a_question_nothing_answers_is_said_so_and_offers_the_nearest(desk):
    reply = await desk.ask(ASKER, "How do I make sourdough bread rise?")
    assert reply.text == strings.NOT_FOUND
    assert not reply.cards
    nearest = await desk.press(ASKER, reply.buttons[0].id)
    assert nearest.text == strings.NEAREST
    assert nearest.private
    assert nearest.cards


async def test_a_bad_question_gets_one_polite_sentence(desk):
    for question in ("", "   ", "😀", "why", "x" * 10_000, "\0\1\2"):
        reply = await desk.ask(ASKER, question)
        assert reply.private
        assert not reply.cards
        assert "\n" not in reply.text
        assert reply.text


async def test_an_unknown_article_is_named_with_those_there_are(desk):
    reply = await desk.ask(ASKER, QUESTION, article="nope")
    assert "nope" in reply.text
    assert "alaska-summit" in reply.text


async def test_buttons_work_after_a_restart(desk, home, encoder):
    reply = await desk.ask(ASKER, QUESTION)
    await desk.close()
    again = Desk(Settings(home=home), Library(home, encoder), State(home), encoder)
    by_action = {button.action: button for button in reply.buttons}
    context = await again.press(ASKER, by_action["context"].id)
    more = await again.press(ASKER, by_action["more"].id)
    thanks = await again.press(ASKER, by_action["bad"].id, "wrong car")
    assert reply.cards[0].quote in {card.quote for card in context.cards}
    assert len(context.cards) == 3
    assert [card.label[:3] for card in reply.cards] == ["[1]"]
    assert [card.label[:3] for card in more.cards] == ["[2]", "[3]", "[4]"]
    assert thanks.text == strings.THANKS
    assert state_of(again).ratings() == (0, 1, [(QUESTION, "wrong car")])
    await again.close()


async def test_a_private_answer_is_its_askers_alone_until_they_share_it(desk):
    reply = await desk.ask(ASKER, QUESTION, private=True)
    assert reply.private
    share = next(button for button in reply.buttons if button.action == "share")
    other = replace(ASKER, user="200000000000000009")
    assert (await desk.press(other, share.id)).text == strings.PRIVATE_TO_ASKER
    shared = await desk.press(ASKER, share.id)
    assert not shared.private
    assert shared.cards[0].quote == reply.cards[0].quote
    assert "share" not in {button.action for button in shared.buttons}


@pytest.mark.parametrize(
    "component", ["", "nope", "more:forged.1", "share:../../x", "good:", "context:" + "a" * 90]
)
async def test_a_forged_component_changes_nothing(desk, component):
    reply = await desk.press(ASKER, component)
    assert reply.private
    assert reply.text in {strings.GONE, strings.UNKNOWN_BUTTON}
    assert state_of(desk).ratings() == (0, 0, [])


async def test_a_redelivered_event_is_known_even_after_a_restart(desk, home):
    assert await desk.claims.take("slack:E1", None)
    assert not await desk.claims.take("slack:E1", None)
    assert not State(home).events.claim("slack:E1")


async def test_limits_are_told_politely_with_the_seconds_left(home, encoder):
    settings = Settings(home=home, user_limit=Rate(2, 60))
    desk = Desk(settings, Library(home, encoder), State(home), encoder)
    replies = [await desk.ask(ASKER, QUESTION) for _ in range(3)]
    assert [bool(reply.cards) for reply in replies] == [True, True, False]
    assert re.search(r"wait \d+ s", replies[2].text)
    assert (await desk.ask(replace(ASKER, user="200000000000000003"), QUESTION)).cards
    await desk.close()


async def test_a_channel_has_its_article_until_it_is_cleared(desk):
    reply = await desk.set_channel(ADMIN, ["alaska-summit"])
    assert "alaska" in reply.text.lower()
    assert (await desk.ask(ASKER, "How do I make sourdough bread rise?")).text.startswith(
        "“Trump and Putin"
    )
    await desk.set_channel(ADMIN, [])
    assert (await desk.ask(ASKER, "How do I make sourdough bread rise?")).text == strings.NOT_FOUND


async def test_an_admin_reindexes_while_questions_are_answered(desk, home):
    before = (home / "CURRENT").read_text().strip()
    told: list[Reply] = []

    async def show(reply: Reply) -> None:
        told.append(reply)

    reindex = asyncio.create_task(desk.reindex(ADMIN, show))
    answers = [await desk.ask(ASKER, QUESTION) for _ in range(5)]
    reply = await reindex
    assert "1 unchanged" in reply.text or "unchanged" in reply.text
    assert all(answer.cards for answer in answers)
    assert told
    assert told[0].buttons[0].id == "cancel:reindex"
    assert ("discord:" + ADMIN.user, "reindex", "done") in state_of(desk).audit_log()
    assert (await desk.ask(ASKER, QUESTION)).cards
    assert before


async def test_unanswered_questions_are_grouped_and_counted(desk):
    for question in (
        "How do I make sourdough bread rise?",
        "How to make sourdough bread rise",
        "Who won the world cup in 1966?",
    ):
        await desk.ask(ASKER, question)
    report = (await desk.unanswered(ADMIN)).text
    assert "2 × " in report
    assert report.count("sourdough") == 1
    assert "1966" in report


async def test_an_unforeseen_error_ends_in_a_sentence_with_an_id_that_the_log_explains(
    desk, monkeypatch, caplog
):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a wire came loose")

    monkeypatch.setattr(desk._library, "ask", broken)
    reply = await desk.ask(ASKER, QUESTION)
    error_id = re.search(r"error (\w+)", reply.text)[1]
    assert "wire" not in reply.text
    assert error_id in caplog.text
    assert "a wire came loose" in caplog.text


async def test_user_ids_are_stored_hashed(desk, home):
    await desk.ask(ASKER, QUESTION)
    await desk.close()
    stored = b"".join(path.read_bytes() for path in home.glob("state.db*"))
    assert QUESTION.encode() in stored
    assert ASKER.user.encode() not in stored


def test_the_two_turn_conversations_are_thirty_and_those_on_leaning_many_more():
    lines = (Path(__file__).parent / "data" / "conversations.jsonl").read_text("utf-8").splitlines()
    written = [json.loads(line) for line in lines]
    assert len([turn for turn in written if "shelf" not in turn]) == 30
    assert len(written) >= 70


async def test_grouping_what_was_not_answered_holds_up_nobody_who_asks(home, encoder, monkeypatch):
    settings = Settings(home=home, workers=1, admins=frozenset({ADMIN.user}))
    desk = Desk(settings, Library(home, encoder), State(home), encoder)
    begun, held = threading.Event(), threading.Event()

    def slow(*_) -> Reply:
        begun.set()
        held.wait(60)
        return Reply("grouped")

    monkeypatch.setattr(reports, "unanswered", slow)
    grouping = asyncio.create_task(desk.unanswered(ADMIN))
    await asyncio.to_thread(begun.wait, 60)
    try:
        reply = await asyncio.wait_for(desk.ask(ASKER, QUESTION), 60)
        assert reply.cards
    finally:
        held.set()
    assert (await grouping).text == "grouped"
    await desk.close()


async def test_who_acted_and_what_was_asked_stand_in_the_database_alone(desk, caplog):
    caplog.set_level("INFO")
    await desk.ask(ASKER, QUESTION)
    await desk.status(ADMIN)
    assert "status" in caplog.text
    for private in (QUESTION, ASKER.user, ADMIN.user, state_of(desk).hashed(ASKER.user)):
        assert private not in caplog.text
    assert state_of(desk).audit_log(1) == [(f"discord:{ADMIN.user}", "status", "done")]
