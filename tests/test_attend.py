# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""The life of an event, on a platform that is none: what no platform has to do by itself."""

import asyncio
import logging
import re
import time
from dataclasses import replace

import pytest
from web_world import (  # noqa: F401
    SHARED,
    FakeVenue,
    Room,
    attendance,
    broken,
    desk,
    event,
    room,
    saying,
)

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot import attend, strings
from summitqa_bot.attend import Attendance
from summitqa_bot.service import amending
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from tests.fakes import FakeEncoder, index, library, write


async def test_an_event_is_acknowledged_seen_once_and_its_answer_noted(attendance, room, desk):
    async def work(_: Actor) -> Reply:
        room.log.append("work")
        return SHARED

    for _ in range(2):
        await attendance.attend(event(room), work)
    assert room.log == ["ack", "work", "ack"]
    assert desk.seen == {"web:e1"}
    [(reply, actor, message)] = desk.places
    assert (reply, actor.thread) == (SHARED, "t2")
    assert room.messages == {message: "An answer"}


async def test_where_nothing_is_to_be_said_nothing_is_shown(attendance, room, desk):
    await attendance.attend(event(room), saying(None))
    assert not room.messages
    assert not room.told
    assert not desk.places


async def test_an_exception_is_a_sentence_with_an_id_that_the_log_explains(
    attendance, room, caplog
):
    await attendance.attend(event(room), broken)
    [said] = room.told
    found = re.search(r"error ([0-9a-f]{8})", said)
    assert found
    assert said == strings.TROUBLE.format(id=found[1])
    [record] = [one for one in caplog.records if one.getMessage() == f"error {found[1]}"]
    assert record.name == "summitqa_bot.web"
    assert record.exc_info
    assert "the roof came down" in caplog.text


async def test_that_somebody_could_not_be_told_is_in_the_log(attendance, room, caplog):
    async def gone(*_: object) -> None:
        raise RuntimeError("nobody is there")

    venue = FakeVenue(room)
    venue.tell = gone
    await attendance.attend(replace(event(room), venue=venue), broken)
    assert "the asker could not be told" in caplog.text
    assert "nobody is there" in caplog.text


async def test_whoever_cannot_be_named_is_told_so_too(attendance, room):
    async def nobody() -> Actor:
        raise RuntimeError("who?")

    await attendance.attend(replace(event(room), actor=nobody), saying(SHARED))
    assert "error" in room.told[0]


async def test_that_the_database_is_away_is_said_as_it_is(attendance, room, caplog):
    async def nobody() -> Actor:
        raise DatabaseUnavailableError("It is away.")

    await attendance.attend(replace(event(room), actor=nobody), saying(SHARED))
    assert (room.told, [one.exc_info for one in caplog.records]) == (["It is away."], [None])


@pytest.mark.parametrize("part", ["take", "posted", "done"])
async def test_an_answer_comes_though_it_cannot_be_noted(attendance, room, desk, part, caplog):
    desk.fails.add(part)
    await attendance.attend(event(room), saying(SHARED))
    assert list(room.messages.values()) == ["An answer"]
    assert not room.told
    assert f"no {part} today" in caplog.text


async def test_an_edited_question_sets_its_answer_anew_in_place(attendance, room, desk):
    await attendance.hear(event(room, "e1"), "m1", "How log?", saying(SHARED))
    await attendance.hear(event(room, "e2"), "m1", "How long?", saying(Reply("Better", ref="r2")))
    [(message, text)] = room.messages.items()
    assert text == "Better"
    assert [(reply.ref, place) for reply, _, place in desk.places] == [
        ("r1", message),
        ("r2", message),
    ]


async def test_an_answer_that_is_gone_is_shown_anew_and_that_one_edited_next(attendance, room):
    await attendance.hear(event(room, "e1"), "m1", "One?", saying(SHARED))
    room.messages.clear()
    await attendance.hear(event(room, "e2"), "m1", "Two?", saying(Reply("Second")))
    await attendance.hear(event(room, "e3"), "m1", "Three?", saying(Reply("Third")))
    assert list(room.messages.values()) == ["Third"]


async def test_an_edit_whose_answer_reached_nobody_leaves_the_earlier_one_to_the_next(
    attendance, room
):
    await attendance.hear(event(room, "e1"), "m1", "One?", saying(SHARED))
    await attendance.hear(event(room, "e2", barred=True), "m1", "Two?", saying(Reply("Second")))
    await attendance.hear(event(room, "e3"), "m1", "Three?", saying(Reply("Third")))
    assert list(room.messages.values()) == ["Third"]


async def test_an_edit_waits_for_the_answer_it_replaces(attendance, room):
    first = attendance.hear(event(room, "e1"), "m1", "One?", saying(SHARED, 0.05))
    second = attendance.hear(event(room, "e2"), "m1", "Two?", saying(Reply("Second")))
    await asyncio.gather(first, second)
    assert list(room.messages.values()) == ["Second"]


