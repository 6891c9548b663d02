"""An answer whose passage has changed since is marked, once, where it stands."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import strings
from bot.desk import Desk
from bot.permissions import Actor
from bot.reply import Reply
from bot.state import State
from index.build import Job, build
from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa.settings import Settings

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
    build(Job(settings, encoder))
    made = Desk(settings, Library(real_home, encoder), State(real_home), encoder)
    yield made
    await made.close()


async def ask_and_post(desk: Desk, question: str, message: str, *, private: bool = False) -> Reply:
    reply = await desk.ask(ADMIN, question, private=private)
    await desk.posted(reply, ADMIN, message)
    return reply


async def shown(_: Reply) -> None:
    """Progress goes nowhere."""


async def test_only_the_answer_whose_passage_changed_is_marked_and_only_once(desk, tmp_path):
    amended: list[tuple[str, Reply]] = []

    async def amend(message: str, reply: Reply) -> None:
        amended.append((message, reply))

    desk.amends("slack", amend)
    toll = await ask_and_post(desk, "How much is the toll for a cart?", "C1/1.1")
    await ask_and_post(desk, "When was the bridge built?", "C1/1.2")
    await ask_and_post(desk, "What is the toll for a cart?", "C1/1.3", private=True)
    (tmp_path / "bridge.md").write_text(AFTER, "utf-8")
    await desk.reindex(ADMIN, shown)
    await desk.reindex(ADMIN, shown)
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

    async def amend(message: str, _: Reply) -> None:
        amended.append(message)

    desk.amends("discord", amend)
    await ask_and_post(desk, "How much is the toll for a cart?", "C1/1.1")
    (tmp_path / "bridge.md").write_text(AFTER, "utf-8")
    await desk.reindex(replace(ADMIN), shown)
    assert amended == []
