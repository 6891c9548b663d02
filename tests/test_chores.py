"""What the desk does beside answering: it keeps, watches and forgets, and lets go at a stop."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from summitqa.errors import CalledOffError, SourceError
from summitqa_bot import strings
from summitqa_bot.service import reindexer
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from tests.fakes import FakeEncoder, index, library, write

ASKER = Actor("slack", "U1", "T1", "C1", "C1:1.0", workspaces=frozenset({"T1"}))
ADMIN = replace(ASKER, user="U9", manages=True)
QUESTION = "How much is the toll for a cart?"
TOLL = "The toll is two shillings a cart."
DAY = 24 * 3600
Events = list[object]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return write(tmp_path / "shelf", {"toll.txt": TOLL})


@pytest.fixture
def make(tmp_path: Path, shelf: Path) -> Callable[..., Desk]:
    """Make a desk in front of the shelf; the settings given are its own."""
    home = tmp_path / "home"
    index(home, shelf)

    def made(**given: object) -> Desk:
        return Desk(Settings(home=home, **given), library(home), State(home), FakeEncoder())

    return made


@pytest.fixture
async def desk(make):
    made = make()
    yield made
    await made.close()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Events:
    """What happens, and how long was to be slept between; no time passes."""
    events: Events = []
    sleep = asyncio.sleep

    async def at_once(seconds: float) -> None:
        events.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    monkeypatch.setattr(asyncio, "to_thread", lambda do: at_once(0))
    return events


async def until(events: Events, wanted: set[object], count: int) -> Events:
    """Wait for so many of some events; give them, in order."""
    async with asyncio.timeout(20):
        while len(found := [one for one in events if one in wanted]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0)
    return found[:count]


async def test_the_sources_are_read_again_after_each_period_and_not_at_the_start(make, slept):
    period = 6 * 3600
    desk = make(refresh_seconds=period)

    async def run(_: str, who: str) -> SimpleNamespace:
        slept.append(who)
        if slept.count(who) == 1:
            raise SourceError("the shelf is away")
        return SimpleNamespace(switched=True, index_version="v2")

    desk._reindexer.run = run
    await desk.start()
    seen = await until(slept, {period, "the schedule"}, 6)
    assert seen == [period, "the schedule"] * 3
    await desk.close()


@pytest.mark.parametrize(
    ("switched", "said"),
    [
        (True, "the scheduled refresh switched to v2"),
        (False, "the scheduled refresh found nothing changed in v2"),
        (None, "the scheduled refresh came to nothing: failed: the shelf is away"),
    ],
)
async def test_the_log_says_what_came_of_reading_them_again(make, slept, caplog, switched, said):
    caplog.set_level("INFO")
    desk = make(refresh_seconds=60)

    async def run(*_: str) -> SimpleNamespace:
        if switched is None:
            raise SourceError("the shelf is away")
        return SimpleNamespace(switched=switched, index_version="v2")

    desk._reindexer.run = run
    await desk.start()
    await until(slept, {60}, 2)
    assert said in caplog.text
    await desk.close()


async def test_nothing_is_read_again_where_no_period_is_set(make, slept):
    desk = make()
    desk._reindexer.run = lambda _, who: slept.append(who)
    await desk.start()
    await until(slept, {0}, 50)
    assert all(isinstance(one, float | int) for one in slept)
    await desk.close()


async def test_what_is_past_its_days_is_forgotten_at_the_start_and_once_a_day(
    make, slept, monkeypatch
):
    desk = make(retention_days=30)
    monkeypatch.setattr(desk._state, "forget", lambda days: slept.append(f"{days} days"))
    await desk.start()
    assert await until(slept, {DAY, "30 days"}, 4) == ["30 days", DAY, "30 days", DAY]
    await desk.close()


async def test_what_fails_now_is_logged_and_tried_again(make, slept, monkeypatch, caplog):
    desk = make(retention_days=30)

    def broken(days: int) -> None:
        slept.append("forgot")
        raise OSError("the disk is away")

    monkeypatch.setattr(desk._state, "forget", broken)
    await desk.start()
    await until(slept, {"forgot"}, 2)
    assert "the disk is away" in caplog.text
    await desk.close()


async def test_a_new_version_is_answered_from_within_a_second_or_two(desk, shelf, tmp_path):
    await desk.start()
    write(shelf, {"toll.txt": TOLL.replace("two", "nine")})
    built = index(tmp_path / "home", shelf, force=True)
    async with asyncio.timeout(20):
        while desk._library.store.version != built.index_version:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_at_most_25_titles_are_offered_to_choose_from(tmp_path):
    texts = {f"room-{number}.txt": f"Room {number} is cold." for number in range(30)}
    home = tmp_path / "many"
    index(home, write(tmp_path / "rooms", texts))
    desk = Desk(Settings(home=home), library(home), State(home), FakeEncoder())
    assert len(await desk.titles(ASKER, "room")) == 25
    assert len(await desk.titles(ASKER, "room-29")) == 1
    await desk.close()


async def test_one_answer_makes_a_conversation_that_is_known_by_its_messages(desk):
    ours, others = ASKER.community, "slack-t2"
    assert not await desk.takes_part("slack", "C1:1.0", ours)
    reply = await desk.ask(ASKER, QUESTION)
    assert await desk.takes_part("slack", "C1:1.0", ours)
    assert await desk.conversation("slack", "m1", ours) is None
    await desk.posted(Reply("A sentence that is no answer"), ASKER, "m0")
    await desk.posted(reply, ASKER, "m1")
    assert await desk.conversation("slack", "m1", ours) == "C1:1.0"
    assert await desk.conversation("slack", "m0", ours) is None
    # Of a channel that two communities share, each knows what it was answered itself.
    assert not await desk.takes_part("slack", "C1:1.0", others)
    assert await desk.conversation("slack", "m1", others) is None


async def test_of_what_is_no_answer_nothing_is_taken_back(desk):
    await desk.not_posted(Reply("A sentence that is no answer"))


async def test_a_reindex_that_runs_is_called_off_by_its_button(desk, monkeypatch):
    begun = threading.Event()

    def build(job: reindexer.Job) -> None:
        begun.set()
        assert job.cancelled.wait(20)
        raise CalledOffError

    async def shown(_: Reply) -> None:
        pass

    monkeypatch.setattr(reindexer, "build", build)
    running = asyncio.create_task(desk.reindex(ADMIN, shown))
    await asyncio.to_thread(begun.wait, 20)
    pressed = await desk.press(ADMIN, "cancel:reindex")
    assert pressed.text == strings.REINDEX_CANCELLED
    assert (await running).text == str(CalledOffError())
    assert desk._state.audit_log(2) == [
        ("slack:U9", "reindex", "cancelled"),
        ("slack:U9", "cancel", "done"),
    ]


async def test_a_stop_waits_for_no_question_and_begins_none(make, monkeypatch):
    desk = make(workers=1)
    begun, held, ended, seen = threading.Event(), threading.Event(), threading.Event(), []

    def ask(_: Actor, question: str, *__: object) -> Reply:
        seen.append(question)
        begun.set()
        held.wait(10)
        ended.set()
        return Reply("answered")

    monkeypatch.setattr(desk._answering, "ask", ask)
    asking = [asyncio.create_task(desk.ask(ASKER, name)) for name in ("first", "second")]
    await asyncio.to_thread(begun.wait, 20)
    await desk.close()
    assert not ended.is_set()
    held.set()
    await asyncio.wait(asking)
    assert seen == ["first"]


async def test_what_is_being_noted_is_noted_before_the_database_is_let_go(make, monkeypatch):
    desk = make()
    begun, order = threading.Event(), []

    def note(*_: str) -> None:
        begun.set()
        threading.Event().wait(0.2)
        order.append("noted")

    monkeypatch.setattr(desk._state, "note", note)
    monkeypatch.setattr(desk._state, "close", lambda: order.append("closed"))
    noting = asyncio.create_task(desk.note("team", "T1"))
    await asyncio.to_thread(begun.wait, 20)
    await desk.close()
    assert order == ["noted", "closed"]
    await noting


@pytest.mark.parametrize(("workspace", "where"), [("T1", "T1"), (None, "direct message")])
async def test_the_log_says_where_an_admins_work_was_asked_for(make, caplog, workspace, where):
    caplog.set_level("INFO")
    desk = make(admins=frozenset({"U9"}))
    await desk.status(replace(ADMIN, workspace=workspace))
    assert f"status on slack in {where}: done" in caplog.text
    await desk.close()
