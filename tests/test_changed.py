"""An answer whose passage has changed since is marked, once, where it stands."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.asked import Asked
from summitqa_bot.service import amending
from summitqa_bot.service.amending import Amending
from summitqa_bot.service.changed import mark, standing
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.duties import Duties
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.state.schema import ANSWERS
from summitqa_bot.wording.reply import Reply
from summitqa_index.build import build
from tests.fakes import job, shelves

ADMIN = Actor(
    "slack", "U00000001", workspace="T1", channel="C1", manages=True, workspaces=frozenset({"T1"})
)
BEFORE = "The bridge was built in 1901.\n\nThe toll is two shillings a cart.\n"
AFTER = "The bridge was built in 1901.\n\nThe toll is nine shillings a cart.\n"


@pytest.fixture
async def desk(real_home: Path, encoder: Encoder, tmp_path: Path):
    article = tmp_path / "bridge.md"
    article.write_text(BEFORE, "utf-8")
    settings = Settings(home=real_home, sources=(str(article),), passages=1)
    build(job(settings, encoder))
    made = Desk(settings, Library(real_home, encoder), State(real_home), encoder)
    yield made
    await made.close()


async def ask_and_post(desk: Desk, question: str, message: str, *, private: bool = False) -> Reply:
    reply = await desk.ask(ADMIN, question, private=private)
    await desk.posted(reply, ADMIN, message)
    return reply


async def shown(_: Reply) -> None:
    """Progress goes nowhere."""


@pytest.fixture(autouse=True)
def no_pause(monkeypatch) -> None:
    monkeypatch.setattr(amending, "PAUSE_SECONDS", 0)


async def test_only_the_answer_whose_passage_changed_is_marked_and_only_once(desk, tmp_path):
    amended: list[tuple[str, Reply]] = []

    async def amend(message: str, reply: Reply) -> float:
        amended.append((message, reply))
        return 0.0

    desk.amends("slack", amend)
    toll = await ask_and_post(desk, "How much is the toll for a cart?", "C1/1.1")
    await ask_and_post(desk, "When was the bridge built?", "C1/1.2")
    await ask_and_post(desk, "What is the toll for a cart?", "C1/1.3", private=True)
    (tmp_path / "bridge.md").write_text(AFTER, "utf-8")
    await desk.reindex(ADMIN, shown)
    await desk._amending.walk()
    await desk.reindex(ADMIN, shown)
    await desk._amending.walk()
    assert [message for message, _ in amended] == ["C1/1.1"]
    marked = amended[0][1]
    assert marked.text == strings.CHANGED_SINCE
    assert (marked.cards[0].quote, marked.cards[0].label) == (
        toll.cards[0].quote,
        toll.cards[0].label,
    )
    again = await desk.press(ADMIN, marked.buttons[0].id)
    assert "nine shillings" in again.cards[0].quote
    assert again.private


async def test_answers_of_another_platform_are_not_handed_over(desk, tmp_path):
    amended: list[str] = []

    async def amend(message: str, _: Reply) -> float:
        amended.append(message)
        return 0.0

    desk.amends("discord", amend)
    await ask_and_post(desk, "How much is the toll for a cart?", "C1/1.1")
    (tmp_path / "bridge.md").write_text(AFTER, "utf-8")
    await desk.reindex(replace(ADMIN), shown)
    await desk._amending.walk()
    assert amended == []


def remembered(state: State, count: int) -> None:
    """Have answers stand in the state that quote what has since changed, and one that stands."""
    rows, fields = [], Asked.__dataclass_fields__
    for number in range(count):
        quote = "The toll is two shillings a cart." if number else "The bridge was built in 1901."
        asked = Asked(
            f"r{number}", "somebody", "slack", "C1", None, "How much?", (), [], "before",
            True, False, [["bridge", 2, 0, 9, quote, "[1] Bridge, ¶2", None]], f"C1/{number}",
        )  # fmt: skip
        at = datetime.now(UTC).replace(tzinfo=None)
        rows.append({name: getattr(asked, name) for name in fields} | {"at": at, "stale": False})
    with state._engine.begin() as connection:
        connection.execute(ANSWERS.insert(), rows)


@pytest.fixture
async def after(real_home: Path, encoder: Encoder, tmp_path: Path):
    """A shelf in front of which all answers but one are of an older version."""
    article = tmp_path / "bridge.md"
    article.write_text(AFTER, "utf-8")
    build(job(Settings(home=real_home, sources=(str(article),)), encoder))
    state = State(real_home)
    yield Library(real_home, encoder), state
    state.close()


async def test_marks_that_a_crash_cut_short_go_on_with_the_rest(after):
    library, state = after
    remembered(state, 60)
    marked: list[str] = []

    async def killed(message: str, _: Reply) -> float:
        if len(marked) == 25:
            raise KeyboardInterrupt
        marked.append(message)
        return 0.0

    async def amend(message: str, _: Reply) -> float:
        marked.append(message)
        return 0.0

    first = Amending(shelves(library, state), state, Duties(state.leases, asyncio.to_thread))
    first.amends("slack", killed)
    with pytest.raises(KeyboardInterrupt):
        await first._on("slack", killed)
    again = Amending(shelves(library, state), state, Duties(state.leases, asyncio.to_thread))
    again.amends("slack", amend)
    await again.walk()
    await again.walk()
    assert sorted(marked) == sorted(f"C1/{number}" for number in range(1, 60))


async def test_a_mark_counts_once_the_platform_has_taken_it(after, monkeypatch):
    library, state = after
    remembered(state, 3)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(amending, "asyncio", SimpleNamespace(**vars(asyncio) | {"sleep": sleep}))
    answers = iter([7.0, 3.0, 0.0] + [5.0] * amending.TRIES + [0.0])
    tried: list[str] = []

    async def amend(message: str, _: Reply) -> float:
        tried.append(message)
        return next(answers)

    keeper = Amending(shelves(library, state), state, Duties(state.leases, asyncio.to_thread))
    keeper.amends("slack", amend)
    await keeper.walk()
    assert tried == ["C1/2"] * 3 + ["C1/1"] * amending.TRIES
    assert slept[:2] == [7.0, 3.0]
    await keeper.walk()
    assert tried[-1] == "C1/1"
    await keeper.walk()
    assert len(tried) == 3 + amending.TRIES + 1


async def test_thousands_of_marks_hold_up_neither_events_nor_the_platform(
    after, monkeypatch, encoder, real_home
):
    library, state = after
    remembered(state, 2000)
    monkeypatch.setattr(amending, "PAUSE_SECONDS", 0.05)
    marked: list[float] = []

    async def amend(*_: object) -> float:
        marked.append(time.monotonic())
        return 0.0

    desk = Desk(Settings(home=real_home), library, state, encoder)
    desk.amends("slack", amend)
    await desk.start()
    for number in range(20):
        assert await desk.claims.take(f"E{number}", None)
        await asyncio.sleep(0.02)
    await desk.close()
    assert 0 < len(marked) < 100
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(marked))


async def test_a_mark_keeps_the_question_and_says_which_quote_changed(after):
    library, state = after
    stands, gone = "The bridge was built in 1901.", "The toll is two shillings a cart."
    kept = [
        ["bridge", 1, 0, 29, stands, "[1] Bridge, ¶1", None, "", ""],
        ["bridge", 2, 31, 64, gone, "[2] Bridge, ¶2", None, "", ""],
    ]
    asked = Asked(
        "r1", "somebody", "slack", "C1", None, "What of the bridge?", (), [], "before", True,
        False, kept, "C1/1", "“What of the bridge?” · Strong match (90 %)",
    )  # fmt: skip
    state.save_answer(asked)
    seen: list[Reply] = []

    async def amend(_: str, reply: Reply) -> float:
        seen.append(reply)
        return 0.0

    keeper = Amending(shelves(library, state), state, Duties(state.leases, asyncio.to_thread))
    keeper.amends("slack", amend)
    await keeper.walk()
    (reply,) = seen
    assert reply.text == strings.CHANGED_SOME.format(which="[2]")
    assert [card.quote for card in reply.cards] == [stands, gone]
    assert reply.note == asked.note


async def test_an_article_that_was_removed_is_not_said_to_have_changed(after):
    library, _ = after
    kept = [
        ["tower", 1, 0, 22, "The tower is of stone.", "[1] Tower, ¶1", None, "", ""],
        ["bridge", 1, 0, 29, "The bridge was built in 1901.", "[2] Bridge, ¶1", None, "", ""],
    ]
    both = Asked(
        "r1", "somebody", "slack", "C1", None, "What?", (), [], "before", True, False, kept
    )
    assert mark(both, library.store) == strings.REMOVED_SOME.format(which="[1]")
    assert mark(replace(both, cited=kept[:1]), library.store) == strings.REMOVED_SINCE
    assert mark(replace(both, cited=kept[1:]), library.store) == ""


async def test_a_quote_of_two_sentences_stands_while_both_stand_side_by_side(
    real_home, encoder, tmp_path
):
    quote = "It is closed at night. It opens at six."
    kept = ["bridge", 1, 33, 72, quote, "[1] Bridge, ¶1", None, "The bridge is old. ", ""]
    article = tmp_path / "bridge.md"
    settings = Settings(home=real_home, sources=(str(article),))
    for text, stands in (
        (f"The bridge is old. {quote}", True),
        (f"A note.\n\nThe bridge is very old. {quote} It is wide.", True),
        ("The bridge is old. It is closed at night. It opens at seven.", False),
        ("It opens at six. It is closed at night.", False),
    ):
        article.write_text(text, "utf-8")
        build(job(settings, encoder))
        now = standing(kept, Library(real_home, encoder).store)
        assert (now is not None) is stands
        assert now is None or (now.quote, now.text.count(quote)) == (quote, 1)
