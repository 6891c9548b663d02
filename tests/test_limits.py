"""A sliding window for each key."""

from dataclasses import replace
from pathlib import Path

import pytest

from summitqa_bot import strings
from summitqa_bot.service import limits
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.limits import Limiter, Quota, RateLimits, Refusal
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.wording.talk import Address
from tests.fakes import FakeEncoder, index, library, write


def test_a_window_slides_and_tells_the_seconds_left():
    now = [100.0]
    limiter = Limiter(Rate(2, 10), lambda: now[0])
    assert [limiter.wait("a"), limiter.wait("a")] == [0, 0]
    assert limiter.wait("a") == 10
    assert limiter.wait("b") == 0
    now[0] += 9.2
    assert limiter.wait("a") == 1
    now[0] += 0.9
    assert limiter.wait("a") == 0


def test_whoever_has_to_wait_is_told_when_the_oldest_question_is_forgotten():
    now = [100.0]
    limiter = Limiter(Rate(2, 10), lambda: now[0])
    for _ in range(2):
        assert limiter.wait("a") == 0
        now[0] += 4
    assert limiter.wait("a") == 2
    now[0] += 0.95
    assert limiter.wait("a") == 2
    now[0] = 110.0
    assert limiter.wait("a") == 0
    assert limiter.wait("a") == 4


def test_whoever_asked_longest_ago_is_forgotten_where_too_many_ask(monkeypatch):
    monkeypatch.setattr(limits, "_REMEMBERED", 2)
    limiter = Limiter(Rate(1, 10), lambda: 100.0)
    assert [limiter.wait(key) for key in ("a", "b", "a", "c", "a", "b")] == [0, 0, 10, 0, 10, 0]


def test_a_person_and_a_channel_have_a_limit_each_and_a_message_to_us_alone_the_first():
    here = Actor("slack", "U1", channel="C1")
    limited = RateLimits(Settings(user_limit=Rate(2, 60), channel_limit=Rate(3, 60)))
    others = (replace(here, user=user) for user in ("U2", "U3"))
    assert [limited.refusal(one) for one in (here, here, next(others))] == [None] * 3
    assert limited.refusal(here) == Refusal(strings.TOO_FAST.format(seconds=60), 60)
    assert limited.refusal(next(others)) == Refusal(strings.TOO_FAST_CHANNEL.format(seconds=60), 60)
    assert limited.refusal(replace(here, user="U4", channel=None)) is None
    assert limited.refusal(replace(here, user="U5", platform="discord")) is None


def test_a_channel_that_two_communities_share_is_counted_for_each():
    here = Actor("slack", "U1", "T1", "C1")
    limited = RateLimits(Settings(channel_limit=Rate(1, 60)))
    assert limited.refusal(here) is None
    assert limited.refusal(replace(here, user="U2", workspace="T2")) is None
    refused = limited.refusal(replace(here, user="U3"))
    assert refused == Refusal(strings.TOO_FAST_CHANNEL.format(seconds=60), 60)


def test_a_day_begins_with_its_first_question_and_ends_whole():
    now = [100.0]
    quota = Quota(2, lambda: now[0])
    assert [quota.wait(key) for key in ("a", "a", "a", "b")] == [0, 0, 24, 0]
    now[0] += 22.5 * 3600
    assert quota.wait("a") == 2
    now[0] += 1.5 * 3600 - 1
    assert quota.wait("a") == 1
    now[0] += 1
    assert [quota.wait("a") for _ in range(3)] == [0, 0, 24]


def test_whose_day_began_longest_ago_is_forgotten_where_too_many_ask(monkeypatch):
    monkeypatch.setattr(limits, "_REMEMBERED", 2)
    quota = Quota(1, lambda: 100.0)
    assert [quota.wait(key) for key in ("a", "b", "c", "b", "a")] == [0, 0, 0, 24, 0]


def test_a_community_has_so_many_questions_a_day_whoever_asks_and_presses_are_none():
    here = Actor("slack", "U1", "T1", "C1")
    limited = RateLimits(Settings(shelf_questions=2))
    people = [replace(here, user=f"U{number}", channel=f"C{number}") for number in range(5)]
    assert [limited.refusal(one, asks=False) for one in people] == [None] * 5
    assert [limited.refusal(one) for one in people[:2]] == [None] * 2
    told = strings.TOO_MANY_TODAY.format(hours="24 hours")
    assert limited.refusal(people[2]) == Refusal(told, 24 * 3600)
    assert limited.refusal(people[2], asks=False) is None
    assert limited.refusal(replace(here, workspace="T2")) is None


def test_who_is_refused_for_other_reasons_takes_nothing_of_the_communitys_day():
    here = Actor("slack", "U1", "T1")
    limited = RateLimits(Settings(user_limit=Rate(1, 60), shelf_questions=2))
    assert limited.refusal(here) is None
    assert limited.refusal(here) == Refusal(strings.TOO_FAST.format(seconds=60), 60)
    assert limited.refusal(replace(here, user="U2")) is None


@pytest.fixture
async def desk(tmp_path: Path):
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    settings = Settings(home=home, shelf_questions=2)
    made = Desk(settings, library(home), State(home), FakeEncoder())
    yield made
    await made.close()


async def test_a_communitys_day_of_questions_ends_in_a_sentence_however_they_are_asked(desk):
    asker = Actor("slack", "U1", "T1", "C1")
    question, told = "Of what is the bridge?", strings.TOO_MANY_TODAY.format(hours="24 hours")
    answer = await desk.ask(asker, question)
    assert answer.ref
    assert (await desk.find(replace(asker, user="U2"), question)).cards
    for number, ask in enumerate((
        lambda who: desk.ask(who, question),
        lambda who: desk.find(who, question),
        lambda who: desk.hear(who, question, Address.MENTION),
    )):  # fmt: skip
        assert (await ask(replace(asker, user=f"U3{number}", channel=f"C{number}"))).text == told
    assert (await desk.press(asker, f"context:{answer.ref}")).cards
    assert (await desk.ask(replace(asker, workspace="T2"), question)).ref
    assert (await desk.ask(replace(asker, workspace=None), question)).ref


async def test_what_was_put_to_nobody_is_passed_over_and_costs_nothing_of_the_day(desk):
    asker = Actor("slack", "U1", "T1", "C1", "C1:1")
    for _ in range(4):
        assert await desk.hear(asker, "See you at dinner, then.", Address.THREAD) is None
    assert (await desk.ask(asker, "Of what is the bridge?")).ref
