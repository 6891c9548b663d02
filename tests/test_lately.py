"""What holds in a channel is asked of every post there, and read but now and then."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from summitqa_bot.state import State
from summitqa_bot.state import communities as module

ONE = ("slack-t1", "C1")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path)
    yield made
    made.close()


@pytest.fixture
def reads(state: State) -> list[str]:
    """What the database is asked."""
    asked: list[str] = []
    event.listen(state._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    return asked


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_thousand_posts_are_one_reading(state, reads, clock):
    for _ in range(1000):
        assert not state.communities.lately(*ONE).unasked
    assert len(reads) == 1


def test_a_change_counts_at_once_in_its_process_and_within_a_minute_in_others(
    state, clock, tmp_path
):
    other = State(tmp_path)
    for one in (state, other):
        one.communities.lately(*ONE)
    state.communities.rule(*ONE, unasked=True)
    assert state.communities.lately(*ONE).unasked
    clock[0] += module.FRESH
    assert other.communities.lately(*ONE).unasked
    state.communities.erase("slack-t1")
    assert not state.communities.lately(*ONE).unasked
    other.close()


def test_what_was_read_before_a_change_is_not_remembered_after_it(state, monkeypatch):
    read = state.communities.rules

    def slowly(community: str, channel: str) -> module.Rules:
        before = read(community, channel)
        monkeypatch.setattr(state.communities, "rules", read)
        state.communities.rule(community, channel, unasked=True)
        return before

    monkeypatch.setattr(state.communities, "rules", slowly)
    state.communities.lately(*ONE)
    assert state.communities.lately(*ONE).unasked


def test_no_more_channels_are_remembered_than_there_is_room_for(state, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 10)
    for number in range(100):
        state.communities.lately("slack-t1", f"C{number}")
    assert len(state.communities._read) <= 10
