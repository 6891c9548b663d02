"""A share: posted once, and to be posted again where whoever was at it is gone."""

from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from summitqa_bot.state import State, events
from summitqa_bot.state.schema import SEEN
from tests.test_state import ASKED

PRESS, PRESSED_AGAIN = "slack:press1", "slack:press2"


@pytest.fixture
def two(tmp_path, database_url):
    """Two processes on one database, which has an answer that was given in private."""
    with ExitStack() as stack:
        made = [stack.enter_context(closing(State(tmp_path, database_url))) for _ in range(2)]
        made[0].save_answer(replace(ASKED, private=True))
        for one, press in zip(made, (PRESS, PRESSED_AGAIN), strict=True):
            one.events.claim(press, {"press": press})
        yield made


def test_of_presses_at_the_same_moment_one_shares(two):
    ours, other = two
    assert ours.publish("r1", PRESS)
    assert not other.publish("r1", PRESSED_AGAIN)
    assert not ours.publish("r1", PRESSED_AGAIN)
    assert not ours.answer("r1").private


def test_what_was_posted_is_shared_for_good(two):
    ours, other = two
    ours.publish("r1", PRESS)
    ours.posted("r1", "C1/1.2", None, PRESS)
    assert not other.publish("r1", PRESSED_AGAIN)
    assert not other.publish("r1", PRESS)


def test_whoever_goes_on_with_a_press_shares_what_was_to_be(two):
    dead, ours = two
    dead.publish("r1", PRESS)
    assert ours.publish("r1", PRESS)


def test_what_nobody_is_at_any_more_may_be_shared_by_another_press(two):
    dead, ours = two
    dead.publish("r1", PRESS)
    assert not ours.publish("r1", PRESSED_AGAIN)
    long_ago = events._now() - timedelta(seconds=events.OLDEST_SECONDS + 1)
    with ours._engine.begin() as connection:
        connection.execute(update(SEEN).where(SEEN.c.event == PRESS).values(at=long_ago))
    assert ours.publish("r1", PRESSED_AGAIN)
    assert not dead.publish("r1", "slack:press3")


def test_what_could_not_be_posted_is_its_askers_alone_again(two):
    ours, other = two
    ours.publish("r1", PRESS)
    ours.publish("r1", public=False)
    assert ours.answer("r1").private
    assert other.publish("r1", PRESSED_AGAIN)
