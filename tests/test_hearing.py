"""Who is answered in a conversation, and who is left in peace."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from summitqa.encoder import Encoder
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.service import desk as desk_module
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.state.schema import ANSWERS
from summitqa_bot.wording.reply import Reply
from summitqa_bot.wording.talk import Address
from summitqa_index.build import build
from tests.fakes import job

GARDEN = Path(__file__).parent / "data" / "garden.md"
ASKER = Actor("slack", "U0ASKER01", workspace="T1", channel="C1", thread="C1:1.1")
FIRST, FOLLOW_UP = "Did the working lunch take place?", "who was invited to it?"


@pytest.fixture
async def desk(tmp_path, bundled: Library, encoder: Encoder):
    settings = Settings(home=tmp_path, user_limit=Rate(4, 600))
    made = Desk(settings, bundled, State(tmp_path), encoder)
    yield made
    await made.close()


def kept(desk: Desk) -> list[str]:
    state = desk._state
    return sorted(one.question for found in (True, False) for one in state.recent(7, found=found))


async def hear(desk: Desk, said: str, to: Address = Address.DIRECT):
    return await desk.hear(ASKER, said, to)


@pytest.mark.parametrize("said", ["hi", "thanks!", "help", "lol", "👍"])
async def test_small_talk_breaks_no_later_question_and_is_not_kept(desk, said):
    await hear(desk, said)
    reply = await hear(desk, "how do I bake bread?")
    assert reply.text == strings.NOT_FOUND
    assert kept(desk) == ["how do I bake bread?"]


async def test_small_talk_ends_no_conversation(desk):
    await hear(desk, FIRST)
    await hear(desk, "thanks!")
    reply = await hear(desk, FOLLOW_UP)
    assert "envoys" in reply.cards[0].quote + reply.cards[0].before + reply.cards[0].after
    assert desk._state.answer(reply.ref).context == [FIRST]


async def test_what_was_not_answered_is_leaned_on_by_nothing_and_ends_the_subject(desk):
    await hear(desk, FIRST)
    await hear(desk, "How do I bake sourdough bread?")
    reply = await hear(desk, "and how long does it take?")
    assert desk._state.answer(reply.ref).context == []
    assert not reply.cards


async def test_a_conversation_ages(desk):
    await hear(desk, FIRST)
    early = await hear(desk, FOLLOW_UP)
    assert desk._state.answer(early.ref).context == [FIRST]
    with desk._state._engine.begin() as connection:
        then = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=31)
        connection.execute(update(ANSWERS).values(at=then))
    late = await hear(desk, FOLLOW_UP)
    assert desk._state.answer(late.ref).context == []


async def test_in_a_thread_only_a_question_that_is_surely_answered_is_answered(desk):
    for said in (
        "yes good idea, let me ping her tomorrow",
        "thanks!",
        "hi",
        "👍",
        "",
        "why?",
        "lol?",
        "How do I bake sourdough bread?",
        "can somebody review my pull request?",
        "x" * 5000 + "?",
    ):
        assert await hear(desk, said, Address.THREAD) is None, said
    assert kept(desk) == []
    reply = await hear(desk, "What did Trump call the limousine?", Address.THREAD)
    assert "The Beast" in reply.cards[0].quote
    assert reply.ref
    follow_up = await hear(desk, "And what did Putin want?", Address.THREAD)
    assert follow_up.cards


async def test_what_nobody_put_to_us_is_answered_where_that_and_answers_are_allowed(desk):
    question = "Where did Trump and Putin meet?"
    assert not await desk.listens(ASKER)
    for answers, unasked in ((True, False), (False, True), (False, False), (True, True)):
        desk._state.communities.rule(ASKER.community, "C1", answers=answers, unasked=unasked)
        allowed = answers and unasked
        assert await desk.listens(ASKER) is allowed
        assert bool(await hear(desk, question, Address.OPEN)) is allowed
    assert await hear(desk, "and why?", Address.OPEN) is None  # nor are we part of it


async def test_silence_costs_nothing_of_the_limits(desk):
    for _ in range(10):
        assert await hear(desk, "How do I bake sourdough bread?", Address.THREAD) is None
    assert (await hear(desk, "What did Trump call the limousine?", Address.THREAD)).cards


async def test_thanks_in_a_channel_get_nothing(desk):
    assert await hear(desk, "thank you so much", Address.MENTION) is None
    assert (await hear(desk, "thank you so much")).text == strings.WELCOME


@pytest.fixture
async def gardeners(real_home, encoder: Encoder):
    settings = Settings(home=real_home, user_limit=Rate(100, 600))
    build(job(settings, encoder), [str(GARDEN)])
    made = Desk(settings, Library(real_home, encoder), State(real_home), encoder)
    await made.hear(ASKER, "who looks after the bees?", Address.MENTION)
    yield made
    await made.close()


@pytest.mark.parametrize(
    "said",
    ["what is her number?", "where?", "when does she open the hives?", "can I use a hose?",
     "can I use a hose", "and then?"],
)  # fmt: skip
async def test_in_its_thread_one_just_goes_on_asking(gardeners, said):
    assert (await hear(gardeners, said, Address.THREAD)).cards


@pytest.mark.parametrize(
    "said",
    ["are you coming to the party on Saturday?", "did you pay the rent?", "ok?", "she is late",
     "is it going to rain today?", "did he call the plumber?", "can we talk about it later?"],
)  # fmt: skip
async def test_talk_among_people_is_left_in_peace(gardeners, said):
    assert await hear(gardeners, said, Address.THREAD) is None


async def test_a_bare_question_is_for_whoever_was_answered_last(gardeners):
    other = replace(ASKER, user="U0OTHER01")
    assert await gardeners.hear(other, "where?", Address.THREAD) is None
    assert (await gardeners.hear(other, "what is her number?", Address.THREAD)).cards
    assert await hear(gardeners, "why?", Address.THREAD) is None


async def test_a_pronoun_for_what_was_not_answered_is_not_answered(gardeners):
    await hear(gardeners, "who is the king of Spain?", Address.MENTION)
    assert not (await hear(gardeners, "does he garden?", Address.MENTION)).cards


async def test_where_too_many_wait_one_is_asked_to_come_again_and_it_costs_nothing(
    tmp_path, bundled: Library, encoder: Encoder, monkeypatch
):
    monkeypatch.setattr(desk_module, "_MOST_WAITING", 2)
    settings = Settings(home=tmp_path, user_limit=Rate(4, 600), workers=1)
    desk = Desk(settings, bundled, State(tmp_path), encoder)
    held = threading.Event()
    monkeypatch.setattr(desk._answering, "ask", lambda *_: Reply("answered" * held.wait(60)))
    held.set()
    assert (await desk.ask(ASKER, FIRST)).text == "answered"  # and waits no longer
    held.clear()
    waiting = [asyncio.create_task(desk.ask(ASKER, FIRST)) for _ in range(2)]
    try:
        await asyncio.sleep(0)  # both begin
        for refused in (await desk.ask(ASKER, FIRST), await desk.press(ASKER, "more:x")):
            assert refused.text == strings.TOO_BUSY
            assert refused.private
    finally:
        held.set()
    assert [reply.text for reply in await asyncio.gather(*waiting)] == ["answered"] * 2
    assert (await desk.ask(ASKER, FIRST)).text == "answered"
    assert (await desk.ask(ASKER, FIRST)).text.startswith(strings.TOO_FAST.partition("{")[0])
    await desk.close()


@pytest.mark.parametrize(
    "who", [ASKER, replace(ASKER, workspaces=frozenset({"T1"}), manages=True, trusted=False)]
)
async def test_a_channels_article_is_left_alone_by_whoever_may_not_choose_it(desk, bundled, who):
    slug = bundled.store.slugs[0]
    reply = await desk.set_channel(who, [slug])
    assert reply.text == strings.ADMINS_ONLY
    assert desk._state.communities.rules(who.community, "C1").articles == ()
    assert desk._state.audit_log(1) == [("slack:U0ASKER01", f"channel {slug} in C1", "refused")]


async def test_a_channels_article_is_that_of_no_other_channel(desk, bundled):
    manager = replace(ASKER, manages=True)
    await desk.set_channel(manager, bundled.store.slugs[:1])
    for elsewhere in (
        replace(ASKER, channel="C2", thread=None),
        replace(ASKER, platform="discord"),
    ):
        reply = await desk.ask(elsewhere, "How do I bake bread?")
        assert reply.text == strings.NOT_FOUND
    assert (await desk.ask(ASKER, "How do I bake bread?")).text != strings.NOT_FOUND
