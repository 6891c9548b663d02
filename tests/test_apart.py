"""What communities share, the house shelf and its cache, limits, counts, tells none of another."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from isolated_world import ACTIONS, WORDS, World, actor, filled, questions, settings_of
from sqlalchemy import select

from summitqa_bot import strings
from summitqa_bot.service import amending
from summitqa_bot.service.desk import FORM_ACTIONS, Desk
from summitqa_bot.state import State
from summitqa_bot.state.schema import ANSWERS, DRAFTS, FEEDBACK, HANDOFFS, RULES, SHELVES
from summitqa_bot.wording.reply import Filled
from tests.fakes import CountingEncoder, library

HOUSE = "When does the bridge open?"


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A data folder in which each community has an article of its own."""
    await filled(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
async def world(home: Path):
    async with World(home) as world:
        yield world


async def test_the_house_shelf_answers_nobody_sooner_for_another_having_asked(home):
    """Only who asked before, or is of their community, is answered without the model."""
    encoder = CountingEncoder()
    house = library(home)
    house._encoder = encoder
    desk = Desk(settings_of(home), house, State(home), CountingEncoder())
    read = []
    for word in (*WORDS, *WORDS):
        encoder.texts.clear()
        for who in (actor(word, thread=None), replace(actor(word, thread=None), user="U0OTHER01")):
            assert (await desk.ask(who, HOUSE, article="bridge")).cards
        read.append(len(encoder.texts))
    await desk.close()
    assert read == [read[0]] * 3 + [0] * 3
    assert read[0] > 0


async def test_all_ask_at_once_and_each_is_answered_from_its_own(world):
    asked = [(word, text) for _ in range(4) for word in WORDS for text in questions(word)]
    replies = await asyncio.gather(
        *(world.desk.ask(actor(word, thread=None), text) for word, text in asked)
    )
    for (word, text), reply in zip(asked, replies, strict=True):
        others = [other for other in WORDS if other != word]
        assert not any(other in repr(reply) for other in others)
        if text == questions(word)[1]:
            assert f"{word}lead" in reply.cards[0].quote


async def test_the_counts_of_a_report_are_of_one_community_alone(world):
    asks = dict(zip(WORDS, (1, 2, 3), strict=True))
    for word, count in asks.items():
        for number in range(count):
            who = replace(actor(word, thread=None), user=f"U0ASKER0{number}")
            await world.desk.ask(who, f"Who owns the {word}riddle of zyxw{number}?", article=None)
            good = await world.desk.ask(who, questions(word)[1])
            await world.desk.press(who, f"good:{good.ref}")
        # Another's answer is none that one can rate, nor can it be told from one that never was.
        other = actor(WORDS[(WORDS.index(word) + 1) % 3])
        told = [
            await world.desk.press(other, f"{a}:{good.ref}") for a in ("bad", "good", "context")
        ]
        assert {one.text for one in told} == {(await world.desk.press(other, "bad:none")).text}
    for word, count in asks.items():
        admin = actor(word, manages=True)
        feedback = (await world.desk.feedback(admin)).text
        assert feedback.startswith(f"{count} found their answer helpful, 0 did not")
        report = await world.desk.report(admin)
        assert f"{2 * count} asked" in report.text
        lines = report.file.content.decode("utf-8-sig").splitlines()[1:]
        assert len(lines) == 2 * count
        assert all(word in line for line in lines)
        assert (await world.desk.status(admin)).text.startswith("1 article, 2 passages")


async def test_a_message_of_one_community_leads_into_no_conversation_of_another(world):
    """One channel, one thread, one person: what leans is read with one's own questions alone."""
    first, second = "quokka", "axolotl"
    await world.desk.ask(actor(first), f"When does the {first}pool0 open?")
    await world.desk.ask(actor(second), f"Where do dogs stay on the {second}lead?")
    for word, other in ((first, second), (second, first)):
        reply = await world.desk.ask(actor(word), "And why there?")
        kept = world.desk._state.answer(reply.ref)
        assert other not in repr(kept)


async def test_no_button_of_one_does_or_tells_anything_for_another(world, home):
    """Every action there is, with every name there is of something that is another's."""
    owner, desk = "narwhal", world.desk
    admin = actor(owner, manages=True)
    await desk.choosing.editors(admin, "C1")
    found = await desk.ask(actor(owner), questions(owner)[1])
    mine = await desk.ask(actor(owner), questions(owner)[0], private=True)
    lost = await desk.ask(actor(owner, thread=None), f"Who owns the {owner}riddle?", article=None)
    assert lost.buttons[0].action == "nearest"
    await desk._editors.walk()
    drafts = [await world.add(admin, owner, number) for number in (1, 2)]
    await desk.press(admin, drafts[0].buttons[0].id)
    versions = [path.name for path in world.versions(owner)]
    names = [found.ref, mine.ref, lost.ref, *(one.buttons[0].ref for one in drafts), *versions]
    names += [admin.community, f"{versions[-1]}/{versions[0]}", f"{lost.ref}.abcdefabcdef.1"]
    assert len(versions) == 2
    before, kept = files(home, admin.community), rows(world, admin.community)
    filled_in = Filled({"search": "the pool", "text": "Mine.", "name": "Me", "title": "Mine"})
    for word in (other for other in WORDS if other != owner):
        for who in (actor(word), actor(word, manages=True)):
            for component in (f"{action}:{name}" for action in ACTIONS for name in names):
                told = [await desk.form(who, component), await desk.press(who, component, "Bad.")]
                if component.partition(":")[0] in FORM_ACTIONS - {"add"}:
                    told.append(await desk.fill(who, component, filled_in))
                assert owner not in repr(told), component
                assert not any(one.cards for one in told[1:]), component
                assert "Something went wrong" not in repr(told), world.heard.lines
    assert files(home, admin.community) == before
    assert rows(world, admin.community) == kept
    assert owner not in repr(world.heard.lines)
    assert (await desk.form(admin, f"point:{lost.ref}")).fields[0].value.startswith("Who owns")


def files(home: Path, community: str) -> set[Path]:
    return set((home / "shelves" / community).rglob("*"))


def rows(world: World, community: str) -> list[str]:
    """Give all rows of a community but what the audit log says."""
    tables = (ANSWERS, FEEDBACK, DRAFTS, HANDOFFS, RULES, SHELVES)
    with world.desk._state._engine.connect() as connection:
        found = [repr(row) for table in tables for row in connection.execute(select(table))]
    return sorted(row for row in found if community in row or "narwhal" in row)


async def test_a_change_of_one_shelf_marks_no_message_of_another(world, monkeypatch):
    monkeypatch.setattr(amending, "PAUSE_SECONDS", 0.0)
    for word in ("narwhal", "axolotl"):
        reply = await world.desk.ask(actor(word, thread=None), questions(word)[0])
        assert f"{word}dawn" in reply.cards[0].quote
        await world._note(word, reply)
    admin = actor("axolotl", manages=True)
    preview = await world.add(admin, "axolotl", 1, instead_of="axolotlslug0")
    await world.desk.press(admin, preview.buttons[0].id)
    await world.aside()
    assert [one.text for one in world.told["axolotl"]] == [strings.CHANGED_SINCE]
    assert world.told["narwhal"] == []
