"""The state: what must outlive a restart does, and what is too old goes."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert

from summitqa.errors import SettingsError
from summitqa_bot.asked import Asked
from summitqa_bot.state import State, events
from summitqa_bot.state import records as module
from summitqa_bot.state.communities import Rules
from summitqa_bot.state.schema import RULES

ASKED = Asked(
    ref="r1",
    asker="somebody",
    platform="slack",
    channel="C1",
    thread="C1:1.0",
    question="What happened then?",
    articles=(),
    context=["Who came?"],
    version="v1",
    found=True,
    private=False,
    cited=[["alaska", 5, 10, 20, "a quote", "[1] Alaska, ¶5", None, "Before ", " after."]],
    note="“What happened then?”",
    caution="It may not answer this",
    excerpts=[["Who came?", "and after."]],
    more=False,
)


@pytest.fixture
def state(tmp_path: Path, database_url: str):
    made = State(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def reopened(state: State, tmp_path: Path, database_url: str):
    """What closes the state and opens it again."""
    opened = []

    def again() -> State:
        state.close()
        opened.append(State(tmp_path, database_url))
        return opened[-1]

    yield again
    for one in opened:
        one.close()


def test_an_answer_is_found_again_after_a_restart_as_it_was(state, reopened):
    state.save_answer(ASKED)
    state.posted("r1", "C1/1.2", None)
    again = reopened()
    assert again.answer("r1") == replace(ASKED, message="C1/1.2")
    assert again.thread_of("slack", "C1/1.2") == "C1:1.0"
    assert again.answer("r2") is None


def test_a_conversation_is_its_last_answers_oldest_first(state):
    for number in range(5):
        state.save_answer(replace(ASKED, ref=f"r{number}"))
    state.save_answer(replace(ASKED, ref="elsewhere", thread="C1:9.9"))
    assert [asked.ref for asked in state.conversation("slack", "C1:1.0", 3)] == ["r2", "r3", "r4"]
    assert state.conversation("discord", "C1:1.0", 3) == []


def test_a_hash_is_the_same_after_a_restart_and_another_in_another_place(state, reopened, tmp_path):
    first = state.hashed("U1")
    assert reopened().hashed("U1") == first
    assert State(tmp_path / "other").hashed("U1") != first


def test_each_person_has_one_thumb_for_an_answer(state):
    state.save_answer(ASKED)
    state.rate("r1", "U1", good=True)
    state.rate("r1", "U1", good=False, reason="wrong day")
    state.rate("r1", "U2", good=True)
    assert state.ratings() == (1, 1, [(ASKED.question, "wrong day")])


def test_a_channels_article_is_set_and_cleared(state):
    known = state.communities
    known.rule("slack-t1", "C1", articles=["alaska"])
    known.rule("slack-t1", "C1", articles=["budget", "alaska"])
    assert known.rules("slack-t1", "C1").articles == ("budget", "alaska")
    assert known.rules("discord-1", "C1").articles == ()
    known.rule("slack-t1", "C1", articles=[])
    assert known.rules("slack-t1", "C1").articles == ()


def test_the_one_article_that_a_channel_had_before_it_could_have_several_is_still_its(state):
    known, old = state.communities, {"article": "alaska", "answers": False, "unasked": True}
    with state._engine.begin() as connection:
        connection.execute(insert(RULES).values(community="slack-t1", channel="C1", rules=old))
    assert known.rules("slack-t1", "C1") == Rules(articles=("alaska",), answers=False, unasked=True)
    assert known.rule("slack-t1", "C1", answers=True).articles == ("alaska",)
    assert known.rule("slack-t1", "C1", articles=[]).articles == ()
    assert known.rules("slack-t1", "C1") == Rules(unasked=True)


def test_an_answer_knows_the_articles_it_was_looked_for_in(state):
    for articles in ((), ("budget",), ("budget", "alaska")):
        ref = f"r{len(articles)}"
        state.save_answer(replace(ASKED, ref=ref, articles=articles))
        assert state.answer(ref).articles == articles


def test_what_is_older_than_the_retention_is_forgotten(state, monkeypatch):
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=91)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_now", lambda: long_ago)
        patch.setattr(events, "_now", lambda: long_ago)
        state.save_answer(replace(ASKED, ref="old"))
        state.rate("old", "U1", good=False, reason="old")
        state.audit("slack:U1", "reindex", "done")
        assert state.events.claim("E-old")
        state.events.done(["E-old"])
    state.save_answer(ASKED)
    state.audit("slack:U1", "status", "done")
    state.forget(90)
    assert state.answer("old") is None
    assert state.answer("r1") is not None
    assert state.ratings() == (0, 0, [])
    assert state.audit_log() == [("slack:U1", "status", "done")]
    assert state.events.claim("E-old")


def test_an_event_just_seen_is_not_forgotten(state):
    assert state.events.claim("E1")
    state.events.done(["E1"])
    state.forget(1)
    assert not state.events.claim("E1")


def test_texts_of_any_length_and_kind_are_stored(state):
    slug = "a-title-of-fifty-five-characters-which-is-a-long-slug-x"
    state.audit("discord:200000000000000001", f"channel {slug} in 1{'0' * 18}", "done")
    state.communities.rule("discord-1", "1" * 300, articles=[slug * 9])
    odd = replace(ASKED, question="a\0b \ud800 \U0001f600", thread="t" * 500, articles=[slug * 9])
    state.save_answer(replace(odd, context=["a\0b \ud800"], message="m" * 500))
    assert state.events.claim("E" * 500)
    state.events.done(["E" * 500])
    state.rate("r1", "U1", good=False, reason="\0\udfff")
    assert state.audit_log(1)[0][1].startswith(f"channel {slug}")
    assert state.communities.rules("discord-1", "1" * 300).articles == (slug * 9,)
    assert state.conversation("slack", "t" * 500, 1)[0].question == "a?b ? \U0001f600"
    assert not state.events.claim("E" * 500)


def test_two_writers_of_one_row_do_not_collide(state):
    def write(number: int) -> None:
        state.rate("r1", "U1", good=bool(number % 2))
        state.communities.rule("slack-t1", "C1", articles=[f"article-{number}"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    assert sum(state.ratings()[:2]) == 1
    assert state.communities.rules("slack-t1", "C1").articles[0].startswith("article-")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "postgresql+nodriver://u:hunter2secret@h/d",
        "mysql://u:hunter2secret@h/d",
        "postgresql://u:hunter2secret@h:5432x/d",
    ],
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(tmp_path, url):
    with pytest.raises(SettingsError, match="SUMMITQA_DATABASE_URL") as caught:
        State(tmp_path, url)
    assert "hunter2secret" not in str(caught.value)


def test_postgresql_is_known_by_its_short_name_and_outlives_a_lost_connection(
    tmp_path, postgres_databases
):
    url = postgres_databases().replace("postgresql:", "postgres:", 1)
    state = State(tmp_path, url)
    state.save_answer(ASKED)
    engine = create_engine(url.replace("postgres:", "postgresql+psycopg:", 1))
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND position('answers' in query) > 0"
        )
    engine.dispose()
    assert state.answer("r1") == ASKED
    state.close()


def test_a_postgresql_without_its_driver_is_told_of_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"pip install -e '.\[postgres\]'"):
        State(tmp_path, "postgresql://u:p@h/d")


def test_a_file_elsewhere_will_do(tmp_path):
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    State(tmp_path, url).save_answer(ASKED)
    assert State(tmp_path, url).answer("r1") is not None
    assert not (tmp_path / "state.db").exists()
