"""The state: what must outlive a restart does, and what is too old goes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.state import Asked, State
from bot.state import records as module
from summitqa.errors import SettingsError

ASKED = Asked(
    ref="r1",
    asker="somebody",
    platform="slack",
    channel="C1",
    thread="C1:1.0",
    question="What happened then?",
    article=None,
    context=["Who came?"],
    version="v1",
    found=True,
    private=False,
    cited=[["alaska", 5, 10, 20, "a quote", "[1] Alaska, ¶5", None]],
)


@pytest.fixture
def state(tmp_path: Path):
    made = State(tmp_path)
    yield made
    made.close()


def reopened(state: State, home: Path) -> State:
    state.close()
    return State(home)


def test_an_answer_is_found_again_after_a_restart_as_it_was(state, tmp_path):
    state.save_answer(ASKED)
    state.posted("r1", "C1/1.2", None)
    again = reopened(state, tmp_path)
    assert again.answer("r1") == replace(ASKED, message="C1/1.2")
    assert again.thread_of("slack", "C1/1.2") == "C1:1.0"
    assert again.answer("r2") is None


def test_a_conversation_is_its_last_answers_oldest_first(state):
    for number in range(5):
        state.save_answer(replace(ASKED, ref=f"r{number}"))
    state.save_answer(replace(ASKED, ref="elsewhere", thread="C1:9.9"))
    assert [asked.ref for asked in state.conversation("slack", "C1:1.0", 3)] == ["r2", "r3", "r4"]
    assert state.conversation("discord", "C1:1.0", 3) == []


def test_a_hash_is_the_same_after_a_restart_and_another_in_another_place(state, tmp_path):
    first = state.hashed("U1")
    assert reopened(state, tmp_path).hashed("U1") == first
    assert State(tmp_path / "other").hashed("U1") != first


def test_each_person_has_one_thumb_for_an_answer(state):
    state.save_answer(ASKED)
    state.rate("r1", "U1", good=True)
    state.rate("r1", "U1", good=False, reason="wrong day")
    state.rate("r1", "U2", good=True)
    assert state.ratings() == (1, 1, [(ASKED.question, "wrong day")])


def test_a_channels_article_is_set_and_cleared(state):
    state.set_channel("slack", "C1", "alaska")
    state.set_channel("slack", "C1", "budget")
    assert state.channel_article("slack", "C1") == "budget"
    assert state.channel_article("discord", "C1") is None
    state.set_channel("slack", "C1", None)
    assert state.channel_article("slack", "C1") is None


def test_what_is_older_than_the_retention_is_forgotten(state, monkeypatch):
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=91)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_now", lambda: long_ago)
        state.save_answer(replace(ASKED, ref="old"))
        state.rate("old", "U1", good=False, reason="old")
        state.audit("slack:U1", "reindex", "done")
        assert state.first_time("E-old")
    state.save_answer(ASKED)
    state.audit("slack:U1", "status", "done")
    state.forget(90)
    assert state.answer("old") is None
    assert state.answer("r1") is not None
    assert state.ratings() == (0, 0, [])
    assert state.audit_log() == [("slack:U1", "status", "done")]
    assert state.first_time("E-old")


def test_an_event_just_seen_is_not_forgotten(state):
    assert state.first_time("E1")
    state.forget(1)
    assert not state.first_time("E1")


@pytest.mark.parametrize("url", ["nonsense", "postgresql+nodriver://u:hunter2secret@h/d"])
def test_a_database_that_cannot_be_opened_is_named_without_its_password(tmp_path, url):
    with pytest.raises(SettingsError, match="SUMMITQA_DATABASE_URL") as caught:
        State(tmp_path, url)
    assert "hunter2secret" not in str(caught.value)


def test_any_sqlalchemy_url_will_do(tmp_path):
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    State(tmp_path, url).save_answer(ASKED)
    assert State(tmp_path, url).answer("r1") is not None
    assert not (tmp_path / "state.db").exists()
