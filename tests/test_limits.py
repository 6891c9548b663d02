"""A sliding window for each key."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError

from summitqa_bot import strings
from summitqa_bot.service import limits
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.limits import Limiter, Limiting, Quota, RateLimits, Refusal, SharedLimits
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.state import limits as counted
from summitqa_bot.state.limits import Limits, Window
from summitqa_bot.wording.talk import Address
from tests.fakes import FakeEncoder, index, library, write

Make = Callable[[Settings], RateLimits | SharedLimits]


@pytest.fixture
def url(postgres_databases: Callable[[], str], tmp_path: Path) -> str:
    """An installation's database that replicas share."""
    url = postgres_databases()
    State(tmp_path, url).close()
    return url


@pytest.fixture(params=["one machine", "replicas"])
def limits_of(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Make the limits of some settings, as one machine has them, or all replicas together."""
    if request.param == "one machine":
        return RateLimits
    state = State(tmp_path, request.getfixturevalue("url"))
    request.addfinalizer(state.close)
    return lambda settings: SharedLimits(settings, state.limits, state.hashed)


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


def test_a_person_and_a_channel_have_a_limit_each_and_a_message_to_us_alone_the_first(limits_of):
    here = Actor("slack", "U1", channel="C1")
    limited = limits_of(Settings(user_limit=Rate(2, 60), channel_limit=Rate(3, 60)))
    others = (replace(here, user=user) for user in ("U2", "U3"))
    assert [limited.refusal(one) for one in (here, here, next(others))] == [None] * 3
    assert limited.refusal(here) == Refusal(strings.TOO_FAST.format(seconds=60), 60)
    assert limited.refusal(next(others)) == Refusal(strings.TOO_FAST_CHANNEL.format(seconds=60), 60)
    assert limited.refusal(replace(here, user="U4", channel=None)) is None
    assert limited.refusal(replace(here, user="U5", platform="discord")) is None


def test_a_channel_that_two_communities_share_is_counted_for_each(limits_of):
    here = Actor("slack", "U1", "T1", "C1")
    limited = limits_of(Settings(channel_limit=Rate(1, 60)))
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


def test_a_community_has_so_many_questions_a_day_whoever_asks_and_presses_are_none(limits_of):
    here = Actor("slack", "U1", "T1", "C1")
    limited = limits_of(Settings(shelf_questions=2))
    people = [replace(here, user=f"U{number}", channel=f"C{number}") for number in range(5)]
    assert [limited.refusal(one, asks=False) for one in people] == [None] * 5
    assert [limited.refusal(one) for one in people[:2]] == [None] * 2
    told = strings.TOO_MANY_TODAY.format(hours="24 hours")
    assert limited.refusal(people[2]) == Refusal(told, 24 * 3600)
    assert limited.refusal(people[2], asks=False) is None
    assert limited.refusal(replace(here, workspace="T2")) is None


def test_who_is_refused_for_other_reasons_takes_nothing_of_the_communitys_day(limits_of):
    here = Actor("slack", "U1", "T1")
    limited = limits_of(Settings(user_limit=Rate(1, 60), shelf_questions=2))
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


@pytest.fixture
def engine(url: str):
    made = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    yield made
    made.dispose()


def test_the_windows_of_all_replicas_slide_as_that_of_one(engine):
    now = [100.0]
    replicas = [Limits(engine, lambda: now[0]) for _ in range(2)]
    here = Limiter(Rate(3, 10), lambda: now[0])
    for number in range(60):
        now[0] += (number * 7 % 5) * 0.9
        wait = here.wait("a")
        (left,) = replicas[number % 2].wait([Window("a", 3, 10)])
        assert (wait, number) == (left and limits._seconds(left), number)


def test_a_day_of_all_replicas_ends_as_that_of_one(engine):
    now = [100.0]
    replicas = [Limits(engine, lambda: now[0]) for _ in range(2)]
    here = Quota(5, lambda: now[0])
    for number in range(60):
        now[0] += (number % 7) * 3600
        wait = here.wait("a")
        (left,) = replicas[number % 2].wait([Window("a", 5, 24 * 3600, slides=False)])
        assert (wait, number) == (left and limits._hours(left), number)


def test_of_several_each_is_counted_until_one_has_to_wait(engine):
    shared = Limits(engine, lambda: 100.0)
    person, channel, day = Window("p", 2, 60), Window("c", 1, 60), Window("d", 9, 60, slides=False)
    assert shared.wait([person, channel, day]) == [0, 0, 0]
    assert shared.wait([person, channel, day]) == [0, 60]
    assert shared.wait([person, channel, day]) == [60]
    assert shared.wait([day]) == [0]


def test_a_question_costs_one_statement_and_those_asked_at_once_are_all_counted(engine):
    shared, statements, waits = Limits(engine), [], []
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    windows = [Window("p", 10, 60), Window("c", 9, 60), Window("d", 99, 60, slides=False)]
    shared.wait(windows)
    assert len(statements) == 1
    threads = [
        threading.Thread(target=lambda: waits.append(shared.wait(windows))) for _ in range(12)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(map(len, waits)) == [1] * 3 + [2] + [3] * 8


def test_what_no_window_looks_at_any_more_is_deleted(engine):
    shared = Limits(engine)
    Limits(engine, lambda: 100.0).wait([Window("long ago", 1, 60)])
    shared.wait([Window("now", 1, 60)])
    shared.forget()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT key FROM limits").scalars().all() == ["now"]


def test_one_process_by_itself_has_none_to_delete(tmp_path):
    state = State(tmp_path)
    state.limits.forget()
    state.close()


def test_no_name_of_anybody_is_kept(url, engine, tmp_path):
    state = State(tmp_path, url)
    shared = SharedLimits(Settings(), state.limits, state.hashed)
    assert shared.refusal(Actor("slack", "U1", "T1", "C1")) is None
    state.close()
    with engine.connect() as connection:
        keys = connection.exec_driver_sql("SELECT key FROM limits").scalars().all()
    assert len(keys) == 3
    assert not any(name in key for key in keys for name in ("U1", "T1", "t1", "C1", "slack"))


@pytest.mark.parametrize("trouble", ["slow", "away", "known to be away"])
async def test_where_the_database_cannot_be_asked_each_replica_counts_alone(
    url, tmp_path, monkeypatch, trouble
):
    state, released, asked = State(tmp_path, url), threading.Event(), []

    def wait(*_: object) -> list[float]:
        asked.append(1)
        if trouble == "slow":
            released.wait(20)
        raise OperationalError("", {}, Exception("away"))

    if trouble == "known to be away":
        monkeypatch.setattr(counted, "is_out", lambda _: True)
    else:
        monkeypatch.setattr(state.limits, "wait", wait)
    monkeypatch.setattr(limits, "SHARED_SECONDS", 0.05)
    limiting = Limiting(Settings(user_limit=Rate(1, 60)), state, asyncio.to_thread)
    here = Actor("slack", "U1")
    assert await limiting.refusal(here) is None
    refused = await limiting.refusal(here)
    assert refused == Refusal(strings.TOO_FAST.format(seconds=60), 60)
    released.set()
    state.close()