async def test_an_edit_that_changed_no_word_is_no_question(attendance, room):
    first = attendance.hear(event(room, "e1"), "m1", "One?", saying(SHARED, 0.05))
    assert attendance.hear(event(room, "e2"), "m1", "One?", saying(Reply("Second"))) is None
    await first
    back = attendance.hear(event(room, "e3"), "m1", "Two?", saying(Reply("Second"), 0.05))
    again = attendance.hear(event(room, "e4"), "m1", "One?", saying(Reply("Third")))
    assert again is not None
    await asyncio.gather(back, again)
    assert list(room.messages.values()) == ["Third"]


async def test_a_question_deleted_before_its_answer_is_met_with_silence(attendance, room):
    answering = attendance.hear(event(room, "e1"), "m1", "One?", saying(SHARED, 0.05))
    waiting = attendance.hear(event(room, "e2"), "m1", "Two?", broken)
    await attendance.deleted("m1")
    await attendance.deleted("what nobody asked")
    await asyncio.gather(answering, waiting)
    assert attendance.hear(event(room, "e3"), "m1", "Three?", saying(SHARED)) is None
    assert not room.messages
    assert not room.told


async def test_of_a_message_that_is_too_old_to_be_answered_the_database_is_not_told(
    attendance, room, desk, monkeypatch
):
    told = []

    async def withdraw(event):
        told.append(event)

    monkeypatch.setattr(desk.claims, "withdraw", withdraw)
    answering = attendance.hear(event(room, "e1"), "m1", "One?", saying(SHARED, 0.05))
    await attendance.deleted("m1", time.time() - 3600)
    await attendance.deleted("m2", time.time() - 60)
    await answering
    assert (told, room.messages) == (["web:m2"], {})


async def test_only_the_latest_questions_are_kept_for_an_edit(attendance, room, monkeypatch):
    monkeypatch.setattr(attend, "REMEMBERED", 2)
    for name in ("m1", "m2", "m3"):
        await attendance.hear(event(room, name), name, "One?", saying(SHARED))
    assert [await attendance.revised(name) for name in ("m1", "m2", "m3")] == [False, True, True]


# Stops


@pytest.fixture
def soon(monkeypatch) -> None:
    monkeypatch.setattr(attend, "FINISHING_SECONDS", 0.1)
    monkeypatch.setattr(attend, "LAST_WORDS_SECONDS", 0.1)


@pytest.mark.usefixtures("soon")
async def test_a_stop_lets_finish_what_can_and_excuses_the_rest(attendance, room):
    attendance.attend(event(room, "e1"), saying(SHARED, 0.02))
    late = attendance.attend(event(room, "e2"), saying(Reply("Too late"), 60))
    began = time.monotonic()
    await attendance.drain()
    assert time.monotonic() - began < 2
    assert late.cancelled()
    assert list(room.messages.values()) == ["An answer"]
    assert room.told == [strings.STOPPING]


@pytest.mark.usefixtures("soon")
async def test_a_stop_waits_neither_for_those_who_cannot_be_told_nor_for_the_stubborn(
    attendance, room
):
    async def stubborn(_: Actor) -> Reply | None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(5)
        return None

    left = [
        attendance.attend(event(room, "e1", deaf=True), saying(SHARED, 60)),
        attendance.attend(event(room, "e2"), stubborn),
    ]
    await asyncio.sleep(0)
    began = time.monotonic()
    await attendance.drain()
    assert time.monotonic() - began < 2
    assert room.told == [strings.STOPPING]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest.mark.usefixtures("soon")
async def test_who_has_edited_a_question_is_excused_once(attendance, room):
    attendance.hear(event(room, "e1"), "m1", "One?", saying(SHARED, 60))
    attendance.hear(event(room, "e2"), "m1", "Two?", saying(SHARED, 60))
    await attendance.drain()
    assert room.told == [strings.STOPPING]


@pytest.mark.usefixtures("soon")
async def test_who_was_told_of_a_stop_gets_no_answer_after_all(attendance, room):
    attendance.attend(event(room), saying(SHARED, 0.15))
    await attendance.drain()
    assert room.told == [strings.STOPPING]
    assert not room.messages


@pytest.mark.usefixtures("soon")
async def test_a_stop_with_nothing_to_do_is_at_once_and_silent(attendance, room, caplog):
    with caplog.at_level(logging.DEBUG, "summitqa_bot"):
        await attendance.drain()
    assert not room.told
    assert not caplog.records


# The real desk


async def test_an_answer_is_set_anew_by_its_id_after_a_reindex(tmp_path, room, monkeypatch):
    monkeypatch.setattr(amending, "PAUSE_SECONDS", 0)
    home, shelf = tmp_path / "home", tmp_path / "shelf"
    write(shelf, {"toll.txt": "The toll is two shillings a cart."})
    index(home, shelf)
    shelved = library(home)
    desk = Desk(Settings(home=home), shelved, State(home), FakeEncoder())
    attendance = Attendance("web", desk, room.amend, lambda actor, *_: actor)
    question = "The toll is two shillings a cart?"
    await attendance.hear(event(room), "m1", question, lambda actor: desk.ask(actor, question))
    [message] = room.messages
    write(shelf, {"toll.txt": "The toll is nine shillings a cart."})
    index(home, shelf, force=True)
    shelved.refresh()
    await desk._amending.walk()
    assert room.messages == {message: room.messages[message]}
    assert strings.CHANGED_SINCE in room.messages[message]
    await desk.close()
