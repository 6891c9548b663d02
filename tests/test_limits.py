"""A sliding window for each key."""

from summitqa_bot.limits import Limiter
from summitqa_bot.settings import Rate


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
