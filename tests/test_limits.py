"""A sliding window for each key."""

from dataclasses import replace

from summitqa_bot import limits, strings
from summitqa_bot.limits import Limiter, RateLimits
from summitqa_bot.permissions import Actor
from summitqa_bot.settings import Rate, Settings


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
    assert limited.refusal(here) == strings.TOO_FAST.format(seconds=60)
    assert limited.refusal(next(others)) == strings.TOO_FAST_CHANNEL.format(seconds=60)
    assert limited.refusal(replace(here, user="U4", channel=None)) is None
    assert limited.refusal(replace(here, user="U5", platform="discord")) is None
