"""What is counted: of every event, by the few values that labels have, and nothing of anybody."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
from counts import Series, of, read
from discord_server import serving
from slack_rig import Rig, command, mention, press, quiet, written
from slack_server import TEAM, SlackServer

from summitqa.errors import CalledOffError, GateError, IndexBusyError, RejectedError, SourceError
from summitqa.settings import HOUSE
from summitqa_bot.discord.connection import traced
from summitqa_bot.metrics import Counting, Metrics
from summitqa_bot.service import reindexer
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.limits import Refusal
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from tests.fakes import FakeEncoder, index, library, write

ASKER = Actor("slack", "U1", "T1", "C1")
ASKED = "The toll is two shillings a cart?"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    home, shelf = tmp_path / "home", tmp_path / "shelf"
    write(shelf, {"toll.txt": "The toll is two shillings a cart.\n\nThe bridge is of stone."})
    index(home, shelf)
    settings = Settings(
        home=home, sources=(str(shelf),), user_limit=Rate(1000, 1), channel_limit=Rate(1000, 1)
    )
    made = Desk(settings, library(home), State(home), FakeEncoder())
    yield made
    await made.close()


def told(desk: Desk) -> Series:
    return read(desk.metrics.text()[0].decode())


async def test_each_question_is_counted_once_by_what_became_of_it(desk, monkeypatch):
    await desk.ask(ASKER, ASKED)
    await desk.ask(ASKER, "Who wrote zebra quartets?")
    await desk.ask(ASKER, ASKED, article="no-such")
    await desk.ask(ASKER, "thanks!")
    await desk.find(ASKER, ASKED)
    assert of(told(desk), "questions_total", platform="slack") == {
        ("strong",): 2,
        ("not_found",): 1,
        ("invalid",): 1,
    }
    monkeypatch.setattr(desk._answering, "_search", None)
    await desk.ask(ASKER, ASKED)

    async def refusal(*_: object, **__: object) -> Refusal:
        return Refusal("Not so fast.")

    monkeypatch.setattr(desk._limits, "refusal", refusal)
    await desk.ask(ASKER, ASKED)
    found = of(told(desk), "questions_total", platform="slack")
    assert (found["error",], found["limited",]) == (1, 1)


async def test_what_is_answered_from_memory_is_counted(desk):
    for _ in range(3):
        await desk.ask(ASKER, ASKED)
    found = told(desk)
    assert of(found, "answers_total") == {(): 3}
    assert of(found, "answers_remembered_total") == {(): 2}


async def test_how_long_each_phase_of_an_event_took_is_noted(rig, slack, desk):
    await rig.send(command(slack, text=ASKED))
    await rig.settle(lambda: of(told(desk), "phase_seconds_count", phase="whole"))
    await rig.send(mention(ASKED))
    await rig.settle(lambda: len(slack.sent("chat.postMessage")) == 2)
    await rig.settle(lambda: of(told(desk), "phase_seconds_count", phase="whole") == {(): 2})
    phases = of(told(desk), "phase_seconds_count")
    # Of a mention Bolt tells Slack itself.
    assert phases == {
        ("ack",): 1, ("waiting",): 2, ("answering",): 2, ("showing",): 2, ("whole",): 2,
    }  # fmt: skip
    assert of(told(desk), "acks_total") == {("slack", "in_time"): 1}


async def test_an_acknowledgement_that_is_late_or_lost_is_counted_as_that():
    metrics, now = Metrics(), asyncio.get_running_loop().time()
    for at, taken in ((now, True), (now - 4, True), (now, False), (now - 4, False)):
        metrics.acked("discord", at, taken=taken)
    found = of(read(metrics.text()[0].decode()), "acks_total", platform="discord")
    assert found == {("in_time",): 1, ("late",): 1, ("lost",): 2}


async def test_what_waits_is_told(desk):
    asking = [asyncio.create_task(desk.ask(ASKER, f"{ASKED} {n}")) for n in range(5)]
    await asyncio.sleep(0)
    assert of(told(desk), "queue_depth") == {(): 5}
    await asyncio.gather(*asking)
    assert not of(told(desk), "queue_depth")


async def test_calls_of_slack_are_counted_by_what_came_of_each_try(rig, slack: SlackServer, desk):
    slack.fail("auth.test", status=503, times=1)
    slack.fail("chat.postMessage", "channel_not_found")
    await rig.send(mention(ASKED))
    await rig.settle(lambda: slack.sent("chat.postMessage!"))
    slack.fail("chat.postMessage", "ratelimited", status=429, headers={"Retry-After": "0"})
    slack.fail("chat.postMessage", status=0)
    await rig.send(mention(ASKED))
    await rig.settle(lambda: slack.sent("chat.postMessage"))
    calls = of(told(desk), "platform_calls_total", platform="slack")
    assert set(calls) == {("ok",), ("refused",), ("limited",), ("failed",), ("broken",)}
    assert sum(calls.values()) <= len(slack.calls) + len(slack.responses)


async def test_calls_of_discord_are_counted_by_their_status():
    metrics = Metrics()
    async with serving() as discord, aiohttp.ClientSession(trace_configs=[traced(metrics)]) as web:
        async with web.get(f"{discord.url}/cdn/no/such") as response:
            assert response.status == 404
        socket = await web.ws_connect(f"{discord.url}/gateway")
        await socket.close()
        url = discord.url
    async with aiohttp.ClientSession(trace_configs=[traced(metrics)]) as web:
        with pytest.raises(aiohttp.ClientError):
            await web.get(url)
    found = of(read(metrics.text()[0].decode()), "platform_calls_total", platform="discord")
    assert found == {("refused",): 1, ("broken",): 1}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "ok"),
        (304, "ok"),
        (404, "refused"),
        (429, "limited"),
        (502, "failed"),
        (999, "failed"),
    ],
)
def test_every_status_is_one_of_a_few_kinds(status, kind):
    metrics = Metrics()
    metrics.called("discord", status)
    found = of(read(metrics.text()[0].decode()), "platform_calls_total")
    assert found == {("discord", kind): 1}


async def test_reindexes_are_counted_and_the_version_and_its_age_told(desk, tmp_path):
    before = told(desk)
    [(version,)] = of(before, "index_info")
    assert version == desk._library.store.version
    write(tmp_path / "shelf", {"toll.txt": "The toll is nine shillings a cart."})
    for _ in range(2):
        await desk._reindexer.run(HOUSE, "a test")
        await desk._watch()
    after = told(desk)
    assert of(after, "reindexes_total", shelf="house") == {("switched",): 1, ("unchanged",): 1}
    [(newer,)] = of(after, "index_info")
    assert newer != version
    read_at = "sources_read_timestamp_seconds"
    assert of(after, read_at)[()] > of(before, read_at)[()]
    built = datetime.fromisoformat(desk._library.store.facts["built_at"]).timestamp()
    assert of(after, "index_built_timestamp_seconds") == {(): built}


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (SourceError("It is no text."), "failed"),
        (CalledOffError(), "called_off"),
        (IndexBusyError(), "busy"),
        (RejectedError("It was gone back from.", "v2"), "kept_aside"),
        (GateError("It would lose answers.", "v2"), "kept_aside"),
        (RuntimeError("the roof came down"), "failed"),
    ],
)
async def test_a_reindex_that_came_to_nothing_is_counted_by_its_reason(
    desk, error, result, monkeypatch
):
    def fall(_: object) -> None:
        raise error

    monkeypatch.setattr(reindexer, "build", fall)
    monkeypatch.setattr(reindexer, "reread", fall)
    for shelf in (HOUSE, "slack-t1"):
        with pytest.raises(type(error)):
            await desk._reindexer.run(shelf, "a test")
    assert of(told(desk), "reindexes_total") == {(result, "house"): 1, (result, "communities"): 1}


def test_warnings_and_errors_of_the_log_are_counted():
    metrics, log = Metrics(), logging.getLogger("summitqa_bot.tests.counted")
    log.propagate = False
    log.addHandler(Counting(metrics))
    for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        log.log(level, "something")
    found = of(read(metrics.text()[0].decode()), "log_records_total")
    assert found == {("warning",): 1, ("error",): 2}


def test_two_processes_worth_of_numbers_stand_beside_each_other():
    first, second = Metrics(), Metrics()
    first.limited("slack")
    assert not of(read(second.text()[0].decode()), "questions_total")


async def test_whatever_is_sent_adds_no_series_and_tells_of_nobody(rig: Rig, slack, desk):
    before = told(desk)
    dice = random.Random(7)
    junk = ["{}", 'a"} 1\n', "\x00", "summitqa_questions_total 7", "T-secret", "🐘" * 50]

    def something() -> str:
        return "".join(dice.choices(junk, k=3)) + str(dice.random())

    for number in range(40):
        user, team = f"U{number}JUNK", f"T{number}JUNK"
        await rig.send(mention(something(), user=user))
        await rig.send(command(slack, text=something(), user_id=user, team_id=team))
        await rig.send(command(slack, name=f"/{number}", text="?", user_id=user))
        await rig.send(written(something(), user=user, channel=f"D{number}JUNK"))
        button = {"action_id": f"{something()}:{number}", "value": something()}
        await rig.send(press(slack, button, user={"id": user}))
        await desk.ask(Actor(something(), user), something())
    await quiet(0.3)
    after = told(desk)
    assert of(after, "questions_total") != of(before, "questions_total")
    assert after.keys() == before.keys()
    assert len(after) < 200
    text = desk.metrics.text()[0].decode()
    for word in ("JUNK", TEAM, "🐘", "secret", "toll"):
        assert word not in text
