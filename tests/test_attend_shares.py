# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""What a button shows: to whoever pressed it, and to all only where an answer is shared."""

from dataclasses import replace

import pytest
from web_world import (  # noqa: F401
    SHARED,
    FakeVenue,
    attendance,
    broken,
    desk,
    event,
    room,
    saying,
)

from summitqa_bot import strings
from summitqa_bot.attend import Attendance
from summitqa_bot.state.events import TakenOver
from summitqa_bot.wording.reply import Reply


async def test_of_presses_only_a_shared_answer_is_shown_to_others(room, desk):
    seen: list[Reply] = []

    class Watched(FakeVenue):
        async def show(self, reply: Reply, instead: str | None = None) -> str | None:
            seen.append(reply)
            return await super().show(reply, instead)

    attendance = Attendance("web", desk, room.amend, lambda actor, *_: actor)
    for name, component in (("e1", "more:r1"), ("e2", "share:r1")):
        pressed = replace(event(room, name), venue=Watched(room))
        await attendance.press(pressed, component, saying(SHARED))
    assert [reply.private for reply in seen] == [True, False]
    assert room.told == [strings.SHARED]
    assert not desk.unposted


@pytest.mark.parametrize("how", ["barred", "broken"])
async def test_what_could_not_be_shared_may_be_shared_again(attendance, room, desk, how):
    venue = FakeVenue(room, barred=True)
    if how == "broken":
        venue.show = broken
    await attendance.press(replace(event(room), venue=venue), "share:r1", saying(SHARED))
    assert desk.unposted == [SHARED]
    assert not desk.places
    assert strings.SHARED not in room.told


async def test_a_share_that_another_replica_goes_on_with_is_not_taken_back(
    attendance, room, desk, monkeypatch
):
    async def taken_over(event):
        raise TakenOver(event)

    monkeypatch.setattr(desk.claims, "sure", taken_over)
    await attendance.press(event(room), "share:r1", saying(SHARED))
    assert not (desk.unposted or room.messages or room.told)


@pytest.mark.parametrize("whispered", [False, True])
async def test_a_refused_share_is_the_pressers_alone_and_takes_nothing_back(
    attendance, room, desk, whispered
):
    refused = Reply("It is public already.", private=True)
    # A venue that whispers has no message's id to give.
    pressed = event(room, barred=whispered)
    await attendance.press(pressed, "share:r1", saying(refused))
    assert not desk.unposted
    assert not room.told
